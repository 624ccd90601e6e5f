//! Task handles: glommio's cancel on drop, the contract's detach; a panic would end the whole executor, so it
//! is caught in the task and resumed in the joiner.

use loopswap_rt::Task;
use loopswap_shards::panics::{self, Left};
use std::future::Future;
use std::panic::resume_unwind;
use std::pin::Pin;
use std::task::{Context, Poll};

/// The handle of a task spawned on glommio.
#[derive(Debug)]
pub struct GlommioTask<T>(glommio::task::JoinHandle<Result<T, Left>>);

pub(crate) fn spawn<F>(task: F) -> GlommioTask<F::Output>
where
    F: Future + 'static,
    F::Output: 'static,
{
    // `detach` returns the handle that does not cancel.
    GlommioTask(glommio::spawn_local(panics::catch(task)).detach())
}

impl<T> Future for GlommioTask<T> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<T> {
        Pin::new(&mut self.0).poll(context).map(|ended| match ended {
            Some(Ok(output)) => output,
            Some(Err(left)) => resume_unwind(panics::take(left)),
            None => unreachable!("the task that cancels has the only handle"),
        })
    }
}

impl<T: 'static> Task<T> for GlommioTask<T> {
    fn cancel(self) -> impl Future<Output = Option<T>> + 'static {
        self.0.cancel();
        async move { self.0.await.map(|ended| ended.unwrap_or_else(|left| resume_unwind(panics::take(left)))) }
    }
}
