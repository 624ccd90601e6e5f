//! Centre and interval together: the number a report prints for one comparison.

use crate::interval::{IntervalKind, bounds};
use crate::normal;
use crate::quantiles::sorted;
use crate::serial::Widening;
use crate::student;
use crate::walsh::{centre_and_pair, walsh_averages};

/// Centre and interval of a sample, in the unit of the sample (usually a log ratio).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    /// Number of values (generations).
    pub n: usize,
    /// Hodges–Lehmann estimate of the centre; never outside the bounds.
    pub centre: f64,
    /// Lower bound of the interval, included.
    pub lower: f64,
    /// Upper bound of the interval, included.
    pub upper: f64,
    /// The coverage that was asked for, between 0 and 1.
    pub level: f64,
    /// The coverage that the interval has: at least `level`, unless the sample is too small.
    pub level_reached: f64,
    /// How the bounds were chosen.
    pub kind: IntervalKind,
}

/// An [`Estimate`] taken from the log scale to ratios: 1 is "the same", 2 is "twice".
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ratio {
    /// The estimated ratio.
    pub centre: f64,
    /// Lower bound of the interval, included.
    pub lower: f64,
    /// Upper bound of the interval, included.
    pub upper: f64,
}

impl Estimate {
    /// The same estimate as ratios, if this one is of natural-log ratios.
    ///
    /// A separate type, so that a ratio cannot be used where a log ratio is expected.
    pub fn exp(&self) -> Ratio {
        Ratio { centre: self.centre.exp(), lower: self.lower.exp(), upper: self.upper.exp() }
    }

    /// Whether there were enough values for the interval to cover with the level asked for.
    pub fn reaches_level(&self) -> bool {
        self.kind != IntervalKind::FullRange
    }

    /// Half the width of the interval.
    pub fn half_width(&self) -> f64 {
        (self.upper - self.lower) / 2.0
    }

    /// Distance from the centre to the bound that is farther from it.
    pub(crate) fn farther_bound(&self) -> f64 {
        (self.centre - self.lower).max(self.upper - self.centre)
    }

    /// Standard error of the centre, read off the interval (Lehmann, "Nonparametric confidence intervals for
    /// a shift parameter", 1963): valid for any noise. 0 for a sample too small for its level.
    pub(crate) fn standard_error(&self) -> f64 {
        if self.reaches_level() { self.half_width() / self.z() } else { 0.0 }
    }

    /// Standard errors from the centre to a bound.
    fn z(&self) -> f64 {
        normal::quantile(0.5 + self.level_reached / 2.0)
    }

    /// The same centre with the interval that correlated values allow.
    #[must_use]
    pub fn widened(&self, widening: Widening) -> Self {
        if !self.reaches_level() {
            return *self;
        }
        let grown = widening.growth(self.level_reached);
        Self {
            lower: self.centre - (self.centre - self.lower) * grown,
            upper: self.centre + (self.upper - self.centre) * grown,
            ..*self
        }
    }

    /// Two-sided p of "no further from zero than `margin`", by Student's t with the effective number of
    /// correlated values; 1 for a sample too small for its level.
    pub(crate) fn p_beyond(&self, margin: f64, widening: Widening) -> f64 {
        let beyond = self.centre.abs() - margin;
        if !self.reaches_level() || beyond <= 0.0 {
            return 1.0;
        }
        let error = self.standard_error() * widening.factor;
        if error > 0.0 { student::two_tails(beyond / error, widening.freedom) } else { 0.0 }
    }

    /// The largest distance from zero that the interval still allows.
    pub fn bound(&self) -> f64 {
        self.lower.abs().max(self.upper.abs())
    }

    /// Whether zero ("no difference", for log ratios) lies outside the interval.
    pub fn excludes_zero(&self) -> bool {
        self.lower > 0.0 || self.upper < 0.0
    }

    /// Whether the whole interval lies between −`margin` and +`margin`, both included.
    pub fn within(&self, margin: f64) -> bool {
        self.bound() <= margin
    }
}

/// The Hodges–Lehmann centre of `values` and its signed-rank interval.
///
/// The same numbers as [`hodges_lehmann`](crate::hodges_lehmann) and
/// [`interval`](crate::interval), from one pass over the Walsh averages. `level` is the coverage
/// asked for, 0.95 for instance. `None` if `values` is empty or one is not finite, or if `level`
/// is not strictly between 0 and 1.
pub fn estimate(values: &[f64], level: f64) -> Option<Estimate> {
    let sorted = sorted(values)?;
    let bounds = bounds(sorted.len(), level)?;
    let (centre, lower, upper) = centre_and_pair(&mut walsh_averages(&sorted), bounds.outside);
    Some(Estimate {
        n: values.len(),
        centre,
        lower,
        upper,
        level,
        level_reached: bounds.level_reached,
        kind: bounds.kind,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{hodges_lehmann, interval};

    #[test]
    fn agrees_with_its_parts() {
        let sample = [0.3, -0.1, 0.25, 0.4, 0.05, 0.2, 0.31, 0.28, 0.11, 0.22, -0.02];
        let found = estimate(&sample, 0.9).unwrap();
        let parts = interval(&sample, 0.9).unwrap();
        assert_eq!(Some(found.centre), hodges_lehmann(&sample));
        assert_eq!((found.lower, found.upper), (parts.lower, parts.upper));
        assert_eq!((found.level_reached, found.kind), (parts.level_reached, parts.kind));
        assert_eq!((found.n, found.level), (11, 0.9));
    }

    #[test]
    fn exp_turns_logs_into_ratios() {
        let ratio = estimate(&[2.0_f64.ln(); 10], 0.95).unwrap().exp();
        assert_eq!(ratio, Ratio { centre: ratio.centre, lower: ratio.centre, upper: ratio.centre });
        assert!((ratio.centre - 2.0).abs() < 1e-12);
    }

    #[test]
    fn one_value_reaches_no_level() {
        let found = estimate(&[0.1], 0.95).unwrap();
        assert!(!found.reaches_level());
        assert_eq!((found.centre, found.half_width(), found.level_reached), (0.1, 0.0, 0.0));
        assert_eq!(estimate(&[], 0.95), None);
        assert_eq!(estimate(&[0.1, 0.2], 1.0), None);
    }
}
