//! Tasks next to a computation that wait for a time, again and again, as tasks that wait for the network do:
//! their lateness is what the computation costs everybody else.

use futures_channel::oneshot;
use loopswap_rt::{Fault, Heartbeat, Meter, Runtime, Shard};
use std::sync::Arc;
use std::time::Duration;

/// Tasks that wait, each until its oneshot is dropped.
pub(super) struct Beside<R: Runtime> {
    tasks: Vec<R::Task<Result<(), Fault>>>,
    until: Vec<oneshot::Sender<()>>,
}

/// This shard's part of `beside` tasks. They are on the shards with computations, that is with one of
/// `tasks`.
pub(super) fn share(shard: Shard, tasks: u64, beside: u64) -> u64 {
    let count = shard.count.min(usize::try_from(tasks).unwrap_or(usize::MAX));
    if shard.index < count { Shard { index: shard.index, count }.share(beside) } else { 0 }
}

impl<R: Runtime> Beside<R> {
    /// Starts `count` tasks that each wait for every `beat` from now on.
    pub(super) fn start(rt: R, count: u64, beat: Duration, meter: &Arc<Meter>) -> Self {
        let (until, tasks) = (0..count)
            .map(|_| {
                let (until, ended) = oneshot::channel();
                let heart = Heartbeat::new(rt, beat, meter);
                let task = rt.spawn(async move {
                    // Nothing is ever sent; the other end is dropped.
                    let _ = heart.during(ended).await?;
                    Ok::<(), Fault>(())
                });
                (until, task)
            })
            .unzip();
        Beside { tasks, until }
    }

    /// Ends them.
    ///
    /// # Errors
    /// When one woke before its time.
    pub(super) async fn end(self) -> Result<(), Fault> {
        drop(self.until);
        for task in self.tasks {
            task.await?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tasks_are_where_the_computations_are() {
        let shares = |tasks| (0..4).map(|index| share(Shard { index, count: 4 }, tasks, 10)).collect::<Vec<_>>();
        assert_eq!(shares(1), [10, 0, 0, 0]);
        assert_eq!(shares(3), [4, 3, 3, 0]);
        assert_eq!(shares(9), [3, 3, 2, 2]);
    }
}
