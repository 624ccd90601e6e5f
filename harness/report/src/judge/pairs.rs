//! One figure of an arm and of the reference of its row, paired round by round.

use super::samples::{self, Processes};
use super::{Estimate, Figure, LEVEL, latency};
use crate::figures::factor;
use loopswap_statistics::{self as statistics, median};
use std::collections::{BTreeMap, BTreeSet};

/// Log ratios arm ÷ reference of one figure, a value for each generation that both have: less is better.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Pairs {
    /// The values.
    pub(crate) logs: Vec<f64>,
    /// The generations that they are of, ascending.
    pub(crate) generations: Vec<u32>,
}

/// The values of every round, by generation. A percentile is one of a whole generation.
pub(crate) fn rounds(figure: Figure, arm: &Processes<'_>, reference: &Processes<'_>) -> BTreeMap<u32, Vec<f64>> {
    match figure {
        Figure::Time => samples::round_ratios(arm, reference, samples::time([arm, reference])),
        Figure::Cpu => samples::round_ratios(arm, reference, samples::cpu),
        Figure::Response => {
            latency::log_ratios(arm, reference).into_iter().map(|(number, log)| (number, vec![log])).collect()
        }
    }
}

impl Pairs {
    /// The value of a generation is the median over its rounds.
    pub(crate) fn of(figure: Figure, arm: &Processes<'_>, reference: &Processes<'_>) -> Pairs {
        Pairs::of_rounds(rounds(figure, arm, reference))
    }

    /// The time by whole slices, whether or not they were cut into stretches.
    pub(crate) fn of_whole_slices(arm: &Processes<'_>, reference: &Processes<'_>) -> Pairs {
        Pairs::of_rounds(samples::round_ratios(arm, reference, samples::wall))
    }

    fn of_rounds(rounds: BTreeMap<u32, Vec<f64>>) -> Pairs {
        let values = rounds.into_iter().filter_map(|(number, rounds)| Some((number, median(&rounds)?)));
        let (generations, logs) = values.unzip();
        Pairs { logs, generations }
    }

    /// Centre and interval on the log scale, as if generations were independent.
    pub(crate) fn estimate(&self) -> Option<statistics::Estimate> {
        statistics::estimate(&self.logs, LEVEL)
    }

    /// Reference ÷ arm: above 1 is better.
    pub(crate) fn ratio(&self) -> Option<Estimate> {
        self.estimate().as_ref().map(better)
    }

    /// The value of a generation.
    fn at(&self, generation: u32) -> Option<f64> {
        let place = self.generations.binary_search(&generation).ok()?;
        self.logs.get(place).copied()
    }
}

/// Reference ÷ arm from log ratios arm ÷ reference: above 1 is better.
pub(crate) fn better(logs: &statistics::Estimate) -> Estimate {
    Estimate::of(logs, |log| factor(-log))
}

/// The order of the generations of a row: one series an arm, with a place for every generation that any of
/// them has.
pub(super) fn series<'a>(arms: impl Iterator<Item = &'a Pairs> + Clone) -> Vec<Vec<Option<f64>>> {
    let numbers: BTreeSet<u32> = arms.clone().flat_map(|one| one.generations.iter().copied()).collect();
    arms.map(|one| numbers.iter().map(|number| one.at(*number)).collect()).collect()
}
