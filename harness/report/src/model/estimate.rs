//! A number with its interval.

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
