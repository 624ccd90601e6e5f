//! How much an arm does and in which order: rounds, turns, operations of a turn, and which of them have their
//! latency recorded.
//!
//! If operations are long, timed slices stamp one in several: that takes no extra time, and the latencies are
//! of operations next to which nothing else was recorded. If operations are so short that even asking whether
//! to stamp would show, a brief counting slice in every generation stamps each.

use crate::asked::Asked;
use crate::plan::smallest;
use crate::state::RowState;
use loopswap_protocol::PeerKind;
use loopswap_report::record::{Plan, Row};
use loopswap_statistics::{order, order_period};
use std::time::Duration;

/// Slices longer than this are not warmed up.
pub(crate) const LONG_SLICE: Duration = Duration::from_millis(50);
/// More rounds than this in one generation teach little: only generations are independent.
const MOST_ROUNDS: usize = 40;
/// What starting and preparing one process takes, about.
const START_COST: Duration = Duration::from_millis(6);
/// A generation with rounds shorter than this has whole periods of the order.
const LONG_PERIOD: Duration = Duration::from_millis(300);
/// A timer that goes off this part of its time early counts as on time, unless its runtime says how early it may be.
const EARLY: u64 = 100;
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
/// The same where timed slices record the latencies, or are long.
const COUNT_SELDOM: u32 = 12;
/// Operations of a brief counting slice, about: five beyond a 99th percentile.
const BRIEF_OPS: u64 = 500;
/// A brief counting slice is at most one part in this many of a whole one.
const BRIEF_PART: u64 = 4;

/// What an arm does in a turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Act {
    WarmUp,
    Slice,
    /// A timed slice after which the round is over.
    LastOfRound,
    Count,
    /// A counting slice for latencies only.
    CountBriefly,
}

/// Decides what the arms of a row do, from its plan and from what is known of it.
#[derive(Clone, Copy)]
pub(crate) struct Schedule<'r> {
    pub(crate) plan: &'r Plan,
    /// Index of the row.
    pub(crate) index: usize,
    pub(crate) state: &'r RowState,
}

