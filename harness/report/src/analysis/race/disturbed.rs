//! Which rounds a neighbour or the hypervisor disturbed.

use crate::record::{Generation, Round, RowRecord, Throttled};
use loopswap_statistics::quantile;

/// Others may have this share of a round beyond what the row causes itself.
const TAKEN_MIN: f64 = 0.05;
/// Others may have this share of the CPUs of a generation: it is known in steps of 10 ms only.
const FOREIGN_MIN: f64 = 0.10;
/// The calm rounds of a row: its lower quartile.
const CALM: f64 = 0.25;

/// Tells the disturbed rounds of one row from the others.
#[derive(Clone, Copy, Debug)]
pub(super) struct Disturbed {
    /// Share of a round in which tasks wait for a CPU although nobody disturbs: programs that wake each
    /// other all the time wait a little each time.
    calm: f64,
    cpus: usize,
}

impl Disturbed {
    /// Of a row that was measured on so many CPUs.
    pub(super) fn of(record: &RowRecord, cpus: usize) -> Disturbed {
        let rounds = record.generations.values().flat_map(|generation| &generation.rounds);
        let shares: Vec<f64> = rounds.filter_map(Round::pressure).collect();
        Disturbed { calm: quantile(&shares, CALM).unwrap_or(0.0), cpus }
    }

    /// Whether a round was disturbed, or the whole generation that it is of.
    ///
    /// The pressure is the finest measure, but says nothing where a neighbour is always there; then the
    /// CPU time that others took over the generation does.
    pub(super) fn is(self, generation: &Generation, round: &Round) -> bool {
        let closed = &generation.closed;
        let foreign = closed.foreign_ns as f64 / (closed.wall_ns.max(1) as f64 * self.cpus.max(1) as f64);
        let beyond = round.pressure().map_or(0.0, |share| share - self.calm);
        let throttled = round.throttled.is_some_and(Throttled::is_halted);
        let stolen = round.steal_ns as f64 / round.wall_ns.max(1) as f64;
        throttled || foreign > FOREIGN_MIN || beyond > TAKEN_MIN || stolen > TAKEN_MIN
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::Closed;

    fn round(pressure: u64, steal_ns: u64) -> Round {
        Round { wall_ns: 1000, pressure_ns: Some(pressure), steal_ns, ..Round::default() }
    }

    fn generation(foreign_ns: u64, rounds: Vec<Round>) -> Generation {
        let closed = Closed { wall_ns: 10_000, foreign_ns, ..Closed::default() };
        Generation { rounds, closed, ..Generation::default() }
    }

    #[test]
    fn what_a_row_causes_itself_is_no_disturbance() {
        let calm = generation(0, vec![round(80, 0), round(85, 0), round(90, 0), round(200, 0)]);
        let record = RowRecord { generations: [(0, calm.clone())].into(), ..RowRecord::default() };
        let disturbed = Disturbed::of(&record, 2);
        let found: Vec<bool> = calm.rounds.iter().map(|round| disturbed.is(&calm, round)).collect();
        assert_eq!(found, [false, false, false, true]);
        assert!(disturbed.is(&calm, &round(80, 60)), "stolen time");
        let halted = Round { throttled: Some(Throttled { periods: 1, ns: 0 }), ..round(80, 0) };
        assert!(disturbed.is(&calm, &halted), "halted by the quota");
        let free = Round { throttled: Some(Throttled::default()), ..round(80, 0) };
        assert!(!disturbed.is(&calm, &free), "a quota that is not used up");
        let busy = generation(3000, vec![round(80, 0)]);
        assert!(disturbed.is(&busy, &busy.rounds[0]), "a neighbour that is always there");
    }
}
