//! The contract once more, as a trait that makes a `dyn`.

use super::net::{ErasedListener, ErasedStream};
use super::task::AnyTask;
use super::value::{AnyJob, AnyValue, Boxed};
use crate::{Info, MaybeSend, MaybeSync, Runtime};
use std::any::Any;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

/// [`Runtime`].
pub(super) trait AnyRuntime: MaybeSend + MaybeSync {
    fn info(&self) -> Info;
    fn spawn(&self, task: Boxed<'static, Box<dyn AnyValue>>) -> Box<dyn AnyTask>;
    fn sleep(&self, time: Duration) -> Boxed<'static, ()>;
    fn timeout(
        &self,
        time: Duration,
        future: Boxed<'static, Box<dyn AnyValue>>,
    ) -> Boxed<'static, Option<Box<dyn AnyValue>>>;
    fn offload(&self, job: AnyJob) -> Boxed<'static, Box<dyn Any + Send>>;
    fn yield_now(&self) -> Boxed<'static, ()>;
    fn connect(&self, to: SocketAddr) -> Boxed<'static, io::Result<ErasedStream>>;
    fn listen(&self, on: SocketAddr) -> Boxed<'static, io::Result<ErasedListener>>;
}

impl<R: Runtime> AnyRuntime for R {
    fn info(&self) -> Info {
        Runtime::info(*self)
    }

    fn spawn(&self, task: Boxed<'static, Box<dyn AnyValue>>) -> Box<dyn AnyTask> {
        Box::new(Runtime::spawn(*self, task))
    }

    fn sleep(&self, time: Duration) -> Boxed<'static, ()> {
        Box::pin(Runtime::sleep(*self, time))
    }

    fn timeout(
        &self,
        time: Duration,
        future: Boxed<'static, Box<dyn AnyValue>>,
    ) -> Boxed<'static, Option<Box<dyn AnyValue>>> {
        Box::pin(Runtime::timeout(*self, time, future))
    }

    fn offload(&self, job: AnyJob) -> Boxed<'static, Box<dyn Any + Send>> {
        Box::pin(Runtime::offload(*self, job))
    }

    fn yield_now(&self) -> Boxed<'static, ()> {
        Box::pin(Runtime::yield_now(*self))
    }

    fn connect(&self, to: SocketAddr) -> Boxed<'static, io::Result<ErasedStream>> {
        let connected = Runtime::connect(*self, to);
        Box::pin(async move { connected.await.map(ErasedStream::new) })
    }

    fn listen(&self, on: SocketAddr) -> Boxed<'static, io::Result<ErasedListener>> {
        let listening = Runtime::listen(*self, on);
        Box::pin(async move { listening.await.map(ErasedListener::new) })
    }
}
