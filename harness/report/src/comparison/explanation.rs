//! How a row of a race came to its verdict: the facts behind [`raced_explanation`](crate::raced_explanation).

use super::{Build, Missing, RowComparison, Rules};
use crate::judge::Estimate;
use crate::model::CheapestPlan;
use crate::record::Placement;
use loopswap_statistics::{LookOutcome, VarianceSplit};

/// How one case on one runtime came to its verdict, HEAD against BASE.
#[derive(Clone, Debug, PartialEq)]
pub struct RaceExplanation {
    /// Name of the suite.
    pub suite: String,
    /// When the race began.
    pub created: String,
    /// The side that HEAD is divided by.
    pub base: Build,
    /// The side that is judged.
    pub head: Build,
    /// The rules.
    pub rules: Rules,
    /// Seed of the order of rounds.
    pub seed: u64,
    /// What the false-discovery control spans, as a sentence.
    pub family: String,
    /// Name of the case.
    pub case: String,
    /// Name of the runtime.
    pub runtime: String,
    /// What one operation is.
    pub operation: String,
    /// Names of the peers that served.
    pub peers: Vec<String>,
    /// Which CPUs the runner and the peer got.
    pub placement: Placement,
    /// CPUs of the runners.
    pub runner_cpus: Vec<usize>,
    /// CPUs of the peers.
    pub peer_cpus: Vec<usize>,
    /// Length aimed at for a slice, in milliseconds.
    pub slice_ms: u64,
    /// The order of the arms (BASE, its control, HEAD) in each round of the first generation.
    pub order: Vec<Vec<usize>>,
    /// Whether slices are compared by their median stretch.
    pub stretched: bool,
    /// The row as in the comparison; incomplete if one side has no result.
    pub found: Result<Box<RowComparison>, Missing>,
    /// The thresholds.
    pub thresholds: RaceThresholds,
    /// BASE against itself, one value for each generation that it was judged in: the confirming ones if there
    /// are enough, else the screening ones.
    pub control: Vec<RaceValue>,
    /// HEAD against BASE, one value for each screening generation.
    pub screening: Vec<RaceValue>,
    /// Each look at the screening generations, the last one at all of them.
    pub looks: Vec<Look>,
    /// HEAD against BASE, one value for each confirming generation.
    pub confirming: Vec<RaceValue>,
    /// Centre and interval, on the log scale, without the rounds that a neighbour disturbed; absent if there
    /// were none, or nothing is left.
    pub undisturbed: Option<Estimate>,
    /// Wall time of a generation beyond its rounds, in nanoseconds: median.
    pub generation_ns: f64,
    /// Wall time of a round of all arms, in nanoseconds: median.
    pub round_ns: f64,
    /// Where the values of rounds scatter.
    pub split: Option<VarianceSplit>,
    /// The plan that reaches the precision asked for soonest.
    pub plan: Option<CheapestPlan>,
}

/// The criteria of the verdict, and the candidates for the row's threshold, which is the largest of them.
/// Fractions: 0.01 is 1 %.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RaceThresholds {
    /// Generations that a verdict needs.
    pub generations: usize,
    /// Accepted rate of false alarms of the control.
    pub control_alpha: f64,
    /// Level of the interval that must lie within the equivalence.
    pub equivalence_level: f64,
    /// The p that a second opinion needs.
    pub confirm_p: f64,
    /// Generations that a second opinion needs on this row; 0 if none is asked for.
    pub confirm_generations: u32,
    /// A control that scatters raises the threshold, but not beyond this.
    pub margin_max: f64,
    /// How far the control's 95 % interval reaches; absent if the control has no value.
    pub control_reach: Option<f64>,
    /// The floor as a share of the time of one operation of BASE; 0 without a floor.
    pub floor: f64,
}

/// The value of a generation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RaceValue {
    /// Number of the generation.
    pub generation: u32,
    /// Log ratio of the time of one operation.
    pub log: f64,
    /// Its rounds.
    pub rounds: usize,
    /// Those of them that a neighbour disturbed.
    pub disturbed: usize,
}

/// A look at the generations so far.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Look {
    /// Generations with a value.
    pub generations: usize,
    /// Whether it was planned; the last one may come when the time is over.
    pub planned: bool,
    /// Centre and 95 % interval, on the log scale.
    pub logs: Estimate,
    /// The interval that is compared with the equivalence, on the log scale.
    pub wide: Estimate,
    /// Two-sided p.
    pub p: f64,
    /// Difference, on the log scale, beyond which it counts.
    pub threshold: f64,
    /// The outcome.
    pub outcome: LookOutcome,
}
