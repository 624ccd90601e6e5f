//! One runtime type in front of every runtime of a side: futures, streams and handles are boxed.
//!
//! A workload is compiled once for each runtime that it is timed on. What is never timed can do without
//! that: [`Erased`] keeps the promises of the runtime behind it, through virtual calls and allocations, and a
//! workload is compiled for it only once. Tasks, wakers, timers and sockets are those of the runtime behind,
//! and there are as many.

mod net;
mod runtime;
mod task;
mod value;

use crate::{Info, Launch, MaybeSend, Runtime, Shard};
pub use net::{ErasedListener, ErasedStream, HyperStream};
use runtime::AnyRuntime;
use std::any::Any;
use std::fmt;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
pub use task::ErasedTask;
use value::output;
pub use value::{AnyFuture, Boxed};

/// A handle to a runtime whose type is hidden.
#[derive(Clone, Copy)]
pub struct Erased {
    /// A handle is free to copy and outlives every task, so the one behind it is never released. The handles
    /// of most runtimes have no size, and take no memory.
    rt: &'static dyn AnyRuntime,
}

impl fmt::Debug for Erased {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Erased").field("runtime", &self.rt.info().name).finish()
    }
}

/// The body of a launch, with its type hidden.
type Body = Arc<dyn Fn(Erased, Shard) -> Boxed<'static, Box<dyn Any + Send>> + Send + Sync>;

impl Erased {
    /// Starts the runtime `R` as [`Launch::launch`] does, with bodies that do not know its type.
    ///
    /// # Errors
    /// Those of [`Launch::launch`].
    pub fn launch<R, B, F>(threads: usize, body: B) -> io::Result<Vec<F::Output>>
    where
        R: Launch,
        B: Fn(Self, Shard) -> F + Send + Sync + 'static,
        F: Future + MaybeSend + 'static,
        F::Output: Send + 'static,
    {
        let outputs = launch::<R>(
            threads,
            Arc::new(move |rt, shard| {
                let body = body(rt, shard);
                Box::pin(async move { Box::new(body.await) as Box<dyn Any + Send> })
            }),
        )?;
        Ok(outputs.into_iter().map(|value| *value.downcast().expect("what the body returned")).collect())
    }
}

/// Apart from [`Erased::launch`], so that it is compiled once for each runtime.
fn launch<R: Launch>(threads: usize, body: Body) -> io::Result<Vec<Box<dyn Any + Send>>> {
    R::launch(threads, move |rt, shard| body(Erased { rt: Box::leak(Box::new(rt)) }, shard))
}

impl Runtime for Erased {
    type Stream = ErasedStream;
    type Listener = ErasedListener;
    type Task<T: MaybeSend + 'static> = ErasedTask<T>;

    fn info(self) -> Info {
        self.rt.info()
    }

    fn spawn<F>(self, task: F) -> ErasedTask<F::Output>
    where
        F: Future + MaybeSend + 'static,
        F::Output: MaybeSend + 'static,
    {
        ErasedTask::new(self.rt.spawn(value::future(task)))
    }

    fn sleep(self, time: Duration) -> impl Future<Output = ()> + MaybeSend + 'static {
        self.rt.sleep(time)
    }

    fn timeout<F>(self, time: Duration, future: F) -> impl Future<Output = Option<F::Output>> + MaybeSend + 'static
    where
        F: Future + MaybeSend + 'static,
        F::Output: MaybeSend + 'static,
    {
        let ended = self.rt.timeout(time, value::future(future));
        async move { ended.await.map(output) }
    }

    fn offload<T, J>(self, job: J) -> impl Future<Output = T> + MaybeSend + 'static
    where
        J: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        let done = self.rt.offload(Box::new(|| Box::new(job())));
        async move { *done.await.downcast().expect("what the job returned") }
    }

    fn yield_now(self) -> impl Future<Output = ()> + MaybeSend + 'static {
        self.rt.yield_now()
    }

    fn connect(self, to: SocketAddr) -> impl Future<Output = io::Result<ErasedStream>> + MaybeSend + 'static {
        self.rt.connect(to)
    }

    fn listen(self, on: SocketAddr) -> impl Future<Output = io::Result<ErasedListener>> + MaybeSend + 'static {
        self.rt.listen(on)
    }
}
