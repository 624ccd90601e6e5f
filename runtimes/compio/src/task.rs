//! Task handles: compio's cancel on drop, the contract's detach. A panic in a task is caught by compio itself
//! and resumed in the joiner. Jobs that block run on compio's own threads.

use compio::runtime::{JoinError, JoinHandle};
use loopswap_rt::Task;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
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

/// The output of a handle; `None` if the task was cancelled.
fn output<T>(ended: Result<T, JoinError>) -> Option<T> {
    match ended {
        Ok(output) => Some(output),
        Err(JoinError::Panicked(panic)) => resume_unwind(panic),
        Err(JoinError::Cancelled) => None,
    }
}

impl<T> Future for CompioTask<T> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<T> {
        let Some(handle) = &mut self.0 else { unreachable!("a handle that is dropped is not polled") };
        let ended = ready!(Pin::new(handle).poll(context));
        Poll::Ready(output(ended).unwrap_or_else(|| nobody_cancels()))
    }
}

impl<T: 'static> Task<T> for CompioTask<T> {
    fn cancel(mut self) -> impl Future<Output = Option<T>> + 'static {
        async move {
            let handle = self.0.take()?;
            if handle.is_finished() {
                // Not compio's `cancel`, which would swallow a panic.
                return output(handle.await);
            }
            let ended = handle.cancel().await;
            // compio marks the task and returns at once; it drops the task at its turn, which is before the
            // next turn of this one.
            futures_lite::future::yield_now().await;
            ended
        }
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
    unreachable!("the task that cancels has the only handle")
}

/// Runs a job on compio's pool; a panic in it reaches the task that awaits it.
pub(crate) fn offload<T, J>(job: J) -> impl Future<Output = T> + 'static
where
    J: FnOnce() -> T + Send + 'static,
    T: Send + 'static,
{
    let job = compio::runtime::spawn_blocking(loopswap_shards::loose(|| catch_unwind(AssertUnwindSafe(job))));
    async move {
        let ended = output(job.await).unwrap_or_else(|| nobody_cancels());
        ended.unwrap_or_else(|panic| resume_unwind(panic))
    }
}
