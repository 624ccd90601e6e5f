//! Task handles: monoio lets a panic in a task tear down its thread. The contract wants the panic to reach
//! the task that awaits the handle, so it is caught in the task and resumed in the joiner. Dropping a handle
//! detaches, as in the contract.

use loopswap_rt::Task;
use loopswap_shards::panics::{self, Left};
use monoio::task::JoinHandle;
use std::fmt;
use std::future::Future;
use std::panic::resume_unwind;
use std::pin::Pin;
use std::task::{Context, Poll};

/// Why a task cannot be stopped.
pub const NO_CANCEL: &str = "monoio's handles cannot stop a task, and making them able to would slow down every spawn";

/// The handle of a task spawned on monoio.
pub struct MonoioTask<T>(JoinHandle<Result<T, Left>>);

/// Starts a task; dropping the returned handle does not end it.
pub(crate) fn spawn<F>(task: F) -> MonoioTask<F::Output>
where
    F: Future + 'static,
    F::Output: 'static,
{
    MonoioTask(spawn_caught(task))
}

pub(crate) fn spawn_caught<F>(task: F) -> JoinHandle<Result<F::Output, Left>>
where
    F: Future + 'static,
    F::Output: 'static,
{
    monoio::spawn(panics::catch(task))
}

impl<T> Future for MonoioTask<T> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<T> {
        Pin::new(&mut self.0).poll(context).map(|ended| ended.unwrap_or_else(|left| resume_unwind(panics::take(left))))
    }
}

impl<T: 'static> Task<T> for MonoioTask<T> {
    /// Never called, as `Info::cancel` says; a task ends on its own, and this waits for that.
    fn cancel(self) -> impl Future<Output = Option<T>> + 'static {
        async move { Some(self.await) }
    }
}

impl<T> fmt::Debug for MonoioTask<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("MonoioTask").finish_non_exhaustive()
    }
}
