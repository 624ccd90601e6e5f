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
use loopswap_report::record::{Arm, Plan, ROUNDS_MAX, Role, Row};
use loopswap_statistics::{order, order_period};
use std::time::Duration;

/// Slices longer than this are not warmed up.
pub(crate) const LONG_SLICE: Duration = Duration::from_millis(50);
/// What starting and preparing one process takes, about.
const START_COST: Duration = Duration::from_millis(6);
/// What finding the work of a slice takes, in slices, about: trials that grow, and two of the whole.
const TRIALS: u32 = 4;
/// A generation with rounds shorter than this has whole periods of the order.
const LONG_PERIOD: Duration = Duration::from_millis(300);
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
        let beside = START_COST * count(arms.len()) + round * 3 / 8;
        let fit = time.saturating_sub(beside).as_nanos() / round.as_nanos().max(1);
        let most = self.plan.rounds.unwrap_or(ROUNDS_MAX) as usize;
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
        Asked::of(self.row(), Duration::from_millis(self.plan.limit_ms), early_ns, ops)
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

/// About how long a run of this plan takes: its budget, or what its rounds take if that is less, in whole seconds.
#[must_use]
pub fn estimate(plan: &Plan) -> Duration {
    let all = plan.rows.iter().map(|row| {
        let slice = Duration::from_millis(row.slice_ms.unwrap_or(plan.slice_ms)).max(least(row));
        let can = |arm: &&Arm| arm.unavailable.is_none() && arm.no_hello.is_none();
        let of = |role: Option<Role>| row.arms.iter().filter(can).filter(|arm| Some(arm.role) != role).count();
        let rounds = plan.rounds.unwrap_or(ROUNDS_MAX);
        let generation = (START_COST + slice * 3 / 8).saturating_add(slice.saturating_mul(rounds));
        let tried = (START_COST + slice.saturating_mul(TRIALS)).saturating_mul(count(of(Some(Role::Control))));
        tried.saturating_add(generation.saturating_mul(count(of(None))).saturating_mul(plan.generations))
    });
    let all = all.fold(Duration::ZERO, Duration::saturating_add).as_millis().div_ceil(1000);
    let all = Duration::from_secs(u64::try_from(all).unwrap_or(u64::MAX));
    all.min(Duration::from_millis(plan.budget_ms))
}

/// The shortest time that the smallest slice of a row can take.
fn least(row: &Row) -> Duration {
    let waits = smallest(row).div_ceil(row.in_flight.max(1));
    Duration::from_nanos(waits.saturating_mul(row.op_least_ns.unwrap_or(0)))
}

fn count(arms: usize) -> u32 {
    u32::try_from(arms).unwrap_or(u32::MAX)
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
