//! Task handles: compio's cancel on drop, the contract's detach. A panic is caught by compio itself and
//! goes on in the joiner.

use compio::runtime::{JoinError, JoinHandle};
use std::future::Future;
use std::panic::resume_unwind;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

/// The handle of a task spawned on compio; empty only while it is dropped.
#[derive(Debug)]
pub struct CompioTask<T>(Option<JoinHandle<T>>);

pub(crate) fn spawn<F>(task: F) -> CompioTask<F::Output>
where
    F: Future + 'static,
    F::Output: 'static,
{
    CompioTask(Some(compio::runtime::spawn(task)))
}

impl<T> Future for CompioTask<T> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<T> {
        let Some(handle) = &mut self.0 else { unreachable!("a handle that is dropped is not polled") };
        Poll::Ready(match ready!(Pin::new(handle).poll(context)) {
            Ok(output) => output,
            Err(JoinError::Panicked(panic)) => resume_unwind(panic),
            Err(JoinError::Cancelled) => nobody_cancels(),
        })
    }
}

impl<T> Drop for CompioTask<T> {
    fn drop(&mut self) {
        if let Some(handle) = self.0.take() {
            handle.detach();
        }
    }
}

pub(crate) fn nobody_cancels() -> ! {
    unreachable!("nobody cancels a task")
}
