//! How small a difference this sample could have shown: "no difference" means little without it.

use crate::estimate::{Estimate, estimate};
use crate::normal;
use crate::rank_sums::pattern_probability;

/// The smallest shift of the centre, in the unit of `values` and without sign, that a signed-rank
/// test at level `alpha` finds with probability `power` (0.8 is customary) in a sample with as
/// many values and as much spread as this one.
///
/// The formula is `(h + z(power) · h / z(c)) · (1 + 1/n)` with `h` half the width of the signed-rank
/// interval of coverage `c ≥ 1 − alpha`, and `z` the normal quantile, two-sided for `c`. In words:
/// the test finds a shift when the interval leaves zero behind, so the estimate must come out at
/// least `h` from zero; and since `h` is `z(c)` standard errors of the estimate, a shift of another
/// `z(power)` standard errors brings it there with that probability. The last factor makes up for
/// `h` being itself an estimate: where it comes out too small, more power is lost than is gained
/// where it comes out too large. Reading the standard error off the interval (Lehmann,
/// "Nonparametric confidence intervals for a shift parameter", 1963) fits whatever noise there is;
/// on normal noise it comes to the textbook `(z(1 − alpha/2) + z(power)) · s · sqrt(π/3) / sqrt(n)`,
/// a little more for few values.
///
/// In simulation with `power` 0.8, n from 6 to 40 and `alpha` 0.05 or 0.0026, the test found the
/// shift in 79 to 81 % of experiments with normal noise, 71 to 79 % with heavy tails (t with 2
/// degrees of freedom) and 73 to 95 % with two heaps. The textbook formula would promise 80 % and
/// keep as little as 41 % there.
///
/// `None` if no effect could ever be found because the smallest possible p, 2 / 2ⁿ, is above
/// `alpha` (5 values at 5 %); also if `values` is empty or one is not finite, or if `alpha` or
/// `power` is not strictly between 0 and 1. Equal values give 0. The answer is as uncertain as any
/// spread estimated from n values: about 1 / sqrt(2 n) of itself.
pub fn smallest_detectable(values: &[f64], alpha: f64, power: f64) -> Option<f64> {
    let sensible = |fraction: f64| fraction > 0.0 && fraction < 1.0;
    let p_smallest = 2.0 * pattern_probability(values.len());
    if !sensible(alpha) || p_smallest > alpha {
        return None;
    }
    estimate(values, 1.0 - alpha)?.smallest_detectable(power)
}

impl Estimate {
    /// The result of [`smallest_detectable`](crate::smallest_detectable) for the sample behind this estimate,
    /// at a level of 1 − `level`.
    pub fn smallest_detectable(&self, power: f64) -> Option<f64> {
        let sensible = power > 0.0 && power < 1.0;
        if !sensible || !self.reaches_level() {
            return None;
        }
        let z_level = normal::quantile(0.5 + self.level_reached / 2.0);
        let standard_errors = z_level + normal::quantile(power);
        let spread_unknown = 1.0 + 1.0 / self.n as f64;
        // A power below alpha/2 asks for less than the false alarms give: no shift needed.
        Some((self.half_width() / z_level * standard_errors * spread_unknown).max(0.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn impossible_or_trivial_cases() {
        assert_eq!(smallest_detectable(&[0.1, 0.2, 0.3, 0.4, 0.5], 0.05, 0.8), None);
        assert!(smallest_detectable(&[0.1, 0.2, 0.3, 0.4, 0.5, 0.6], 0.05, 0.8).is_some());
        assert_eq!(smallest_detectable(&[0.3; 10], 0.05, 0.8), Some(0.0));
        assert_eq!(smallest_detectable(&[], 0.05, 0.8), None);
        assert_eq!(smallest_detectable(&[0.1; 10], 0.0, 0.8), None);
        assert_eq!(smallest_detectable(&[0.1; 10], 0.05, f64::NAN), None);
    }
}
