//! A number with its interval.

use super::LEVEL;
use crate::figures::{bounded, factor};
use crate::words;
use loopswap_statistics as statistics;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A figure over generations: Hodges–Lehmann centre and signed-rank interval, or the median of the
/// generations' percentiles and the interval of the sign test.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Estimate {
    /// The centre.
    pub value: f64,
    /// Lower bound of the interval, included.
    pub lower: f64,
    /// Upper bound of the interval, included.
    pub upper: f64,
    /// How often such an interval covers the truth, as a fraction: 0.95 or a little more, less
    /// where there are fewer than 6 generations.
    pub level: f64,
    /// How the bounds were chosen.
    pub kind: IntervalKind,
    /// Generations behind it.
    pub n: usize,
}

/// How the bounds of an interval were chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum IntervalKind {
    /// Exact signed-rank interval.
    Exact,
    /// Signed-rank interval whose level rests on a normal approximation (many generations).
    Normal,
    /// Between two generations in order (sign test), of a percentile.
    OrderStatistics,
    /// Percentiles of samples drawn from whole generations (block bootstrap): in reports of before 0.2.
    Bootstrap,
    /// Smallest to largest value: too few generations for the level.
    FullRange,
}

impl Estimate {
    /// Maps centre and bounds of an estimate through `back`, usually from the log scale, and sorts the bounds.
    pub(crate) fn of(found: &statistics::Estimate, back: impl Fn(f64) -> f64) -> Estimate {
        let back = |log: f64| bounded(back(log));
        let (one, other) = (back(found.lower), back(found.upper));
        Estimate {
            value: back(found.centre),
            lower: one.min(other),
            upper: one.max(other),
            level: found.level_reached,
            kind: match found.kind {
                statistics::IntervalKind::Exact => IntervalKind::Exact,
                statistics::IntervalKind::Normal => IntervalKind::Normal,
                statistics::IntervalKind::FullRange => IntervalKind::FullRange,
            },
            n: found.n,
        }
    }

    /// Centre and interval of values that may be zero; `None` without values.
    pub(crate) fn of_values(values: &[f64]) -> Option<Estimate> {
        statistics::estimate(values, LEVEL).map(|found| Estimate::of(&found, |value| value))
    }

    /// Centre and interval of what `logs` are the logarithms of; `None` without values.
    pub(crate) fn of_logs(logs: &[f64]) -> Option<Estimate> {
        statistics::estimate(logs, LEVEL).map(|found| Estimate::of(&found, factor))
    }

    /// "1.085 (1.071 to 1.098)", of a ratio.
    pub(crate) fn told(&self) -> String {
        words::ratio(self.value, self.lower, self.upper)
    }

    /// Half the width of the interval.
    #[must_use]
    pub fn half_width(&self) -> f64 {
        (self.upper - self.lower).abs() / 2.0
    }

    /// Half the width of the interval as a fraction of the value; `None` for a value of zero.
    #[must_use]
    pub fn relative(&self) -> Option<f64> {
        let relative = self.half_width() / self.value.abs();
        relative.is_finite().then_some(relative)
    }

    /// Whether there are enough generations for a real interval.
    #[must_use]
    pub fn reaches_level(&self) -> bool {
        self.kind != IntervalKind::FullRange
    }
}
