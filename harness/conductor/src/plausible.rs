//! What cannot be true of a slice, no matter what the runner claims.
//!
//! A runner stamps its own time, so what it reports is checked against what passed here and against what a
//! machine can do. An honest runner stays within every bound, however crowded the machine is: it may be held
//! up for any time between its last stamp and its answer, its clock may be coarse, and it may have work to
//! clean up that is in no figure. Numbers within these bounds can still be wrong; that cannot be seen from
//! outside.
//!
//! Everything here is arithmetic: numbers in, a sentence out.

use crate::rule::Rule;
use loopswap_protocol::{Counted, Ready, SliceDone, Tally, Unfinished};
use loopswap_report::record::check_counted;
use std::fmt::Display;

/// Most operations that a CPU does in a nanosecond. An operation is counted and checked, which takes several
/// cycles of a clock that has five in a nanosecond.
const FASTEST: u128 = 10;
/// The coarsest clocks count in ticks of this many nanoseconds (100 a second).
const TICK_NS: u64 = 10_000_000;
/// Most switches between two threads that a CPU does in a microsecond; a switch takes longer than that.
const SWITCHES: u128 = 20;
/// A median stretch, scaled to the slice, is at most this many times the slice: half of the stretches take
/// the median or more, and up to one stretch of operations is in none of them. With 8 stretches that is 2 × 9
/// / 8.
const TYPICAL: f64 = 2.5;
/// Fewest bytes in memory of a process that runs a program: its stack, its code, its data, and one page to
/// spare.
const LEAST_BYTES: u64 = 16 << 10;
/// How much the memory that a process reports may differ from what the kernel says a moment later: some grow
/// fast.
const MEMORY_FACTOR: u64 = 8;
/// A difference of fewer bytes says nothing: threads keep some of their pages to themselves (proc(5)).
const MEMORY_SLACK: u64 = 16 << 20;
/// More threads than any process can have (`PID_MAX_LIMIT` of the kernel).
const MOST_THREADS: usize = 4 << 20;
/// Histograms have three digits: their longest value is rounded up by less than this.
const ROUNDING: f64 = 1.002;
/// Two monotonic clocks of a machine run apart by less than this (adjtimex(2): 500 ppm).
const CLOCKS: f64 = 1.001;
/// A timer that wakes this fraction of its time early counts as on time.
const EARLY: f64 = 0.99;
/// How many slices in a row the clock here must contradict before the runner is no longer believed.
const IN_A_ROW: u32 = 8;
/// A slice is this many times as long as its median stretch, scaled to the slice, only if nearly all of its time
/// is in a few stretches.
const UNEVEN: u64 = 1000;
/// CPU time that a runner may report of its slices, as a multiple of what their wall time has room for: its two clocks
/// are read one after the other.
const OVERHEAD: f64 = 1.25;
/// What may pass in addition to the slice between command and answer, as a multiple of the slice: cleaning up
/// takes less than the work itself.
const BESIDE: u64 = 4;
/// What may pass in addition to that, in nanoseconds, on a machine with many more tasks than CPUs.
const HELD_UP_NS: u64 = 500_000_000;

/// What cannot be true of a slice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Implausible {
    /// The bound that it breaks.
    pub(crate) rule: Rule,
    /// The contradiction, as a sentence.
    pub(crate) what: String,
}

impl Implausible {
    pub(crate) fn new(rule: Rule, what: impl Into<String>) -> Implausible {
        Implausible { rule, what: what.into() }
    }
}

/// The judgement that something cannot be.
fn no(rule: Rule, what: impl Into<String>) -> Result<(), Implausible> {
    Err(Implausible::new(rule, what))
}

/// What is known here of the time in which a runner worked.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Here {
    /// Time from sending the command to having the answer, in nanoseconds.
    pub(crate) passed_ns: u64,
    /// CPUs of the machine: more cannot have worked.
    pub(crate) cpus: usize,
    /// CPU time of the process in that time by the kernel's account, in nanoseconds; `None` if another
    /// process may have done the work.
    pub(crate) cpu_ns: Option<u64>,
}

impl Here {
    /// CPU time that could have been used, in nanoseconds.
    fn capacity_ns(&self) -> u128 {
        u128::from(self.passed_ns) * self.cpus.max(1) as u128
    }
}