impl<'r> Schedule<'r> {
    fn row(self) -> &'r Row {
        &self.plan.rows[self.index]
    }

    /// Time of one round, a slice of each of these arms.
    fn round(self, arms: &[usize]) -> Duration {
        arms.iter().map(|arm| Duration::from_nanos(self.state.calibrations[arm].ns)).sum()
    }

    /// Rounds that fit into the time of one generation: at least one.
    pub(crate) fn rounds(self, arms: &[usize], time: Duration) -> usize {
        let round = self.round(arms);
        // Warm-up takes about an eighth of a round, counting a quarter.
        let beside = START_COST * u32::try_from(arms.len()).unwrap_or(1) + round * 3 / 8;
        let fit = time.saturating_sub(beside).as_nanos() / round.as_nanos().max(1);
        let most = self.plan.rounds.map_or(MOST_ROUNDS, |most| most as usize);
        usize::try_from(fit).unwrap_or(most).clamp(1, most)
    }

    /// Rounds of a generation that takes about this long: whole periods of the order, in which every arm has
    /// every place equally often. Programs that wake each other can be a third slower at the end of a
    /// generation than at its beginning, and the order has to cancel that.
    pub(crate) fn whole_rounds(self, arms: &[usize], time: Duration) -> usize {
        let period = order_period(arms.len());
        if self.round(arms) * u32::try_from(period).unwrap_or(u32::MAX) > LONG_PERIOD {
            // At least a mirrored pair, which cancels steady changes.
            return self.rounds(arms, time).next_multiple_of(2);
        }
        (self.rounds(arms, time) / period).max(1) * period
    }

    /// The turns of a generation, each an arm and what it does: warm-up, rounds of timed slices, counting.
    pub(crate) fn turns(self, present: &[usize], number: u32, rounds: usize, seed: u64) -> Vec<(usize, Act)> {
        let warmed_up = present.iter().filter(|arm| !self.is_long(**arm));
        let mut turns: Vec<(usize, Act)> = warmed_up.map(|arm| (*arm, Act::WarmUp)).collect();
        for round in order(seed ^ self.index as u64, u64::from(number), rounds, present.len()) {
            turns.extend(round.into_iter().map(|place| (present[place], Act::Slice)));
            // The list is empty if every arm failed to start.
            if let Some((_, act)) = turns.last_mut() {
                *act = Act::LastOfRound;
            }
        }
        turns.extend(present.iter().filter_map(|arm| Some((*arm, self.counts(*arm, number)?))));
        turns
    }

    /// Whether a slice of an arm is long.
    fn is_long(self, arm: usize) -> bool {
        Duration::from_nanos(self.state.calibrations[&arm].ns) > LONG_SLICE
    }

    /// Of how many operations of an arm's timed slices one is stamped; 0 stamps none.
    pub(crate) fn stamp_one_in(self, arm: usize) -> u64 {
        let planned = self.row();
        // An open loop stamps each; a race judges time alone. A load client stamps at its own end.
        let elsewhere = planned.rate().is_some() || self.plan.race.is_some() || planned.peers.contains(&PeerKind::Load);
        if elsewhere || self.state.stampless.contains(&arm) {
            return 0;
        }
        let calibration = self.state.calibrations[&arm];
        one_in(calibration.ns / calibration.ops.max(1))
    }

    /// The counting slice of an arm at the end of a generation, if it has one.
    fn counts(self, arm: usize, number: u32) -> Option<Act> {
        let planned = self.row();
        let long = self.is_long(arm);
        let compares = self.plan.counters || self.plan.race.is_some();
        let stamps = self.stamp_one_in(arm) > 0;
        let every = if long || (stamps && !compares) { COUNT_SELDOM } else { COUNT_EVERY };
        if number.is_multiple_of(every) {
            return Some(Act::Count);
        }
        let elsewhere = stamps || long || planned.rate().is_some() || self.plan.race.is_some();
        let brief = self.brief_ops(arm) * BRIEF_PART <= self.state.calibrations[&arm].ops;
        // If there is no shorter way, it may take as long as a slice.
        let only_way = planned.peers.contains(&PeerKind::Load) || self.state.stampless.contains(&arm);
        (!elsewhere && (brief || only_way)).then_some(Act::CountBriefly)
    }

    /// What to ask of a trial of `ops` operations, on a runtime whose timers may be this early, if it says so.
    pub(crate) fn asked(self, ops: u64, early_ns: Option<u64>) -> Asked {
        let planned = self.row();
        // No more operations than these wait at the same time.
        let waits = ops.div_ceil(planned.in_flight.max(1));
        let least = planned.op_least_ns.unwrap_or(0);
        Asked {
            ops,
            limit: Duration::from_millis(self.plan.limit_ms),
            rate: planned.rate(),
            counts: false,
            stamp_one_in: 0,
            // What a peer holds back is timed by the peer.
            least_ns: waits.saturating_mul(least_ns(least, early_ns.filter(|_| planned.peers.is_empty()))),
        }
    }

    /// Operations of a turn of an arm.
    pub(crate) fn ops(self, arm: usize, act: Act) -> u64 {
        let whole = self.state.calibrations[&arm].ops;
        let granule = smallest(self.row());
        match act {
            Act::WarmUp => (whole / WARM_UP).next_multiple_of(granule).max(granule),
            Act::CountBriefly => self.brief_ops(arm),
            Act::Slice | Act::LastOfRound | Act::Count => whole,
        }
    }

    /// Operations of a brief counting slice.
    fn brief_ops(self, arm: usize) -> u64 {
        let brief = BRIEF_OPS.next_multiple_of(smallest(self.row()).max(1));
        brief.min(self.state.calibrations[&arm].ops)
    }

    /// Operations of a slice that counts, the same for every arm of a row: what beginning and ending a slice
    /// takes is in the counts too, and must weigh the same when two arms are compared to the last call. A
    /// power of two of granules, so that another run is likely to use the same number.
    pub(crate) fn tally_ops(self) -> u64 {
        let granule = self.row().granule.max(1);
        let least = self.state.calibrations.values().map(|calibration| calibration.ops).min().unwrap_or(granule);
        let granules = (least / granule).max(1);
        granule << granules.ilog2()
    }
}

/// The shortest time that an operation of `least` nanoseconds takes on a runtime whose timers may be as early as it
/// says; of one that says nothing about it, one part in [`EARLY`].
fn least_ns(least: u64, early_ns: Option<u64>) -> u64 {
    least.saturating_sub(early_ns.unwrap_or(least / EARLY))
}

/// Of how many operations of `each_ns` one is stamped, so that stamps take one part in [`PART`].
fn one_in(each_ns: u64) -> u64 {
    if each_ns < STAMPED_NS_MIN { 0 } else { (STAMP_NS * PART).div_ceil(each_ns) }
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

    #[test]
    fn stamps_take_a_thousandth_of_the_time_or_are_none() {
        assert_eq!([40, 999].map(one_in), [0, 0], "a switch, and any operation so short that asking would show");
        assert_eq!([1000, 13_500, 99_000, 100_000, 34_000_000].map(one_in), [100, 8, 2, 1, 1]);
    }
}
