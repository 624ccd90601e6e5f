//! What a slice is asked to do, and what comes of it.

use crate::plausible::Wanted;
use loopswap_protocol::{SliceDone, Unfinished};
use loopswap_report::record::Row;
use std::time::Duration;

/// A timer that goes off this part of its time early counts as on time, unless its runtime says how early it may be.
const EARLY: u64 = 100;

/// What a slice is asked to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Asked {
    /// Operations.
    pub(crate) ops: u64,
    /// Time limit of a slice of the case.
    pub(crate) limit: Duration,
    /// Operations that are meant to start in a second, if the case has a rate.
    pub(crate) rate: Option<u64>,
    /// Whether its figures count; those of a trial or a warm-up do not.
    pub(crate) counts: bool,
    /// Of how many operations one is stamped for its latency; 0 stamps none.
    pub(crate) stamp_one_in: u64,
    /// The shortest time in which anybody can do it, in nanoseconds.
    pub(crate) least_ns: u64,
}

impl Asked {
    /// A trial of `ops` operations of a row, on a runtime whose timers may be this early, if it says so.
    pub(crate) fn of(row: &Row, limit: Duration, early_ns: Option<u64>, ops: u64) -> Asked {
        // No more operations than these wait at the same time.
        let waits = ops.div_ceil(row.in_flight.max(1));
        // What a peer holds back is timed by the peer.
        let early_ns = early_ns.filter(|_| row.peers.is_empty());
        let least_ns = waits.saturating_mul(least_ns(row.op_least_ns.unwrap_or(0), early_ns));
        Asked { ops, limit, rate: row.rate(), counts: false, stamp_one_in: 0, least_ns }
    }

    pub(crate) fn wanted(&self) -> Wanted {
        Wanted { ops: self.ops, rate: self.rate, counts: self.counts, least_ns: self.least_ns }
    }
}

/// The outcome of a slice that was to be timed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Sliced {
    /// It is done and verified.
    Done(Timed),
    /// The time limit passed first, and the runner has ended.
    Unfinished(Unfinished),
}

/// A timed slice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Timed {
    /// What the runner reported.
    pub(crate) done: SliceDone,
    /// The encoded response times, if the case has a rate.
    pub(crate) response: Option<String>,
    /// Time from sending the command to having the reply, less the slice, in nanoseconds.
    pub(crate) around_ns: u64,
}

/// The shortest time that an operation of `least` nanoseconds takes on a runtime whose timers may be as early as it
/// says; of one that says nothing about it, one part in [`EARLY`].
fn least_ns(least: u64, early_ns: Option<u64>) -> u64 {
    least.saturating_sub(early_ns.unwrap_or(least / EARLY))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_runtime_is_held_to_how_early_its_timers_may_be() {
        let ms = 1_000_000;
        assert_eq!(least_ns(10 * ms, None), 10 * ms - ms / 10, "a hundredth of it");
        assert_eq!(least_ns(10 * ms, Some(ms)), 9 * ms);
        assert_eq!(least_ns(1000 * ms, Some(ms)), 999 * ms, "less than a hundredth, since it says so");
        assert_eq!(least_ns(ms / 2, Some(ms)), 0);
    }
}
