//! What a race showed of one row: one value a generation.

use super::disturbed::Disturbed;
use crate::judge::Figure;
use crate::judge::samples::{self, Processes};
use crate::record::{Generation, Role, Row, RowRecord, Slice, Throttled};
use loopswap_statistics::{generation_value, median};
use std::collections::BTreeSet;

/// The arms of a race's row.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Lanes {
    pub(crate) base: usize,
    pub(crate) control: usize,
    pub(crate) head: usize,
}

impl Lanes {
    /// The places of the arms in the plan; `None` if the row is not of a race.
    pub(crate) fn of(row: &Row) -> Option<Lanes> {
        let [base, control, head] = [Role::Reference, Role::Control, Role::Contender].map(|role| row.place_of(role));
        Some(Lanes { base: base?, control: control?, head: head? })
    }
}

/// Which generations, and which of their rounds, count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// Those that screen.
    Screening,
    /// Those that screen, without the rounds that a neighbour disturbed.
    Undisturbed,
    /// Those that give a second opinion.
    Confirming,
}

/// The values of one generation.
pub(crate) struct Told {
    /// Its number.
    pub(crate) number: u32,
    /// Its value, HEAD against BASE.
    pub(crate) head: f64,
    /// Its value, BASE against itself.
    pub(crate) control: f64,
    /// HEAD less the mean of both arms of BASE, round by round.
    pub(crate) rounds: Vec<f64>,
    /// Rounds that a neighbour disturbed.
    pub(crate) disturbed: usize,
}

/// Log ratio of BASE to itself in one generation: the median over its rounds.
fn control_value(base: &[f64], control: &[f64]) -> Option<f64> {
    median(&control.iter().zip(base).map(|(control, base)| control - base).collect::<Vec<_>>())
}

/// The part of a row's record that counts, with processes by arm and generation.
pub(crate) struct Measured<'a> {
    record: &'a RowRecord,
    lanes: Lanes,
    processes: Vec<Processes<'a>>,
    disturbed: Disturbed,
}

impl<'a> Measured<'a> {
    pub(crate) fn of(row: &Row, record: &'a RowRecord) -> Option<Measured<'a>> {
        let processes = (0..row.arms.len()).map(|arm| samples::processes(record, arm)).collect();
        let cpus = row.runner_cpus.iter().chain(&row.peer_cpus).collect::<BTreeSet<_>>().len();
        Some(Measured { record, lanes: Lanes::of(row)?, processes, disturbed: Disturbed::of(record, cpus) })
    }

    /// The arms that any of the row's figures come from.
    pub(crate) fn lanes(&self) -> Lanes {
        self.lanes
    }

    /// Rounds that screen, and how many of them were disturbed.
    pub(crate) fn disturbed_rounds(&self) -> (usize, usize) {
        let mut counts = (0, 0);
        for (_, generation) in self.generations(Part::Screening) {
            counts.0 += generation.rounds.len();
            counts.1 += generation.rounds.iter().filter(|round| self.disturbed.is(generation, round)).count();
        }
        counts
    }

    /// Rounds that screen in which the CPU quota halted the race.
    pub(crate) fn throttled_rounds(&self) -> usize {
        let rounds = self.generations(Part::Screening).flat_map(|(_, generation)| &generation.rounds);
        rounds.filter(|round| round.throttled.is_some_and(Throttled::is_halted)).count()
    }

    /// All processes of one arm.
    pub(crate) fn all(&self, arm: usize) -> &Processes<'a> {
        &self.processes[arm]
    }

