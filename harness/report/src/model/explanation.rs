//! How a row came to its verdicts: the facts behind [`explanation`](crate::explanation).

use super::RowReport;
use crate::judge::Estimate;
use loopswap_statistics::VarianceSplit;

/// How a row came to its verdicts.
#[derive(Clone, Debug, PartialEq)]
pub struct Explanation {
    /// Name of the suite.
    pub suite: String,
    /// When the run began.
    pub created: String,
    /// The runtime that the others are divided by.
    pub reference: String,
    /// Seed of the order of rounds.
    pub seed: u64,
    /// Generations planned.
    pub planned: u32,
    /// Length aimed at for a slice, in milliseconds.
    pub slice_ms: u64,
    /// Time limit of a slice, in milliseconds.
    pub limit_ms: u64,
    /// The row, its arms in the order of the plan.
    pub row: RowReport,
    /// The generations that others disturbed.
    pub disturbed: Vec<Disturbance>,
    /// Over which comparisons p-values are adjusted, as a sentence.
    pub family: String,
    /// Every p-value of that family, ascending.
    pub p_values: Vec<f64>,
    /// Wall time of a generation beyond its rounds, in nanoseconds: median.
    pub generation_ns: f64,
    /// Wall time of a round of all arms, in nanoseconds: median.
    pub round_ns: f64,
    /// The thresholds.
    pub thresholds: Thresholds,
    /// The control, then the arms asked for.
    pub arms: Vec<ArmFacts>,
}

/// The constants of the analysis that decide.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Thresholds {
    /// Accepted rate of false discoveries.
    pub alpha: f64,
    /// Level of the intervals.
    pub level: f64,
    /// Accepted rate of false alarms of the control.
    pub control_alpha: f64,
    /// Smallest and largest margin.
    pub margin: (f64, f64),
    /// Arms are called the same only within this fraction.
    pub same: f64,
    /// Generations that a verdict needs.
    pub generations: usize,
    /// Share of the CPUs that others may take before a generation counts as disturbed.
    pub disturbed: f64,
}

/// What others took in a generation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Disturbance {
    /// Number of the generation.
    pub generation: u32,
    /// Share of the run's CPUs that other processes took.
    pub foreign: f64,
    /// Share that the hypervisor took.
    pub steal: f64,
}

/// One arm compared with the reference.
#[derive(Clone, Debug, PartialEq)]
pub struct ArmFacts {
    /// Its index among the arms of the row.
    pub index: usize,
    /// Whether slices are compared by their median stretch.
    pub stretched: bool,
    /// Log ratio arm ÷ reference of the figure that ranks the row, one a generation.
    pub values: Vec<GenerationValue>,
    /// Centre and interval of these values, on the log scale.
    pub logs: Option<Estimate>,
    /// The same without the disturbed generations; absent if there were none, or too few remain.
    pub undisturbed: Option<Estimate>,
    /// Where the values scatter.
    pub split: Option<VarianceSplit>,
    /// The plan that reaches the precision asked for soonest.
    pub plan: Option<CheapestPlan>,
}

/// The value of a generation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GenerationValue {
    /// Number of the generation.
    pub generation: u32,
    /// Median over its rounds of the log ratio arm ÷ reference.
    pub log: f64,
    /// Its rounds.
    pub rounds: usize,
}

/// A number of generations and rounds, and how long they take.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CheapestPlan {
    /// Half the width of the interval that was asked for, as a fraction.
    pub precision: f64,
    /// Generations.
    pub generations: u32,
    /// Rounds of each.
    pub rounds: u32,
    /// Wall time of the row, in nanoseconds.
    pub wall_ns: f64,
}