/// What the kernel says of a process's memory.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Memory {
    /// Resident now, in bytes; `None` if another process may be the one that counts.
    pub(crate) now: Option<u64>,
    /// The most so far, in bytes.
    pub(crate) peak: Option<u64>,
    /// Memory of the machine, in bytes; `None` if the system does not tell.
    pub(crate) machine: Option<u64>,
}

/// What was asked for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wanted {
    pub(crate) ops: u64,
    /// Operations that are meant to start in a second; `None` in a closed loop.
    pub(crate) rate: Option<u64>,
    /// Whether its figures count, so that zero is not accepted. A first trial may be too short for a coarse
    /// clock.
    pub(crate) counts: bool,
    /// The shortest time in which it can be done, in nanoseconds: operations that sleep take that long, less what
    /// their timers may be early.
    pub(crate) least_ns: u64,
}

/// Latencies of a slice.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Recorded {
    pub(crate) count: u64,
    pub(crate) longest_ns: u64,
}

/// Checks a timed slice against what was asked for and what passed here.
///
/// # Errors
/// What cannot be true, as a sentence.
pub(crate) fn slice(done: &SliceDone, wanted: Wanted, here: Here) -> Result<(), Implausible> {
    let SliceDone { ops, ns, typical_ns, cpu_ns } = *done;
    let passed_ns = here.passed_ns;
    if ops != wanted.ops || ns as f64 > passed_ns as f64 * CLOCKS {
        let asked = wanted.ops;
        let rule = if ops == asked { Rule::MoreTime } else { Rule::OtherOps };
        let passed = format!("asked for {asked}, and {passed_ns} ns passed here");
        return no(rule, format!("the runner reports {ops} operations in {ns} ns; {passed}"));
    }
    let fewest_ns = u128::from(ops) / FASTEST / here.cpus.max(1) as u128;
    if fewest_ns > u128::from(passed_ns) || fewest_ns > u128::from(ns) + u128::from(TICK_NS) {
        let taken = time(if fewest_ns > u128::from(passed_ns) { passed_ns } else { ns });
        return no(Rule::TooFast, format!("it answers {ops} operations in {taken}: it does not do the work"));
    }
    if wanted.counts && (ns == 0 || typical_ns == 0) {
        let what = format!("it reports {ops} operations in no time (`ns` {ns}, `typical_ns` {typical_ns})");
        return no(Rule::NoTime, what);
    }
    // A clock that counts in ticks may show one too few.
    if typical_ns as f64 > ns.saturating_add(TICK_NS) as f64 * TYPICAL {
        let what = format!("its median stretch is {} for a slice of {}", time(typical_ns), time(ns));
        return no(Rule::Typical, what);
    }
    if let Some(rate) = wanted.rate.filter(|rate| *rate > 0) {
        let last_start_ns = ops.saturating_sub(1) as f64 * 1e9 / rate as f64;
        if (ns as f64) < last_start_ns * EARLY {
            let (least, told) = (time(last_start_ns as u64), time(ns));
            let what = format!("{ops} operations at {rate} a second take at least {least}, it reports {told}");
            return no(Rule::Pace, what);
        }
    }
    // A clock that counts in ticks is no reason to doubt a trial.
    let slack_ns = if wanted.counts { 0 } else { TICK_NS };
    if ns.saturating_add(slack_ns) < wanted.least_ns {
        let least = time(wanted.least_ns);
        let what = format!("{ops} operations take at least {least}, it reports {}: it does not wait", time(ns));
        return no(Rule::Waiting, what);
    }
    cpu(cpu_ns, here)
}

/// CPU time that was available.
fn cpu(told_ns: u64, here: Here) -> Result<(), Implausible> {
    // One for user time, one for system time.
    let ticks = 2 * u128::from(TICK_NS);
    if u128::from(told_ns) > here.capacity_ns() + ticks {
        let (cpus, passed) = (here.cpus, time(here.passed_ns));
        let what = format!("it reports {} of CPU time; there were {cpus} CPUs for {passed}", time(told_ns));
        return no(Rule::CpuTime, what);
    }
    match here.cpu_ns {
        Some(used_ns) if u128::from(told_ns) > u128::from(used_ns) + ticks => {
            let what = format!("it reports {} of CPU time; the kernel says {}", time(told_ns), time(used_ns));
            no(Rule::CpuTime, what)
        }
        _ => Ok(()),
    }
}

