//! Which rounds a neighbour or the hypervisor disturbed.

use crate::judge::samples::surely;
use crate::record::{Generation, Round, RowRecord, Throttled};
use loopswap_statistics::quantile;

/// Others may have this share of a round in addition to what the row causes itself.
const TAKEN_MIN: f64 = 0.05;
/// Others may have this share of the CPUs of a generation.
const FOREIGN_MIN: f64 = 0.10;
/// Below this share of a generation's CPUs no other program is there: the kernel's work for the run itself,
/// interrupts above all, counts too. On idle machines nine of ten generations show less.
const PRESENT_MIN: f64 = 0.02;
/// The calm rounds of a row: its lower quartile.
const CALM: f64 = 0.25;

/// Tells the disturbed rounds of one row from the others.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Disturbed {
    /// Share of a round in which tasks wait for a CPU although nothing disturbs them: programs that wake each
    /// other all the time wait a little each time.
    calm: f64,
    cpus: usize,
}

impl Disturbed {
    /// From a row that was measured on `cpus` CPUs.
    pub(crate) fn of(record: &RowRecord, cpus: usize) -> Disturbed {
        let rounds = record.generations.values().flat_map(|generation| &generation.rounds);
        let shares: Vec<f64> = rounds.filter_map(Round::pressure).collect();
        Disturbed { calm: quantile(&shares, CALM).unwrap_or(0.0), cpus }
    }

    /// Whether a round was disturbed, or the whole generation that it belongs to.
    ///
    /// The pressure is the finest measure, but it counts every wait: a runner's threads, its peer and the
    /// conductor wait for each other, more in one round than in the next. So it counts only if other programs
    /// were there, and ran for as long as was waited. It says nothing if a neighbour is always there; then
    /// the CPU time that others took over the generation does.
    pub(crate) fn is(self, generation: &Generation, round: &Round) -> bool {
        let closed = &generation.closed;
        let of_cpus = |ns: u64| ns as f64 / (closed.wall_ns.max(1) as f64 * self.cpus.max(1) as f64);
        let foreign_ns = surely(closed.foreign_ns);
        let foreign = of_cpus(foreign_ns);
        let beyond = round.pressure().map_or(0.0, |share| share - self.calm);
        let throttled = round.throttled.is_some_and(Throttled::is_halted);
        let by_others = foreign > PRESENT_MIN && foreign_ns as f64 >= beyond * round.wall_ns as f64;
        let stolen = surely(round.steal_ns) as f64 / round.wall_ns.max(1) as f64;
        throttled
            || foreign > FOREIGN_MIN
            || (beyond > TAKEN_MIN && by_others)
            || stolen > TAKEN_MIN
            || of_cpus(surely(closed.steal_ns)) > TAKEN_MIN
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::Closed;

    const MS: u64 = 1_000_000;

    /// A round of 15 ms.
    fn round(pressure_ms: u64, steal_ms: u64) -> Round {
        Round { wall_ns: 15 * MS, pressure_ns: Some(pressure_ms * MS), steal_ns: steal_ms * MS, ..Round::default() }
    }

    /// A generation of 200 ms on two CPUs.
    fn generation(foreign_ms: u64, steal_ms: u64, rounds: Vec<Round>) -> Generation {
        let closed =
            Closed { wall_ns: 200 * MS, foreign_ns: foreign_ms * MS, steal_ns: steal_ms * MS, ..Closed::default() };
        Generation { rounds, closed, ..Generation::default() }
    }

    /// Which rounds of the one generation of a row are disturbed.
    fn found(generation: &Generation) -> Vec<bool> {
        let record = RowRecord { generations: [(0, generation.clone())].into(), ..RowRecord::default() };
        let disturbed = Disturbed::of(&record, 2);
        generation.rounds.iter().map(|round| disturbed.is(generation, round)).collect()
    }

    fn waiting() -> Vec<Round> {
        [1, 1, 2, 7].map(|pressure| round(pressure, 0)).into()
    }

    #[test]
    fn what_a_row_causes_itself_is_no_disturbance() {
        // No other program is there, apart from what steps of 10 ms leave open: threads of the run wait for
        // each other.
        for foreign in [0, 10, 20] {
            assert_eq!(found(&generation(foreign, 0, waiting())), [false; 4], "{foreign}");
        }
        // A neighbour that ran for long enough.
        assert_eq!(found(&generation(40, 0, waiting())), [false, false, true, true]);
        // One that ran for less than was waited: the row's own threads account for the rest.
        assert_eq!(found(&generation(29, 0, [1, 1, 1, 12].map(|ms| round(ms, 0)).into())), [false; 4]);
    }

    #[test]
    fn a_neighbour_that_is_always_there_disturbs_every_round() {
        let always = vec![round(9, 0); 4];
        assert_eq!(found(&generation(80, 0, always.clone())), [true; 4]);
        assert_eq!(found(&generation(10, 0, always)), [false; 4]);
    }

    #[test]
    fn time_of_the_hypervisor_counts_beyond_the_steps_that_it_is_told_in() {
        let stepped = vec![round(0, 0), round(0, 10), round(0, 30), round(0, 0)];
        assert_eq!(found(&generation(0, 40, stepped)), [false, false, true, false]);
        assert_eq!(found(&generation(0, 60, vec![round(0, 0); 4])), [true; 4], "a tenth of the generation");
    }

    #[test]
    fn a_round_that_the_quota_halted_is_disturbed() {
        let halted = Round { throttled: Some(Throttled { periods: 1, ns: 0 }), ..round(0, 0) };
        let free = Round { throttled: Some(Throttled::default()), ..round(0, 0) };
        assert_eq!(found(&generation(0, 0, vec![halted, free])), [true, false]);
    }
}
