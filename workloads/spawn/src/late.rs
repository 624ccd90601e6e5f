//! Tasks that are late, and cancelled for it.
//!
//! `wait` is asyncio's: it waits until every task has ended or the limit has passed, by a callback of each
//! task and one timer, and separates the done from the pending. Which is which is known beforehand: tasks
//! with even numbers end at once, the others sleep for an hour.

use super::task::{Batch, Work, note_each};
use futures_util::task::AtomicWaker;
use loopswap_rt::{Fault, MaybeSend, Runtime, Task as _};
use std::future::{Future, poll_fn};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Poll;
use std::time::Duration;

/// How long a task sleeps that is not meant to wake.
const FOREVER: Duration = Duration::from_secs(3600);

/// Where tasks report their progress: the callbacks of a batch.
#[derive(Debug, Default)]
struct Board {
    /// Tasks that are still to come.
    expected: AtomicU64,
    waiter: AtomicWaker,
    /// Numbers of the tasks that have ended.
    done: Mutex<Vec<u64>>,
}

impl Board {
    fn expecting(tasks: u64) -> Self {
        Board { expected: AtomicU64::new(tasks), ..Board::default() }
    }

    /// One more has come; the last one wakes the task that waits.
    fn came(&self) {
        if self.expected.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.waiter.wake();
        }
    }

    /// Completes when all have come.
    async fn all(&self) {
        poll_fn(|context| {
            self.waiter.register(context.waker());
            if self.expected.load(Ordering::Acquire) == 0 { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
    }

    fn done(&self) -> std::sync::MutexGuard<'_, Vec<u64>> {
        self.done.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One batch: tasks of which every second is late, a wait with a limit, the late ones cancelled.
pub(super) async fn wait<R: Runtime>(rt: R, tasks: u64, work: &Work) -> Result<(), Fault> {
    let batch = Batch::of(Board::expecting(tasks));
    let handles: Vec<_> = (0..tasks).map(|number| rt.spawn(perhaps_late(rt, number, batch.member()))).collect();
    // The one who waits is not among the counted tasks: it is over before they are counted.
    let board = batch.member();
    let in_time = rt.timeout(work.limit, async move { board.all().await }).await;
    let mut done = std::mem::take(&mut *batch.shared().done());
    done.sort_unstable();
    exact(&done, tasks, in_time.is_some(), work.limit)?;
    let (mut pending, mut ended) = (Vec::new(), Vec::new());
    for (number, handle) in (0..tasks).zip(handles) {
        if number % 2 == 1 { pending.push((number, handle)) } else { ended.push((number, handle)) }
    }
    for (number, handle) in ended {
        let came = handle.await;
        if came != number {
            return Err(Fault::Wrong(format!("task {number} returned {came}")));
        }
    }
    let late = pending.len() as u64;
    batch.alive(late, "once the limit has passed")?;
    let cancelling = work.meter.begin();
    for (number, handle) in pending {
        cancel::<R>(number, handle, work).await?;
    }
    note_each(&work.meter, "cancel_ns", cancelling, late);
    batch.alive(0, "once the late ones are cancelled")
}

/// Checks that exactly the expected tasks are done: all with even numbers and no other.
fn exact(done: &[u64], tasks: u64, all_in_time: bool, limit: Duration) -> Result<(), Fault> {
    let expected = (0..tasks).step_by(2);
    if done.iter().copied().eq(expected.clone()) {
        return match (all_in_time, tasks < 2) {
            (true, true) | (false, false) => Ok(()),
            _ => Err(Fault::Wrong(format!("the limit passed: {}, with {tasks} tasks", !all_in_time))),
        };
    }
    if let Some(number) = done.iter().find(|number| *number % 2 == 1) {
        return Err(Fault::Wrong(format!("task {number} sleeps for an hour and was done after {limit:?}")));
    }
    let (found, expected) = (done.len(), expected.count());
    Err(Fault::Failed(format!(
        "{found} of {expected} tasks that end at once had ended after {limit:?}: give more `limit`"
    )))
}

/// The body of one task of `wait`.
fn perhaps_late<R: Runtime>(rt: R, number: u64, board: Arc<Board>) -> impl Future<Output = u64> + MaybeSend + 'static {
    async move {
        if number % 2 == 1 {
            rt.sleep(FOREVER).await;
        }
        board.done().push(number);
        board.came();
        number
    }
}

/// One batch: tasks that sleep, all of them cancelled.
pub(super) async fn cancel_all<R: Runtime>(rt: R, tasks: u64, work: &Work) -> Result<(), Fault> {
    let batch = Batch::of(Board::expecting(tasks));
    let handles: Vec<_> = (0..tasks).map(|number| rt.spawn(asleep(rt, number, batch.member()))).collect();
    batch.shared().all().await;
    batch.alive(tasks, "while all sleep")?;
    let cancelling = work.meter.begin();
    for (number, handle) in (0..tasks).zip(handles) {
        cancel::<R>(number, handle, work).await?;
    }
    note_each(&work.meter, "cancel_ns", cancelling, tasks);
    batch.alive(0, "once all are cancelled")
}

/// The body of one task of `cancel_all`: says that it runs, and sleeps.
fn asleep<R: Runtime>(rt: R, number: u64, board: Arc<Board>) -> impl Future<Output = u64> + MaybeSend + 'static {
    async move {
        board.came();
        rt.sleep(FOREVER).await;
        number
    }
}

/// Cancels one task that sleeps, and waits until it is gone.
async fn cancel<R: Runtime>(number: u64, handle: R::Task<u64>, work: &Work) -> Result<(), Fault> {
    let begun = work.meter.begin();
    let came = handle.cancel().await;
    if let Some(begun) = begun {
        work.meter.latency(begun.elapsed());
    }
    match came {
        None => Ok(()),
        Some(came) => Err(Fault::Wrong(format!("task {number} sleeps for an hour and returned {came}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: Duration = Duration::from_millis(10);

    #[test]
    fn done_and_pending_are_told_apart_exactly() {
        assert_eq!(exact(&[0, 2, 4], 6, false, LIMIT), Ok(()));
        assert_eq!(exact(&[0, 2, 4], 5, false, LIMIT), Ok(()));
        assert_eq!(exact(&[0], 1, true, LIMIT), Ok(()));
        assert_eq!(exact(&[], 0, true, LIMIT), Ok(()), "a shard without tasks");
        assert!(matches!(exact(&[0, 1, 2], 4, false, LIMIT), Err(Fault::Wrong(_))), "a late one is done");
        assert!(matches!(exact(&[0, 2], 4, true, LIMIT), Err(Fault::Wrong(_))), "not all were in time");
        assert!(matches!(exact(&[0, 0], 3, false, LIMIT), Err(Fault::Failed(_))), "one twice");
        assert!(matches!(exact(&[2], 4, false, LIMIT), Err(Fault::Failed(_))), "one too slow");
    }
}
