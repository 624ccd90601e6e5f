//! Task handles: async-std's own satisfy the contract. They detach on drop, propagate a panic, and can
//! cancel.

use async_std::task::JoinHandle;
use loopswap_rt::Task;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

/// The handle of a task spawned on async-std.
#[derive(Debug)]
pub struct AsyncStdTask<T>(JoinHandle<T>);

pub(crate) fn spawn<F>(task: F) -> AsyncStdTask<F::Output>
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    AsyncStdTask(async_std::task::spawn(task))
}

impl<T> Future for AsyncStdTask<T> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<T> {
        Pin::new(&mut self.0).poll(context)
    }
}

impl<T: Send + 'static> Task<T> for AsyncStdTask<T> {
    fn cancel(self) -> impl Future<Output = Option<T>> + Send + 'static {
        self.0.cancel()
    }
}
