//! A task is a thread that drives one future; its handle waits for the result in a shared slot.

use crate::block_on;
use crate::room::{self, STACK_BYTES};
use loopswap_rt::{Refusal, Task};
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::thread;

/// The handle of a task that has its own thread. Dropping it leaves the thread alone.
#[derive(Debug)]
pub struct ThreadTask<T>(Arc<Mutex<Slot<T>>>);

#[derive(Debug)]
struct Slot<T> {
    outcome: Option<thread::Result<T>>,
    joiner: Option<Waker>,
}

fn lock<T>(slot: &Mutex<Slot<T>>) -> MutexGuard<'_, Slot<T>> {
    // Nothing panics while it holds this lock.
    slot.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Starts a thread for `task`.
///
/// # Errors
/// When the system has no room for another thread, or refuses one.
pub(crate) fn spawn<F>(task: F) -> Result<ThreadTask<F::Output>, Refusal>
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    let place = room::enter()?;
    let slot = Arc::new(Mutex::new(Slot { outcome: None, joiner: None }));
    let mine = Arc::clone(&slot);
    let drive = move || {
        let _place = place;
        let result = catch_unwind(AssertUnwindSafe(|| block_on(task)));
        let joiner = {
            let mut slot = lock(&mine);
            slot.outcome = Some(result);
            slot.joiner.take()
        };
        if let Some(joiner) = joiner {
            joiner.wake();
        }
    };
    match thread::Builder::new().stack_size(STACK_BYTES).spawn(drive) {
        Ok(_) => Ok(ThreadTask(slot)),
        Err(error) => Err(room::refused(&error)),
    }
}

impl<T> Future for ThreadTask<T> {
    type Output = T;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<T> {
        let outcome = {
            let mut slot = lock(&self.0);
            if slot.outcome.is_none() {
                slot.joiner = Some(context.waker().clone());
            }
            slot.outcome.take()
        };
        match outcome {
            None => Poll::Pending,
            Some(Ok(output)) => Poll::Ready(output),
            Some(Err(panic)) => resume_unwind(panic),
        }
    }
}

impl<T: Send + 'static> Task<T> for ThreadTask<T> {
    /// Never called, as `Info::cancel` says; a thread ends on its own, and this waits for that.
    fn cancel(self) -> impl Future<Output = Option<T>> + Send + 'static {
        async move { Some(self.await) }
    }
}
