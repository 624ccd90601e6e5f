//! Task handles: smol's cancel on drop, the contract's detach. A panic reaches the joiner by itself.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

/// The handle of a task spawned on smol.
#[derive(Debug)]
pub struct SmolTask<T>(Option<smol::Task<T>>);

impl<T> SmolTask<T> {
    pub(crate) fn new(task: smol::Task<T>) -> Self {
        SmolTask(Some(task))
    }
}

impl<T> Future for SmolTask<T> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<T> {
        Pin::new(self.0.as_mut().expect("only `drop` takes the task")).poll(context)
    }
}

impl<T> Drop for SmolTask<T> {
    fn drop(&mut self) {
        if let Some(task) = self.0.take() {
            task.detach();
        }
    }
}
