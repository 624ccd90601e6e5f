//! What a counting slice counts in addition to latencies, context switches and memory.
//!
//! For the *process*, on the runtime as it is: system calls and allocations. For its *tasks*: polls and
//! wake-ups, through [`Tallied`], which is expensive and allocates, so it has a process of its own and counts
//! nothing else there.

use loopswap_counters::{ALLOCATED_BYTES, ALLOCATIONS, Counters, SYSCALLS};
use loopswap_protocol::{TIME_LIMIT_THREAD, Tally, mark};
use loopswap_rt::{Tallied, TaskCounts};

/// Name of the counter of polls of tasks.
const POLLS: &str = "polls";
/// Name of the counter of calls of their wakers.
const WAKEUPS: &str = "wakeups";

/// All counters of these runners.
pub(crate) const NAMES: [&str; 5] = [SYSCALLS, ALLOCATIONS, ALLOCATED_BYTES, POLLS, WAKEUPS];

/// Counts over one slice.
pub(crate) enum Count {
    /// What the process does.
    Process(Box<Counters>),
    /// Nothing: the conductor counts system calls from outside, and is told where the slice begins and ends.
    Marks,
    /// What happens to its tasks: who counts, and what the counts were at the start.
    Tasks { rt: Tallied, before: TaskCounts },
}

/// Opens the counters of the process.
pub(crate) fn of_process<R>(_rt: R) -> Count {
    Count::Process(Box::new(Counters::open(TIME_LIMIT_THREAD)))
}

/// Opens the counts of its tasks.
pub(crate) fn of_tasks(rt: Tallied) -> Count {
    Count::Tasks { rt, before: TaskCounts::default() }
}

impl Count {
    /// Counts from now on.
    pub(crate) fn start(&mut self) {
        match self {
            Count::Process(counters) => counters.start(),
            Count::Marks => mark(),
            Count::Tasks { rt, before } => *before = rt.counts(),
        }
    }

    /// Ends counting.
    pub(crate) fn stop(self) -> Tally {
        match self {
            Count::Process(counters) => counters.stop(),
            Count::Marks => {
                mark();
                Tally::default()
            }
            Count::Tasks { rt, before } => {
                let TaskCounts { polls, wakeups } = rt.counts().since(before);
                let mut tally = Tally::default();
                tally.count(POLLS, polls);
                tally.count(WAKEUPS, wakeups);
                tally
            }
        }
    }
}
