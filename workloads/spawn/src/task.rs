//! The task that does almost nothing, and the batch that it belongs to.

use loopswap_rt::{Fault, MaybeSend, Meter, Runtime};
use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// What the tasks of a slice do, and where they are counted.
#[derive(Clone, Debug)]
pub(super) struct Work {
    /// How often a task yields before it ends.
    pub(super) yields: u64,
    /// The limit on a task, or on waiting for all; zero = none.
    pub(super) limit: Duration,
    pub(super) meter: Arc<Meter>,
}

/// Held by every task of a batch for as long as it is alive: the number of its holders is the number of
/// living tasks, and costs only the pointer that a task needs in any case.
#[derive(Debug)]
pub(super) struct Batch<T>(Arc<T>);

impl<T> Batch<T> {
    pub(super) fn of(shared: T) -> Self {
        Batch(Arc::new(shared))
    }

    /// The reference for one more task.
    pub(super) fn member(&self) -> Arc<T> {
        Arc::clone(&self.0)
    }

    pub(super) fn shared(&self) -> &T {
        &self.0
    }

    /// Checks that the expected number of tasks is alive.
    pub(super) fn alive(&self, expected: u64, when: &str) -> Result<(), Fault> {
        match Arc::strong_count(&self.0) as u64 - 1 {
            alive if alive == expected => Ok(()),
            alive => Err(Fault::Wrong(format!("{alive} tasks are alive {when}, not {expected}"))),
        }
    }
}

/// One batch: `tasks` tasks are started, then joined in order; each returns its number.
pub(super) async fn join<R: Runtime>(rt: R, tasks: u64, work: &Work) -> Result<(), Fault> {
    let batch = Batch::of(work.clone());
    let mut handles = Vec::with_capacity(usize::try_from(tasks).unwrap_or(0));
    let starting = work.meter.begin();
    for number in 0..tasks {
        handles.push(start(rt, number, batch.member()));
    }
    note_each(&work.meter, "spawn_ns", starting, tasks);
    for (number, handle) in (0..tasks).zip(handles) {
        match handle.await {
            Some(came) if came == number => {}
            Some(came) => return Err(Fault::Wrong(format!("task {number} returned {came}"))),
            None => return Err(Fault::Wrong(format!("task {number} was ended by a limit of {:?}", work.limit))),
        }
    }
    batch.alive(0, "once all are joined")
}

/// Notes the time since `begun` for each of `tasks` tasks, in a counting slice.
pub(super) fn note_each(meter: &Meter, name: &str, begun: Option<Instant>, tasks: u64) {
    if let Some(begun) = begun {
        meter.note(name, begun.elapsed().as_nanos() as f64 / tasks.max(1) as f64);
    }
}

/// Starts task `number`, with a time limit if there is one.
fn start<R: Runtime>(rt: R, number: u64, work: Arc<Work>) -> R::Task<Option<u64>> {
    let limit = work.limit;
    let begun = work.meter.begin();
    let task = do_work(rt, number, begun, work);
    if limit.is_zero() { rt.spawn(task) } else { rt.spawn(limited(rt, limit, task)) }
}

fn limited<R: Runtime>(
    rt: R,
    limit: Duration,
    task: impl Future<Output = Option<u64>> + MaybeSend + 'static,
) -> impl Future<Output = Option<u64>> + MaybeSend + 'static {
    let limited = rt.timeout(limit, task);
    async move { limited.await.flatten() }
}

/// The body of one task. Not an `async fn`: that would hold its arguments twice.
fn do_work<R: Runtime>(
    rt: R,
    number: u64,
    begun: Option<Instant>,
    work: Arc<Work>,
) -> impl Future<Output = Option<u64>> + MaybeSend + 'static {
    async move {
        for _ in 0..work.yields {
            rt.yield_now().await;
        }
        if let Some(begun) = begun {
            work.meter.latency(begun.elapsed());
        }
        Some(number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_task_that_outlives_its_batch_is_found() {
        let batch = Batch::of(());
        let leaked = batch.member();
        assert_eq!(batch.alive(1, "now"), Ok(()));
        let found = batch.alive(0, "once all are joined");
        assert_eq!(found, Err(Fault::Wrong("1 tasks are alive once all are joined, not 0".into())));
        drop(leaked);
        assert_eq!(batch.alive(0, "once all are joined"), Ok(()));
    }
}
