//! Two samples that were not taken side by side: their difference, from nothing but their intervals.

use crate::normal;
use crate::power::Reach;

/// The centre of a sample with its interval, as a report keeps it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bounded {
    /// The centre.
    pub centre: f64,
    /// Lower bound of the interval.
    pub lower: f64,
    /// Upper bound of the interval.
    pub upper: f64,
    /// How often such an interval covers the truth, as a fraction.
    pub level: f64,
}

/// What a difference has to be to count.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Asked {
    /// Its centre has to be further from zero than this.
    pub threshold: f64,
    /// p is about a difference no larger than this ([`Difference::p_beyond`]).
    pub allowance: f64,
    /// The largest p that counts.
    pub p: f64,
    /// Values of the smaller sample.
    pub n: usize,
}

/// Head less base, of two independent samples.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Difference {
    /// The difference of the centres.
    pub centre: f64,
    /// Lower bound of its interval.
    pub lower: f64,
    /// Upper bound of its interval.
    pub upper: f64,
    /// The coverage that the interval was made for.
    pub level: f64,
}

/// The difference `head` − `base` of two independent samples, with an interval of coverage `level`.
///
/// MOVER, the "method of variance estimates recovery" (Donner & Zou, "Closed-form confidence intervals
/// for functions of the normal mean and standard deviation", 2012; the same for differences in Zou &
/// Donner 2008): the distance from a centre to the bound of its interval tells the variance on that
/// side, and variances of independent samples add up. The difference can be least where `head` is at its
/// lower bound and `base` at its upper one, so
/// `lower = d − sqrt((head − head.lower)² + (base.upper − base)²)`, and `upper` the other way round.
/// It keeps the skew of both intervals and needs no more of a sample than a report has. Intervals of other
/// levels than `level` are first brought to it by the ratio of their normal quantiles.
///
/// `None` where a number is not finite, bounds do not enclose their centre, or a level is not strictly
/// between 0 and 1.
pub fn difference(base: Bounded, head: Bounded, level: f64) -> Option<Difference> {
    let (base_below, base_above) = base.distances(level)?;
    let (head_below, head_above) = head.distances(level)?;
    let centre = head.centre - base.centre;
    Some(Difference {
        centre,
        lower: centre - head_below.hypot(base_above),
        upper: centre + head_above.hypot(base_below),
        level,
    })
}

impl Bounded {
    /// How far the bounds are from the centre, as if the interval had the coverage `level`.
    fn distances(&self, level: f64) -> Option<(f64, f64)> {
        let sensible = |level: f64| level > 0.0 && level < 1.0;
        let finite = [self.centre, self.lower, self.upper].iter().all(|number| number.is_finite());
        if !finite || !sensible(level) || !sensible(self.level) {
            return None;
        }
        let (below, above) = (self.centre - self.lower, self.upper - self.centre);
        if below < 0.0 || above < 0.0 {
            return None;
        }
        let scale = z(level) / z(self.level);
        Some((below * scale, above * scale))
    }
}

/// Standard errors from the centre to either bound of an interval of this coverage.
fn z(level: f64) -> f64 {
    normal::quantile(0.5 + level / 2.0)
}

impl Difference {
    /// Distance from the centre to the bound on the side of zero.
    fn towards_zero(&self) -> f64 {
        if self.centre >= 0.0 { self.centre - self.lower } else { self.upper - self.centre }
    }

    /// Two-sided p of "the difference is `allowance` or less, in either direction": how likely one as
    /// large as this would be if it were exactly `allowance`. The standard error is read off the interval's
    /// side that faces zero, so that p falls below 1 − level exactly where the interval leaves the
    /// allowance behind. `allowance` 0 asks for any difference at all.
    ///
    /// Normal tails: in simulated experiments without a difference, with 8 to 30 values a side, normal,
    /// heavy-tailed and in two heaps, p ≤ 0.005 came up in 0.2 to 0.8 %.
    pub fn p_beyond(&self, allowance: f64) -> f64 {
        let beyond = self.centre.abs() - allowance.max(0.0);
        if beyond.is_nan() || beyond <= 0.0 {
            return 1.0;
        }
        let error = self.towards_zero() / z(self.level);
        if error > 0.0 { (2.0 * normal::upper_tail(beyond / error)).min(1.0) } else { 0.0 }
    }

    /// The smallest difference, without sign, that samples like these would have shown with probability
    /// `power`. `None` where a probability is not strictly between 0 and 1, or for no values.
    pub fn smallest_visible(&self, asked: &Asked, power: f64) -> Option<f64> {
        let sensible = |share: f64| share > 0.0 && share < 1.0;
        if !sensible(power) || !sensible(asked.p) || asked.n == 0 {
            return None;
        }
        let error = (self.upper - self.centre).max(self.centre - self.lower) / z(self.level);
        let half = error * z(1.0 - asked.p);
        let moves = if asked.allowance + half > asked.threshold { half } else { 0.0 };
        let bar = asked.threshold.max(asked.allowance + half);
        // A report keeps no values that would show their tails.
        Some(Reach { bar, error, moves, n: asked.n, tails: 1.0 }.with_power(power))
    }

