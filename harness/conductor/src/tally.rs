//! Counting what an arm does, in separate slices: timed slices and those that record latencies do not pay for
//! it.
//!
//! System calls and allocations are counted in the arm's own process, which is warm by then. Polls and
//! wake-ups need a wrapper around every task, so they are counted in a process that lives for this one slice.
//! System calls that the arm's process cannot count are counted from outside, in one more process.

use crate::generation::{Missed, Turntable};
use crate::run::Run;
use crate::runner::{Runner, patience};
use crate::trace::Traced;
use loopswap_protocol::{Count, Counted, Tally};

/// The counter that the conductor can count for a runner.
const SYSCALLS: &str = "syscalls";
/// The counters that need a process of their own.
const OF_TASKS: [&str; 2] = ["polls", "wakeups"];

impl Run<'_> {
    /// One counting slice.
    pub(crate) fn count(&self, runner: &mut Runner, count: Count) -> Result<Box<Counted>, Missed> {
        Ok(runner.count(count, patience(self.limit()), self.stop)?)
    }

    /// All counters that the arm's runner offers, and system calls in any case.
    pub(crate) fn tally(&mut self, row: usize, turntable: &mut Turntable) -> Result<Tally, Missed> {
        let names = turntable.runner.counters.clone();
        let (of_tasks, of_process): (Vec<&str>, Vec<&str>) =
            names.iter().map(String::as_str).partition(|name| OF_TASKS.contains(name));
        let count = Count { ops: self.tally_ops(row), tally: true, traced: false };
        let mut tally = Tally::default();
        if !of_process.is_empty() {
            turntable.asked += count.ops;
            tally.join(self.count(&mut turntable.runner, count)?.tally.unwrap_or_default());
        }
        if !of_tasks.is_empty() {
            let mut runner = self.start_for(row, turntable.arm, turntable.generation, turntable.seed, |prepare| {
                prepare.tally_tasks = true;
            })?;
            runner.ready(self.stop)?;
            turntable.asked += count.ops;
            tally.join(self.count(&mut runner, count)?.tally.unwrap_or_default());
            runner.end(self.stop)?;
        }
        if !tally.counters.contains_key(SYSCALLS) {
            let traced = self.trace(row, turntable, count.ops)?;
            from_outside(&mut tally, traced);
        }
        Ok(Tally { ops: count.ops, ..tally })
    }

    /// Operations of a slice that counts, the same for every arm of a row: what beginning and ending a slice
    /// takes is in the counts too, and must weigh the same when two arms are compared to the last call. A
    /// power of two of granules, so that another run is likely to use the same number.
    fn tally_ops(&self, row: usize) -> u64 {
        let granule = self.plan.rows[row].granule.max(1);
        let least = self.rows[row].calibrations.values().map(|calibration| calibration.ops).min().unwrap_or(granule);
        let granules = (least / granule).max(1);
        granule << granules.ilog2()
    }
}

/// Adds what was counted from outside, or else both reasons: the runner's and the one from outside.
fn from_outside(tally: &mut Tally, traced: Result<Traced, String>) {
    let own = tally.unavailable.remove(SYSCALLS);
    match (traced, own) {
        (Ok(Traced { method, calls }), _) => tally.count_by(SYSCALLS, method, calls),
        (Err(why), Some(own)) => tally.unavailable(SYSCALLS, format!("{own}; nor from outside: {why}")),
        (Err(why), None) => tally.unavailable(
            SYSCALLS,
            format!("the runner does not count them, and they cannot be counted from outside: {why}"),
        ),
    }
}
