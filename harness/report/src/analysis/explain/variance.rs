//! Where log ratios scatter, and what would make their centre more precise soonest.

use crate::model::{CheapestPlan, VarianceSplit};
use loopswap_statistics::median;
use std::f64::consts::PI;

/// Rounds of a generation are at most this many.
const ROUNDS_MAX: u32 = 40;
/// Two-sided 95 % point of the normal distribution.
const Z: f64 = 1.96;

/// Splits the variance of `generations` (log ratios of their rounds) by the method of moments for one
/// random effect (Searle, Casella and McCulloch, "Variance components", 1992, chapter 3). `None` with
/// fewer than two generations, or where no generation has two rounds.
pub(super) fn variance_split(generations: &[Vec<f64>]) -> Option<VarianceSplit> {
    let groups: Vec<&Vec<f64>> = generations.iter().filter(|rounds| !rounds.is_empty()).collect();
    let (k, n) = (groups.len() as f64, groups.iter().map(|rounds| rounds.len()).sum::<usize>() as f64);
    if k < 2.0 || n <= k {
        return None;
    }
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    let all = groups.iter().map(|rounds| rounds.iter().sum::<f64>()).sum::<f64>() / n;
    let within: f64 = groups.iter().flat_map(|rounds| rounds.iter().map(|x| (x - mean(rounds)).powi(2))).sum();
    let between: f64 = groups.iter().map(|rounds| rounds.len() as f64 * (mean(rounds) - all).powi(2)).sum();
    let (within, between) = (within / (n - k), between / (k - 1.0));
    let squares: f64 = groups.iter().map(|rounds| (rounds.len() as f64).powi(2)).sum();
    let size = (n - squares / n) / (k - 1.0);
    let between_generations = ((between - within) / size).max(0.0);
    Some(VarianceSplit { between_generations, between_rounds: within, rounds: n / k })
}

/// Variance of the value of a generation: its median over rounds keeps 2/π of what a mean would.
pub(crate) fn of_value(split: &VarianceSplit, rounds: f64) -> f64 {
    let median = if rounds < 3.0 { 1.0 } else { PI / 2.0 };
    split.between_generations + median * split.between_rounds / rounds.max(1.0)
}

/// The soonest way to an interval of ± `precision`, with at least `least` generations. A generation costs
/// `generation_ns` and each of its rounds `round_ns`. The Hodges–Lehmann centre of n values has a variance
/// of π/3 of theirs, divided by n (normal noise).
pub(super) fn cheapest_plan(
    split: &VarianceSplit,
    precision: f64,
    generation_ns: f64,
    round_ns: f64,
    least: usize,
) -> Option<CheapestPlan> {
    if precision.is_nan() || precision <= 0.0 {
        return None;
    }
    let plan = |rounds: u32| {
        let value = of_value(split, f64::from(rounds));
        let generations = (PI / 3.0 * value * (Z / precision.ln_1p()).powi(2)).ceil().max(least as f64);
        let wall_ns = generations * (generation_ns + f64::from(rounds) * round_ns);
        CheapestPlan { precision, generations: generations as u32, rounds, wall_ns }
    };
    (1..=ROUNDS_MAX).map(plan).min_by(|a, b| a.wall_ns.total_cmp(&b.wall_ns))
}

/// The median, or nothing where there is none.
pub(super) fn typical(values: impl Iterator<Item = f64>) -> f64 {
    median(&values.collect::<Vec<_>>()).unwrap_or(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn noise_between_generations_is_told_from_noise_between_rounds() {
        // Two generations 2 apart, rounds ±1 about each: within 2, between 4, and (4 − 2) / 2 beyond it.
        let split = variance_split(&[vec![-1.0, 1.0], vec![1.0, 3.0]]).expect("two generations");
        assert_eq!((split.between_generations, split.between_rounds, split.rounds), (1.0, 2.0, 2.0));
        let rounds_only = variance_split(&[vec![-1.0, 1.0], vec![-1.0, 1.0]]).expect("two generations");
        assert_eq!(rounds_only.between_generations, 0.0);
        assert_eq!(variance_split(&[vec![1.0], vec![2.0]]), None);
        assert_eq!(variance_split(&[vec![1.0, 2.0]]), None);
    }

    #[test]
    fn rounds_are_bought_where_rounds_are_the_noise() {
        let noisy_rounds = VarianceSplit { between_generations: 0.0, between_rounds: 1e-2, rounds: 4.0 };
        let noisy_processes = VarianceSplit { between_generations: 1e-2, between_rounds: 1e-6, rounds: 4.0 };
        let plan = |split| cheapest_plan(split, 0.01, 100e6, 10e6, 8).expect("a plan");
        assert_eq!(plan(&noisy_rounds).rounds, ROUNDS_MAX);
        assert_eq!(plan(&noisy_processes).rounds, 1);
        assert!(plan(&noisy_processes).generations > 300);
        assert_eq!(cheapest_plan(&noisy_rounds, 0.0, 1.0, 1.0, 8), None);
    }
}
