//! Task handles: tokio's already detach on drop; a panic in the task is handed on to the joiner.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use tokio::task::{JoinError, JoinHandle};

/// The handle of a task spawned on tokio.
#[derive(Debug)]
pub struct TokioTask<T>(JoinHandle<T>);

/// Spawns on the runtime that the current thread is in.
pub fn spawn<F>(task: F) -> TokioTask<F::Output>
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    TokioTask(tokio::spawn(task))
}

/// Unwraps a joined task: its output, or its panic.
pub fn join<T>(joined: Result<T, JoinError>) -> T {
    match joined {
        Ok(output) => output,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(error) => unreachable!("nobody aborts a task: {error}"),
        },
    }
}

impl<T> Future for TokioTask<T> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<T> {
        Pin::new(&mut self.0).poll(context).map(join)
    }
}
