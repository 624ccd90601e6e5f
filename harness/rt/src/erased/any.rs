//! The contract once more, as traits that make a `dyn`.

use super::net::{ErasedListener, ErasedStream};
use super::task::AnyTask;
use crate::{Info, MaybeSend, MaybeSync, Runtime};
use std::any::Any;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::time::Duration;

/// A future of any type.
pub type Boxed<'a, T> = Pin<Box<dyn AnyFuture<Output = T> + 'a>>;

/// A future that may be sent where tasks may: a `dyn` takes one trait.
pub trait AnyFuture: Future + MaybeSend {}
impl<F: Future + MaybeSend + ?Sized> AnyFuture for F {}

/// What a task or a future returns, of any type.
pub(super) trait AnyValue: Any + MaybeSend {}
impl<T: Any + MaybeSend> AnyValue for T {}

/// A job that blocks, and what it returns, move to another thread on either side.
pub(super) type AnyJob = Box<dyn FnOnce() -> Box<dyn Any + Send> + Send>;

/// Hides the type of a future and of its output.
pub(super) fn future<F>(future: F) -> Boxed<'static, Box<dyn AnyValue>>
where
    F: Future + MaybeSend + 'static,
    F::Output: MaybeSend + 'static,
{
    Box::pin(async move { Box::new(future.await) as Box<dyn AnyValue> })
}

/// The output of a future whose type [`future`] has hidden.
pub(super) fn output<T: 'static>(value: Box<dyn AnyValue>) -> T {
    let value: Box<dyn Any> = value;
    *value.downcast().expect("what the future returned")
}

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
