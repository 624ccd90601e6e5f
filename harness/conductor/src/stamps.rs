//! How many operations an arm does in a turn, and which of them have their latency recorded.
//!
//! If operations are long, timed slices stamp one in several: that takes no extra time, and the latencies are
//! of operations next to which nothing else was recorded. If operations are so short that even asking whether
//! to stamp would show, a brief counting slice in every generation stamps each.

use crate::asked::Asked;
use crate::generation::Act;
use crate::plan::smallest;
use crate::run::{Halt, LONG_SLICE, Run};
use loopswap_protocol::PeerKind;
use loopswap_report::record::Line;
use std::time::Duration;

/// Share of a slice that warms up, as a divisor.
const WARM_UP: u64 = 8;
/// About the cost of stamping an operation: two readings of the clock, a lock, a count.
const STAMP_NS: u64 = 100;
/// At most one part in this many of a timed slice goes into stamps.
const PART: u64 = 1000;
/// If operations are shorter than this, a timed slice stamps none: asking whether to stamp takes one or two
/// nanoseconds.
const STAMPED_NS_MIN: u64 = 1000;
/// Only every n-th generation has whole counting slices: switches and memory need fewer than time does.
const COUNT_EVERY: u32 = 4;
/// The same where timed slices record the latencies.
const COUNT_SELDOM: u32 = 6;
/// The same where slices are long.
const COUNT_LONG: u32 = 12;
/// Operations of a brief counting slice, about: five beyond a 99th percentile.
const BRIEF_OPS: u64 = 500;
/// A brief counting slice is at most one part in this many of a whole one.
const BRIEF_PART: u64 = 4;

impl Run<'_> {
    /// Of how many operations of an arm's timed slices one is stamped; 0 stamps none.
    pub(crate) fn stamp_one_in(&self, row: usize, arm: usize) -> u64 {
        let planned = &self.plan.rows[row];
        // An open loop stamps each; a race judges time alone. A load client stamps at its own end.
        let elsewhere = planned.rate().is_some() || self.plan.race.is_some() || planned.peers.contains(&PeerKind::Load);
        if elsewhere || self.rows[row].stampless.contains(&arm) {
            return 0;
        }
        let calibration = self.rows[row].calibrations[&arm];
        one_in(calibration.ns / calibration.ops.max(1))
    }

    /// The counting slice of an arm at the end of a generation, if it has one.
    pub(crate) fn counts(&self, row: usize, arm: usize, number: u32) -> Option<Act> {
        let planned = &self.plan.rows[row];
        let long = Duration::from_nanos(self.rows[row].calibrations[&arm].ns) > LONG_SLICE;
        let compares = self.plan.counters || self.plan.race.is_some();
        let stamps = self.stamp_one_in(row, arm) > 0;
        let every = match (long, stamps && !compares) {
            (true, _) => COUNT_LONG,
            (false, true) => COUNT_SELDOM,
            (false, false) => COUNT_EVERY,
        };
        if number.is_multiple_of(every) {
            return Some(Act::Count);
        }
        let elsewhere = stamps || long || planned.rate().is_some() || self.plan.race.is_some();
        let brief = self.brief_ops(row, arm) * BRIEF_PART <= self.rows[row].calibrations[&arm].ops;
        // If there is no shorter way, it may take as long as a slice.
        let only_way = planned.peers.contains(&PeerKind::Load) || self.rows[row].stampless.contains(&arm);
        (!elsewhere && (brief || only_way)).then_some(Act::CountBriefly)
    }

    /// What to ask of a trial of `ops` operations.
    pub(crate) fn asked(&self, row: usize, ops: u64) -> Asked {
        let planned = &self.plan.rows[row];
        // No more operations than these wait at the same time.
        let waits = ops.div_ceil(planned.in_flight.max(1));
        Asked {
            ops,
            limit: self.limit(),
            rate: planned.rate(),
            counts: false,
            stamp_one_in: 0,
            least_ns: waits.saturating_mul(planned.op_least_ns.unwrap_or(0)),
        }
    }

    /// Operations of a turn of an arm.
    pub(crate) fn ops(&self, row: usize, arm: usize, act: Act) -> u64 {
        let whole = self.rows[row].calibrations[&arm].ops;
        let granule = smallest(&self.plan.rows[row]);
        match act {
            Act::WarmUp => (whole / WARM_UP).next_multiple_of(granule).max(granule),
            Act::CountBriefly => self.brief_ops(row, arm),
            Act::Slice | Act::LastOfRound | Act::Count => whole,
        }
    }

    /// Operations of a brief counting slice.
    fn brief_ops(&self, row: usize, arm: usize) -> u64 {
        let brief = BRIEF_OPS.next_multiple_of(smallest(&self.plan.rows[row]).max(1));
        brief.min(self.rows[row].calibrations[&arm].ops)
    }

    /// Records what an arm's timed slices stamped. If they were asked to stamp and did not, they are not
    /// asked again: the workload knows latencies in counting slices only, or the runner is older than stamps.
    pub(crate) fn sampled(&mut self, row: usize, arm: usize, latency: Option<String>) -> Result<(), Halt> {
        match latency {
            Some(latency) => self.write(&Line::Sampled { arm, latency }),
            None => {
                if self.rows[row].calibrations.contains_key(&arm) && self.stamp_one_in(row, arm) > 0 {
                    self.rows[row].stampless.insert(arm);
                }
                Ok(())
            }
        }
    }
}

/// Of how many operations of `each_ns` one is stamped, so that stamps take one part in [`PART`].
fn one_in(each_ns: u64) -> u64 {
    if each_ns < STAMPED_NS_MIN { 0 } else { (STAMP_NS * PART).div_ceil(each_ns) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stamps_take_a_thousandth_of_the_time_or_are_none() {
        assert_eq!([40, 999].map(one_in), [0, 0], "a switch, and any operation so short that asking would show");
        assert_eq!([1000, 13_500, 99_000, 100_000, 34_000_000].map(one_in), [100, 8, 2, 1, 1]);
    }
}