    /// The processes of one arm that screen.
    pub(crate) fn screening(&self, arm: usize) -> Processes<'a> {
        let confirms = |number: &u32| self.record.generations.get(number).is_some_and(|found| found.confirms);
        self.processes[arm]
            .iter()
            .filter(|(number, _)| !confirms(number))
            .map(|(number, found)| (*number, *found))
            .collect()
    }

    /// What of a slice the figure is; the time is that of its median stretch if all three arms have stretches.
    /// (A race has no open loops, so no response times.)
    pub(crate) fn of_slice(&self, figure: Figure) -> fn(&Slice) -> f64 {
        match figure {
            Figure::Cpu => samples::cpu,
            Figure::Time | Figure::Response => samples::time(&self.processes),
        }
    }

    /// Whether all three arms have stretches.
    pub(crate) fn stretched(&self) -> bool {
        self.processes.iter().all(samples::stretched)
    }

    /// Log ratio HEAD ÷ BASE, one a generation that all three arms finished; both arms of BASE stand for
    /// BASE ([`generation_value`]).
    pub(crate) fn head(&self, part: Part, of: fn(&Slice) -> f64) -> Vec<f64> {
        self.each(part, of, generation_value)
    }

    /// Log ratio of BASE to itself, likewise: the median over the rounds.
    pub(crate) fn control(&self, part: Part, of: fn(&Slice) -> f64) -> Vec<f64> {
        self.each(part, of, |base, control, _| control_value(base, control))
    }

    /// Every generation that all three arms finished, with all its rounds.
    pub(crate) fn told(&self, part: Part, of: fn(&Slice) -> f64) -> Vec<Told> {
        self.generations(part)
            .filter_map(|(number, generation)| {
                let [base, control, head] = self.rounds(number, generation, part == Part::Undisturbed, of)?;
                let between = |(head, (base, control)): (&f64, (&f64, &f64))| head - f64::midpoint(*base, *control);
                Some(Told {
                    number,
                    head: generation_value(&base, &control, &head)?,
                    control: control_value(&base, &control)?,
                    rounds: head.iter().zip(base.iter().zip(&control)).map(between).collect(),
                    disturbed: generation.rounds.iter().filter(|round| self.disturbed.is(generation, round)).count(),
                })
            })
            .collect()
    }

    fn each(
        &self,
        part: Part,
        of: fn(&Slice) -> f64,
        value: impl Fn(&[f64], &[f64], &[f64]) -> Option<f64>,
    ) -> Vec<f64> {
        self.generations(part)
            .filter_map(|(number, generation)| {
                let [base, control, head] = self.rounds(number, generation, part == Part::Undisturbed, of)?;
                value(&base, &control, &head)
            })
            .collect()
    }

    fn generations(&self, part: Part) -> impl Iterator<Item = (u32, &'a Generation)> {
        let confirming = part == Part::Confirming;
        self.record
            .generations
            .iter()
            .filter(move |(_, generation)| generation.confirms == confirming)
            .map(|(number, generation)| (*number, generation))
    }

    /// Log times of BASE, its control and HEAD, round by round.
    fn rounds(
        &self,
        number: u32,
        generation: &Generation,
        undisturbed: bool,
        of: fn(&Slice) -> f64,
    ) -> Option<[Vec<f64>; 3]> {
        let Lanes { base, control, head } = self.lanes;
        let slices = |arm: usize| Some(self.processes[arm].get(&number)?.slices.as_slice());
        let (base, control, head) = (slices(base)?, slices(control)?, slices(head)?);
        let disturbed =
            |round: usize| generation.rounds.get(round).is_some_and(|round| self.disturbed.is(generation, round));
        let mut logs = [Vec::new(), Vec::new(), Vec::new()];
        for (round, ((base, control), head)) in base.iter().zip(control).zip(head).enumerate() {
            let times = [base, control, head].map(|slice| of(slice).ln());
            if times.iter().all(|time| time.is_finite()) && !(undisturbed && disturbed(round)) {
                logs.iter_mut().zip(times).for_each(|(logs, time)| logs.push(time));
            }
        }
        // With less than half of its rounds the order is no longer balanced.
        (!undisturbed || logs[0].len() * 2 >= base.len()).then_some(logs)
    }
}
