//! The checks of the programs that need no peer, the same as those of the workloads.

use crate::Error;
use loopswap_protocol::{Meter, Verified};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// The tasks of one batch returned their numbers.
pub(crate) fn batch(begin: u64, end: u64, sum: u64) -> Result<(), Error> {
    let expected: u64 = (begin..end).sum();
    if sum == expected {
        Ok(())
    } else {
        Err(format!("wrong result: tasks {begin} to {end} returned {sum} in all, not {expected}").into())
    }
}

/// A task that ends on its n-th poll has yielded n - 1 times.
pub(crate) fn yields(done: u64, polls: u64) -> Result<Verified, Error> {
    if polls > done {
        Ok(Verified { ops: done, bytes: 0 })
    } else {
        Err(format!("wrong result: a task that yielded {done} times was polled {polls} times only").into())
    }
}

/// Every hand-over came straight after one of the other task.
pub(crate) fn hand_overs(ops: u64, in_turn: u64) -> Result<Verified, Error> {
    if in_turn == ops {
        Ok(Verified { ops, bytes: 0 })
    } else {
        Err(format!("wrong result: of {ops} hand-overs {in_turn} came straight after the other's").into())
    }
}

/// What all tasks of a fan-out share.
pub(crate) struct Nap {
    pub(crate) time: Duration,
    pub(crate) meter: Arc<Meter>,
}

impl Nap {
    /// The end of one task's sleep: whether it woke too early.
    pub(crate) fn woke(&self, asleep: Instant) -> bool {
        let slept = asleep.elapsed();
        self.meter.latency(slept.saturating_sub(self.time));
        self.meter.add(1);
        slept < self.time
    }

    /// Notes how long it took to start one of `tasks` tasks.
    pub(crate) fn spawned(&self, spawning: Option<Instant>, tasks: u64) {
        if let Some(spawning) = spawning {
            self.meter.note("spawn_ns", spawning.elapsed().as_nanos() as f64 / tasks.max(1) as f64);
        }
    }
}

/// No task of a fan-out woke too early.
pub(crate) fn fan_out(tasks: u64, early: u64) -> Result<(), Error> {
    if early == 0 {
        Ok(())
    } else {
        Err(format!("wrong result: {early} of {tasks} tasks woke before their time").into())
    }
}

/// Checks received bytes against the expected part of message `number` and removes them from it.
pub(crate) fn echoed<'a>(expected: &'a [u8], came: &[u8], number: u64) -> Result<&'a [u8], Error> {
    if came.is_empty() {
        return Err("the echo's connection was closed".into());
    }
    expected.strip_prefix(came).ok_or_else(|| format!("wrong result: message {number} came back different").into())
}
