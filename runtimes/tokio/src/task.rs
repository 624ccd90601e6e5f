//! Tasks, jobs that block, and timeouts. tokio's handles already detach on drop; a panic in the task is
//! resumed in the joiner.

use futures_util::FutureExt as _;
use loopswap_rt::Task;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::task::{JoinError, JoinHandle};

/// The handle of a task spawned on tokio.
#[derive(Debug)]
pub struct TokioTask<T>(JoinHandle<T>);

/// Spawns on the runtime that the current thread is in.
pub(crate) fn spawn<F>(task: F) -> TokioTask<F::Output>
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    TokioTask(tokio::spawn(task))
}

/// Unwraps a joined task: its output, or its panic.
pub(crate) fn join<T>(joined: Result<T, JoinError>) -> T {
    match joined {
        Ok(output) => output,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(error) => unreachable!("the task that aborts has the only handle: {error}"),
        },
    }
}

impl<T> Future for TokioTask<T> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<T> {
        Pin::new(&mut self.0).poll(context).map(join)
    }
}

impl<T: Send + 'static> Task<T> for TokioTask<T> {
    fn cancel(self) -> impl Future<Output = Option<T>> + Send + 'static {
        self.0.abort();
        self.0.map(|joined| match joined {
            Err(error) if error.is_cancelled() => None,
            ended => Some(join(ended)),
        })
    }
}

/// Runs a job on tokio's pool of blocking threads; a panic in it is resumed in the task that awaits it.
pub(crate) fn offload<T, J>(job: J) -> impl Future<Output = T> + Send + 'static
where
    J: FnOnce() -> T + Send + 'static,
    T: Send + 'static,
{
    tokio::task::spawn_blocking(job).map(join)
}

/// tokio's timeout, without its error. (`map` adds nothing to the future; an `async` block would hold it twice.)
pub(crate) fn timeout<F: Future>(time: Duration, future: F) -> impl Future<Output = Option<F::Output>> {
    tokio::time::timeout(time, future).map(Result::ok)
}