/// Checks the response times of an open loop against its slice: every operation has one.
///
/// # Errors
/// What cannot be true, as a sentence.
pub(crate) fn responses(recorded: Recorded, wanted: Wanted, here: Here) -> Result<(), Implausible> {
    let (count, ops) = (recorded.count, wanted.ops);
    // A runner of the self-test does more than it was asked for, and stamps all of it.
    if count < ops || count > ops.saturating_mul(2) {
        return no(Rule::Pace, format!("it reports {ops} operations and {count} response times"));
    }
    longest(recorded, here.passed_ns)
}

fn longest(recorded: Recorded, passed_ns: u64) -> Result<(), Implausible> {
    if recorded.longest_ns as f64 > passed_ns as f64 * ROUNDING {
        let (longest, passed) = (time(recorded.longest_ns), time(passed_ns));
        return no(Rule::Latency, format!("its longest latency is {longest}, and {passed} passed here"));
    }
    Ok(())
}

/// Checks the latencies that slices stamped against the longest time, in nanoseconds, that passed here in one
/// of them.
///
/// # Errors
/// What cannot be true, as a sentence.
pub(crate) fn stamped(recorded: Recorded, passed_ns: u64) -> Result<(), Implausible> {
    if recorded.count == 0 {
        return no(Rule::Encoded, "it reports a latency histogram that is empty");
    }
    longest(recorded, passed_ns)
}

/// Checks a counting slice against what was asked for, what passed here, and the kernel.
///
/// # Errors
/// What cannot be true, as a sentence.
pub(crate) fn counted(
    counted: &Counted,
    latency: Option<Recorded>,
    wanted: Wanted,
    here: Here,
    memory: Memory,
) -> Result<(), Implausible> {
    let Counted { ops, voluntary_switches, involuntary_switches, rss_peak_bytes, .. } = *counted;
    if ops != wanted.ops {
        let what = format!("the runner reports {ops} operations, asked for {}", wanted.ops);
        return no(Rule::OtherOps, what);
    }
    let switches = u128::from(voluntary_switches) + u128::from(involuntary_switches);
    if switches > here.capacity_ns() * SWITCHES / 1000 + SWITCHES {
        let what = format!("it reports {switches} context switches in {}", time(here.passed_ns));
        return no(Rule::Switches, what);
    }
    resident("rss_peak_bytes", rss_peak_bytes, memory.peak, memory.machine)?;
    check_counted(counted).map_err(|what| Implausible::new(Rule::Notes, what))?;
    if let Some(recorded) = latency {
        longest(recorded, here.passed_ns)?;
        possible("latencies", recorded.count, here)?;
    }
    counted.tally.as_ref().map_or(Ok(()), |tally| tallied(tally, here))
}

/// Checks the counts of a process against what it can have done in the time.
fn tallied(tally: &Tally, here: Here) -> Result<(), Implausible> {
    // Allocated bytes need not be resident.
    let mut counters = tally.counters.iter().filter(|(name, _)| *name != "allocated_bytes");
    counters.try_for_each(|(name, total)| possible(name, *total, here))
}

fn possible(what: impl Display, total: u64, here: Here) -> Result<(), Implausible> {
    if u128::from(total) > (here.capacity_ns() + u128::from(TICK_NS)) * FASTEST {
        return no(Rule::TooFast, format!("it reports {total} {what} in {}", time(here.passed_ns)));
    }
    Ok(())
}

/// Checks what a runner reports when its case is prepared against the kernel.
///
/// # Errors
/// What cannot be true, as a sentence.
pub(crate) fn ready(ready: &Ready, memory: Memory) -> Result<(), Implausible> {
    if !(1..=MOST_THREADS).contains(&ready.threads) {
        return no(Rule::Threads, format!("it reports {} threads", ready.threads));
    }
    resident("rss_bytes", ready.rss_bytes, memory.now, memory.machine)
}

fn resident(field: &str, told: u64, known: Option<u64>, machine: Option<u64>) -> Result<(), Implausible> {
    if told < LEAST_BYTES {
        return no(Rule::Memory, format!("`{field}` is {told}: no process is that small"));
    }
    if let Some(machine) = machine.filter(|machine| told > *machine) {
        return no(Rule::Memory, format!("`{field}` is {told}: the machine has {machine} bytes"));
    }
    match known {
        Some(known)
            if told.saturating_mul(MEMORY_FACTOR).saturating_add(MEMORY_SLACK) < known
                || told > known.saturating_mul(MEMORY_FACTOR).saturating_add(MEMORY_SLACK) =>
        {
            no(Rule::Memory, format!("`{field}` is {told}: the kernel says {known} bytes"))
        }
        _ => Ok(()),
    }
}

