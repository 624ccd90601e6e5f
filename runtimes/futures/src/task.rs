//! A task and its handle: the two ends of a channel for one result, and a switch that stops the task.

use futures::FutureExt as _;
use futures::channel::oneshot;
use futures::future::{AbortHandle, Abortable};
use loopswap_rt::Task;
use std::future::Future;
use std::panic::{AssertUnwindSafe, resume_unwind};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::thread;

/// The handle of a task. Dropping it leaves the task alone.
#[derive(Debug)]
pub struct FuturesTask<T> {
    /// The output or the panic; empty for a task that was stopped.
    result: oneshot::Receiver<Option<thread::Result<T>>>,
    stop: AbortHandle,
}

/// Splits a future into the part that an executor runs and the handle that waits for its result. A panic is
/// caught in the first and resumed in the task that awaits the handle.
pub fn split<F: Future>(task: F) -> (impl Future<Output = ()>, FuturesTask<F::Output>) {
    let (send, result) = oneshot::channel();
    let (stop, stopped) = AbortHandle::new_pair();
    let task = async move {
        // At the end of this line the task is dropped, whether it has ended or was stopped.
        let outcome = Abortable::new(AssertUnwindSafe(task).catch_unwind(), stopped).await;
        // It fails if the handle is gone.
        let _ = send.send(outcome.ok());
    };
    (task, FuturesTask { result, stop })
}

impl<T> FuturesTask<T> {
    /// The result, or the panic, of a task that has ended.
    pub fn ended(&mut self) -> Option<thread::Result<T>> {
        self.result.try_recv().ok().flatten().flatten()
    }
}

impl<T> Future for FuturesTask<T> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<T> {
        let result = ready!(Pin::new(&mut self.result).poll(context)).expect("its loop runs");
        let result = result.expect("the task that stops it has the only handle");
        Poll::Ready(result.unwrap_or_else(|panic| resume_unwind(panic)))
    }
}

impl<T: 'static> Task<T> for FuturesTask<T> {
    fn cancel(self) -> impl Future<Output = Option<T>> + 'static {
        self.stop.abort();
        async move {
            let result = self.result.await.expect("its loop runs");
            result.map(|ended| ended.unwrap_or_else(|panic| resume_unwind(panic)))
        }
    }
}
