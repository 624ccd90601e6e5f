//! Where the values scatter, and the fastest way to make them more precise.

use crate::model::CheapestPlan;
use crate::words::{counted, duration, percent};
use loopswap_statistics::VarianceSplit;

/// Variance of log ratios below which it is mere rounding: a millionth of the time.
const NOISE_MIN: f64 = 1e-12;

/// What a run has spent on a row, and the precision it got.
pub(super) struct Spent {
    /// Half the width of the interval, on the log scale.
    pub(super) half_width: f64,
    /// Generations.
    pub(super) generations: usize,
    /// Rounds of each.
    pub(super) rounds: f64,
    /// Wall time, in nanoseconds.
    pub(super) wall_ns: f64,
}

/// The variance of a generation's value, in parts.
pub(super) fn noise(split: Option<&VarianceSplit>) -> String {
    let Some(split) = split else {
        return "where the noise is: unknown, it takes two generations with two rounds".into();
    };
    let all = split.of_generation(split.rounds_each());
    if all < NOISE_MIN {
        return "where the noise is: it is negligible".into();
    }
    let processes = split.between_generations / all;
    let advice = if processes >= 0.5 { "more generations help" } else { "more rounds in each generation help" };
    format!(
        "where the noise of a generation's value is: {} between processes, {} between their rounds; {advice}",
        percent(processes),
        percent(1.0 - processes)
    )
}

/// The cheapest plan, next to what this run has.
pub(super) fn plan(plan: &CheapestPlan, spent: Option<&Spent>) -> String {
    let now = spent.map_or(String::new(), |spent| {
        format!(
            "; this run has ± {} from {} × {} rounds in {}",
            percent(spent.half_width.exp_m1()),
            spent.generations,
            spent.rounds,
            duration(spent.wall_ns / 1e9)
        )
    });
    format!(
        "the cheapest plan for ± {}: {} of {}, about {} for the row{now}",
        percent(plan.precision),
        counted(plan.generations as usize, "generation"),
        counted(plan.rounds as usize, "round"),
        duration(plan.wall_ns / 1e9),
    )
}
