//! Counting what an arm does, in separate slices: timed slices and those that record latencies do not pay for
//! it.
//!
//! System calls and allocations are counted in the arm's own process, which is warm by then. Polls and
//! wake-ups need a wrapper around every task, so they are counted in a process that lives for this one slice.
//! System calls that the arm's process cannot count are counted from outside, in one more process.

use crate::fault::Missed;
use crate::row::RowRun;
use crate::trace::{Traced, trace};
use crate::turntable::Turntable;
use loopswap_protocol::{Count, Tally};

/// The counter that the conductor can count for a runner.
const SYSCALLS: &str = "syscalls";
/// The counters that need a process of their own.
pub(crate) const OF_TASKS: [&str; 2] = ["polls", "wakeups"];

/// All counters that the arm's runner offers, and system calls in any case.
pub(crate) fn tally(row: &mut RowRun<'_, '_>, turntable: &mut Turntable) -> Result<Tally, Missed> {
    let names = turntable.runner.counters.clone();
    let (of_tasks, of_process): (Vec<&str>, Vec<&str>) =
        names.iter().map(String::as_str).partition(|name| OF_TASKS.contains(name));
    let count = Count { ops: row.schedule().tally_ops(), tally: true, traced: false };
    let mut tally = Tally::default();
    if !of_process.is_empty() {
        turntable.asked += count.ops;
        tally.join(row.count(&mut turntable.runner, count)?.tally.unwrap_or_default());
    }
    if !of_tasks.is_empty() {
        let mut runner = row.start_for(turntable.part, |prepare| prepare.tally_tasks = true)?;
        runner.ready(row.world.stop)?;
        turntable.asked += count.ops;
        tally.join(row.count(&mut runner, count)?.tally.unwrap_or_default());
        runner.end(row.world.stop)?;
    }
    if !tally.counters.contains_key(SYSCALLS) {
        let traced = trace(row, turntable, count.ops)?;
        from_outside(&mut tally, traced);
    }
    Ok(Tally { ops: count.ops, ..tally })
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
