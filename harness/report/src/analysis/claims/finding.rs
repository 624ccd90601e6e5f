//! What is known of the figure of a claim.

use crate::figures::bounded;
use crate::judge::{Estimate, IntervalKind, LEVEL};

/// What is known of a figure: its estimate, or a lower or upper bound.
#[derive(Debug, Default)]
pub(super) struct Finding {
    /// Centre and interval.
    pub(super) value: Option<Estimate>,
    /// Lower bound, without an estimate.
    pub(super) at_least: Option<f64>,
    /// Upper bound, without an estimate.
    pub(super) at_most: Option<f64>,
    /// Why there is no estimate, or why it cannot be relied on.
    pub(super) reason: Option<String>,
    /// Whether no verdict may rest on it.
    pub(super) doubtful: bool,
}

impl Finding {
    /// No estimate, and why.
    pub(super) fn none(reason: String) -> Finding {
        Finding { reason: Some(reason), ..Finding::default() }
    }

    /// An estimate.
    pub(super) fn estimate(value: Estimate) -> Finding {
        Finding { value: Some(value), ..Finding::default() }
    }

    /// An estimate; if there is a doubt, no verdict may rest on it.
    pub(super) fn doubted(mut self, doubt: Option<String>) -> Finding {
        if let Some(doubt) = doubt {
            self.doubtful = true;
            self.reason = Some(match self.reason.take() {
                Some(reason) => format!("{reason}; {doubt}"),
                None => doubt,
            });
        }
        self
    }

    /// The lowest and the highest value that the figure can have; `None` if nothing is known.
    pub(super) fn range(&self) -> Option<(f64, f64)> {
        match (&self.value, self.at_least, self.at_most) {
            (Some(value), ..) => Some((value.lower, value.upper)),
            (None, None, None) => None,
            (None, lower, upper) => Some((lower.unwrap_or(f64::NEG_INFINITY), upper.unwrap_or(f64::INFINITY))),
        }
    }
}

/// Level of the interval of each of two estimates, so that their quotient has [`LEVEL`]: the error rates of
/// both add up, whether or not they depend on each other (Bonferroni).
pub(super) const LEVEL_EACH: f64 = 1.0 - (1.0 - LEVEL) / 2.0;

/// `above` divided by `below`, of two estimates that are not paired: everything that their intervals allow.
pub(super) fn quotient(above: &Estimate, below: &Estimate) -> Option<Estimate> {
    let quotient = Estimate {
        value: bounded(above.value / below.value),
        lower: bounded(above.lower / below.upper),
        upper: bounded(above.upper / below.lower),
        level: (above.level + below.level - 1.0).max(0.0),
        kind: [above.kind, below.kind].into_iter().max_by_key(weakness)?,
        n: above.n.min(below.n),
    };
    // Divided by zero it is unknown.
    let known = below.value > 0.0 && below.lower > 0.0;
    (known && [quotient.value, quotient.lower, quotient.upper].iter().all(|value| value.is_finite()))
        .then_some(quotient)
}

fn weakness(kind: &IntervalKind) -> u8 {
    match kind {
        IntervalKind::Exact => 0,
        IntervalKind::Normal => 1,
        IntervalKind::OrderStatistics => 2,
        IntervalKind::Bootstrap => 3,
        IntervalKind::FullRange => 4,
    }
}
