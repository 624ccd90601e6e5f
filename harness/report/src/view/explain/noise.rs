//! Where the values scatter, and what would make them more precise soonest.

use crate::analysis::explain::of_value;
use crate::model::{ArmFacts, Explanation};
use crate::view::header::counted;
use crate::view::number::{duration, percent};

/// Variance of log ratios below which only the arithmetic scatters: a millionth of the time.
const NOISE_MIN: f64 = 1e-12;

/// The variance in parts, and the cheapest plan.
pub(super) fn noise(facts: &Explanation, arm: &ArmFacts) -> Vec<String> {
    let mut said = Vec::new();
    let Some(split) = &arm.split else {
        return vec!["where the noise is: not told, it takes two generations with two rounds".into()];
    };
    let all = of_value(split, split.rounds);
    if all < NOISE_MIN {
        said.push("where the noise is: there is none to speak of".into());
    } else {
        let processes = split.between_generations / all;
        let advice = if processes >= 0.5 { "more generations help" } else { "more rounds in each generation help" };
        said.push(format!(
            "where the noise of a generation's value is: {} between processes, {} between their rounds; {advice}",
            percent(processes),
            percent(1.0 - processes)
        ));
    }
    if let Some(plan) = &arm.plan {
        let now = arm.logs.as_ref().map_or(String::new(), |logs| {
            let half = ((logs.upper - logs.lower) / 2.0).exp_m1();
            let spent = facts.row.generations as f64 * (facts.generation_ns + facts.row.rounds * facts.round_ns);
            format!(
                "; this run has ± {} from {} × {} rounds in {}",
                percent(half),
                facts.row.generations,
                facts.row.rounds,
                duration(spent / 1e9)
            )
        });
        said.push(format!(
            "the cheapest plan for ± {}: {} of {}, about {} for the row{now}",
            percent(plan.precision),
            counted(plan.generations as usize, "generation"),
            counted(plan.rounds as usize, "round"),
            duration(plan.wall_ns / 1e9),
        ));
    }
    said
}