    /// Whether the whole interval, moved by `allowance` either way, lies between −`margin` and +`margin`.
    pub fn within(&self, margin: f64, allowance: f64) -> bool {
        self.lower - allowance >= -margin && self.upper + allowance <= margin
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bounded(centre: f64, lower: f64, upper: f64, level: f64) -> Bounded {
        Bounded { centre, lower, upper, level }
    }

    #[test]
    fn variances_of_both_sides_add_up() {
        let base = bounded(1.0, 0.7, 1.4, 0.95);
        let head = bounded(3.0, 2.7, 3.3, 0.95);
        let found = difference(base, head, 0.95).unwrap();
        assert!((found.centre - 2.0).abs() < 1e-12);
        // Lowest where head is low and base high: hypot(0.3, 0.4).
        assert!((found.lower - 1.5).abs() < 1e-12, "{found:?}");
        assert!((found.upper - (2.0 + 0.3_f64.hypot(0.3))).abs() < 1e-12, "{found:?}");
        // The other way round it is the mirror image.
        let back = difference(head, base, 0.95).unwrap();
        assert!((back.lower + found.upper).abs() < 1e-12 && (back.upper + found.lower).abs() < 1e-12);
    }

    #[test]
    fn another_level_is_brought_to_the_one_asked_for() {
        let z_ratio = 1.959963984540054 / 2.5758293035489004;
        let found = difference(bounded(0.0, -1.0, 1.0, 0.99), bounded(0.0, 0.0, 0.0, 0.99), 0.95).unwrap();
        assert!((found.upper - z_ratio).abs() < 1e-9 && (found.lower + z_ratio).abs() < 1e-9, "{found:?}");
    }

    #[test]
    fn p_and_interval_agree_with_and_without_an_allowance() {
        for allowance in [0.0, 0.1] {
            for step in 0..200 {
                let centre = f64::from(step) * 0.005 - 0.5;
                let found = difference(
                    bounded(0.0, -0.1, 0.05, 0.95),
                    bounded(centre, centre - 0.08, centre + 0.12, 0.9),
                    0.95,
                )
                .unwrap();
                let outside = found.lower > allowance || found.upper < -allowance;
                assert_eq!(found.p_beyond(allowance) < 0.05, outside, "{centre}: {found:?}");
            }
        }
    }

    #[test]
    fn samples_without_scatter_settle_it() {
        let at = |centre| bounded(centre, centre, centre, 0.95);
        assert_eq!(difference(at(1.0), at(1.0), 0.95).unwrap().p_beyond(0.0), 1.0);
        let found = difference(at(1.0), at(1.2), 0.95).unwrap();
        assert_eq!((found.p_beyond(0.0), found.p_beyond(0.5)), (0.0, 1.0));
        let asked = Asked { threshold: 0.3, allowance: 0.1, p: 0.05, n: 12 };
        assert_eq!(found.smallest_visible(&asked, 0.8), Some(0.3));
        assert!(found.within(0.3, 0.05) && !found.within(0.3, 0.15));
    }

    #[test]
    fn what_is_visible_grows_with_scatter_threshold_and_allowance() {
        let found = difference(bounded(0.0, -0.1, 0.1, 0.95), bounded(0.0, -0.1, 0.1, 0.95), 0.95).unwrap();
        let asked = |threshold, allowance| Asked { threshold, allowance, p: 0.05, n: 10_000_000 };
        let visible = |threshold, allowance| found.smallest_visible(&asked(threshold, allowance), 0.8).unwrap();
        let expected = 0.02_f64.sqrt() * (1.0 + 0.8416212335729143 / 1.959963984540054);
        assert!((visible(0.0, 0.0) - expected).abs() < 1e-6);
        assert!((visible(0.0, 0.1) - expected - 0.1).abs() < 1e-6);
        assert!(visible(0.9, 0.1) > 0.9);
        assert_eq!(found.smallest_visible(&asked(0.1, 0.0), 1.0), None);
        let few = Asked { n: 8, ..asked(0.0, 0.1) };
        assert!(found.smallest_visible(&few, 0.8).unwrap() > visible(0.0, 0.1), "the bar itself is uncertain");
        let strict = Asked { p: 0.001, ..asked(0.0, 0.1) };
        assert!(found.smallest_visible(&strict, 0.8).unwrap() > visible(0.0, 0.1) + 0.05, "of many rows");
    }

    #[test]
    fn edges() {
        let good = bounded(0.0, -1.0, 1.0, 0.95);
        for bad in [
            bounded(f64::NAN, -1.0, 1.0, 0.95),
            bounded(0.0, f64::NEG_INFINITY, 1.0, 0.95),
            bounded(0.0, 0.5, 1.0, 0.95),
            bounded(0.0, -1.0, 1.0, 0.0),
        ] {
            assert_eq!(difference(bad, good, 0.95), None, "{bad:?}");
            assert_eq!(difference(good, bad, 0.95), None, "{bad:?}");
        }
        assert_eq!(difference(good, good, 1.0), None);
    }
}