/// Checks the report of a slice that did not finish against its limit.
///
/// # Errors
/// What cannot be true, as a sentence.
pub(crate) fn unfinished(told: &Unfinished, limit_ns: u64, here: Here) -> Result<(), Implausible> {
    let Unfinished { done, ops, ns } = *told;
    let passed = time(here.passed_ns);
    if done > ops || ns as f64 > here.passed_ns as f64 * CLOCKS {
        let rule = if done > ops { Rule::Unfinished } else { Rule::MoreTime };
        let what = format!("it reports {done} of {ops} operations in {}; {passed} passed here", time(ns));
        return no(rule, what);
    }
    if (here.passed_ns as f64) < limit_ns as f64 * EARLY {
        return no(Rule::Early, format!("it gave up after {passed}, the limit is {}", time(limit_ns)));
    }
    Ok(())
}

/// How often in a row a runner was contradicted, in ways that happen by chance now and then.
///
/// A single slice shows nothing: between its last stamp and its answer any process may be held up, and is, on
/// a crowded machine; and a slice may have one long stretch beside many short ones. If it happens [`IN_A_ROW`]
/// times in a row, it is not chance.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Doubts {
    /// Slices that took half a second here beyond four times what was reported.
    held_up: u32,
    /// Slices with a median stretch of next to nothing.
    uneven: u32,
    /// Wall time of all slices, in nanoseconds by the runner's own account.
    ns: u64,
    /// Their CPU time.
    cpu_ns: u64,
}

impl Doubts {
    /// Adds a slice.
    ///
    /// # Errors
    /// That the runner is no longer believed, as a sentence.
    pub(crate) fn slice(&mut self, done: &SliceDone, passed_ns: u64) -> Result<(), Implausible> {
        let SliceDone { ns, typical_ns, .. } = *done;
        let held_up_ns = ns.saturating_mul(BESIDE).saturating_add(HELD_UP_NS);
        let again = |times: u32, so: bool| if so { times + 1 } else { 0 };
        self.held_up = again(self.held_up, passed_ns.saturating_sub(ns) > held_up_ns);
        // The shortest times are a matter of the clock's steps.
        self.uneven = again(self.uneven, typical_ns.saturating_mul(UNEVEN) < ns.saturating_sub(TICK_NS));
        let told = time(ns);
        if self.held_up >= IN_A_ROW {
            let passed = time(passed_ns);
            let what = format!("it reports {told} while {passed} passed here, {IN_A_ROW} times in a row");
            return no(Rule::Contradicted, what);
        }
        if self.uneven >= IN_A_ROW {
            let median = time(typical_ns);
            let what = format!("its median stretch is {median} in a slice of {told}, {IN_A_ROW} times in a row");
            return no(Rule::Contradicted, what);
        }
        Ok(())
    }

    /// Adds the CPU time of a slice that counts, on a machine of so many CPUs. All slices together are judged, since clocks that
    /// count in ticks show too much of one and too little of the next.
    ///
    /// # Errors
    /// That there was no room for so much of it, as a sentence.
    pub(crate) fn cpu(&mut self, done: &SliceDone, cpus: usize) -> Result<(), Implausible> {
        self.ns = self.ns.saturating_add(done.ns);
        self.cpu_ns = self.cpu_ns.saturating_add(done.cpu_ns);
        let room = self.ns as f64 * cpus.max(1) as f64 * OVERHEAD + 2.0 * TICK_NS as f64;
        if self.cpu_ns as f64 <= room {
            return Ok(());
        }
        let (cpu, told) = (time(self.cpu_ns), time(self.ns));
        let what = format!(
            "its slices took {cpu} of CPU time in {told} of wall time, by its own report; there are {cpus} CPUs"
        );
        no(Rule::CpuTime, what)
    }

    /// Whether the clock here contradicted the previous slice.
    pub(crate) fn any(self) -> bool {
        self.held_up > 0
    }
}

/// "12.3 ms": a time in the largest unit that is not larger than it.
pub(crate) fn time(ns: u64) -> String {
    let units = [(1e9, "s"), (1e6, "ms"), (1e3, "µs")];
    let ns = ns as f64;
    units
        .into_iter()
        .find(|(unit, _)| ns >= *unit)
        .map_or_else(|| format!("{ns} ns"), |(unit, name)| format!("{:.3} {name}", ns / unit))
}

#[cfg(test)]
mod tests;
