//! Task handles: smol's cancel on drop, the contract's detach. A panic reaches the joiner by itself.
//! `smol-local` compiles this file too.

use loopswap_rt::{MaybeSend, Task};
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
        Pin::new(self.0.as_mut().expect("`drop` and `cancel` take the task, and nobody polls it then")).poll(context)
    }
}

impl<T> Drop for SmolTask<T> {
    fn drop(&mut self) {
        if let Some(task) = self.0.take() {
            task.detach();
        }
    }
}

impl<T: MaybeSend + 'static> Task<T> for SmolTask<T> {
    fn cancel(mut self) -> impl Future<Output = Option<T>> + MaybeSend + 'static {
        self.0.take().expect("nobody else has taken it").cancel()
    }
}
