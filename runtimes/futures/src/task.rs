//! A task and its handle: the two ends of a channel for one result.

use futures::FutureExt as _;
use futures::channel::oneshot;
use std::future::Future;
use std::panic::{AssertUnwindSafe, resume_unwind};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::thread;

/// The handle of a task. Dropping it leaves the task alone.
#[derive(Debug)]
pub struct FuturesTask<T>(oneshot::Receiver<thread::Result<T>>);

/// Splits a future into what an executor runs and the handle that waits for its result. A panic is
/// caught in the one and goes on in whoever awaits the other.
pub fn split<F: Future>(task: F) -> (impl Future<Output = ()>, FuturesTask<F::Output>) {
    let (result, handle) = oneshot::channel();
    let task = async move {
        // It fails when nobody waits any more.
        let _ = result.send(AssertUnwindSafe(task).catch_unwind().await);
    };
    (task, FuturesTask(handle))
}

impl<T> FuturesTask<T> {
    /// The result, or the panic, of a task that has ended.
    pub fn ended(&mut self) -> Option<thread::Result<T>> {
        self.0.try_recv().ok().flatten()
    }
}

impl<T> Future for FuturesTask<T> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<T> {
        let result = ready!(Pin::new(&mut self.0).poll(context)).expect("its task runs");
        Poll::Ready(result.unwrap_or_else(|panic| resume_unwind(panic)))
    }
}
