//! Task handles: those of `loopswap-futures`, or the reason why there is no coroutine.

use crate::scheduler;
use loopswap_futures::FuturesTask;
use loopswap_rt::Task;
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

/// The handle of a task that has a stack of its own. Dropping it leaves the task alone.
#[derive(Debug)]
pub enum CoroutineTask<T> {
    /// It was started.
    Started(FuturesTask<T>),
    /// The operating system gave it no stack.
    Refused(io::Error),
}

/// Starts a coroutine for `task`. Where the operating system gives it no stack, whoever awaits the
/// handle panics with the reason.
pub(crate) fn spawn<F>(task: F) -> CoroutineTask<F::Output>
where
    F: Future + 'static,
    F::Output: 'static,
{
    scheduler::spawn(task).map_or_else(CoroutineTask::Refused, CoroutineTask::Started)
}

impl<T: 'static> Task<T> for CoroutineTask<T> {
    fn cancel(self) -> impl Future<Output = Option<T>> + 'static {
        let stopping = match self {
            CoroutineTask::Started(task) => Some(task.cancel()),
            CoroutineTask::Refused(_) => None,
        };
        async move { stopping?.await }
    }
}

impl<T> Future for CoroutineTask<T> {
    type Output = T;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<T> {
        match self.get_mut() {
            CoroutineTask::Started(task) => Pin::new(task).poll(context),
            CoroutineTask::Refused(error) => panic!("no stack for a task: {error}"),
        }
    }
}
