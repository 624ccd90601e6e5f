//! A task is a thread that drives one future; its handle waits for the result in a shared slot.

use crate::block_on;
use loopswap_rt::{Refusal, Task};
use std::future::Future;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::thread;

/// Stack of a task's thread. Only touched pages cost memory; a smaller reservation lets tens of
/// thousands of threads fit a container's address space and limits.
const STACK_BYTES: usize = 1024 * 1024;

/// The handle of a task that has a thread of its own. Dropping it leaves the thread alone.
#[derive(Debug)]
pub struct ThreadTask<T>(Arc<Mutex<Slot<T>>>);

#[derive(Debug)]
struct Slot<T> {
    outcome: Option<Outcome<T>>,
    joiner: Option<Waker>,
}

#[derive(Debug)]
enum Outcome<T> {
    Ended(thread::Result<T>),
    /// The operating system gave it no thread.
    Refused(io::Error),
}

fn lock<T>(slot: &Mutex<Slot<T>>) -> MutexGuard<'_, Slot<T>> {
    // Nothing panics while it holds this lock.
    slot.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Starts a thread for `task`. Where the operating system refuses one, whoever awaits the handle
/// panics with the reason.
pub(crate) fn spawn<F>(task: F) -> ThreadTask<F::Output>
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    let slot = Arc::new(Mutex::new(Slot { outcome: None, joiner: None }));
    let mine = Arc::clone(&slot);
    let drive = move || {
        let result = catch_unwind(AssertUnwindSafe(|| block_on(task)));
        let joiner = {
            let mut slot = lock(&mine);
            slot.outcome = Some(Outcome::Ended(result));
            slot.joiner.take()
        };
        if let Some(joiner) = joiner {
            joiner.wake();
        }
    };
    if let Err(error) = thread::Builder::new().stack_size(STACK_BYTES).spawn(drive) {
        lock(&slot).outcome = Some(Outcome::Refused(error));
    }
    ThreadTask(slot)
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
            Some(Outcome::Ended(Ok(output))) => Poll::Ready(output),
            Some(Outcome::Ended(Err(panic))) => resume_unwind(panic),
            Some(Outcome::Refused(error)) => Refusal::throw(format!("it has no thread for another task: {error}")),
        }
    }
}

impl<T: Send + 'static> Task<T> for ThreadTask<T> {
    /// `Info::cancel` says that nobody calls it; a thread ends on its own, and that is waited for.
    fn cancel(self) -> impl Future<Output = Option<T>> + Send + 'static {
        async move { Some(self.await) }
    }
}
