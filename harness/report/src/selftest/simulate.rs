//! The same questions on synthetic noise, where thousands of races take seconds.

use super::Simulated;
use crate::judge::race::race_rules;
use crate::record::Rules;
use loopswap_statistics::{Noise, Rate, Summary, Truth, summarise};

/// Extra work of HEAD, as fractions.
const EFFECTS: [f64; 4] = [0.0, 0.02, 0.05, 0.10];
/// Generations of the samples of fixed size.
const FIXED: u32 = 30;

/// Simulates `races` races of each kind of noise and each amount of extra work by the rules. The same seed
/// always gives the same races.
#[must_use]
pub fn simulate(rules: &Rules, races: u32, seed: u64) -> Vec<Simulated> {
    let rules = race_rules(rules);
    Noise::ALL
        .into_iter()
        .flat_map(|noise| EFFECTS.map(|effect| (noise, effect)))
        .filter_map(|(noise, effect)| {
            let truth = Truth { noise, effect: f64::ln_1p(effect) };
            summarise(truth, &rules, FIXED, races, seed).map(|summary| row(effect, &summary))
        })
        .collect()
}

fn row(effect: f64, summary: &Summary) -> Simulated {
    let share = |rate: Rate| rate.share();
    Simulated {
        noise: summary.noise.name().to_owned(),
        effect,
        races: summary.suspects.tries,
        suspect: share(summary.suspects),
        confirmed: share(summary.confirmed),
        equivalent: share(summary.equivalent),
        inconclusive: share(summary.inconclusive),
        generations_mean: summary.generations_mean,
        generations_p95: summary.generations_p95,
        coverage_fixed: share(summary.coverage_fixed),
        coverage_stopped: share(summary.coverage_stopped),
        coverage_error: summary.coverage_fixed.error(),
        bias_stopped: summary.bias_stopped,
    }
}
