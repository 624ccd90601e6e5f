//! A ratio against the figures next to it.
//!
//! A ratio is of median stretches, which a neighbour's turn does not spoil, and of pairs from the same
//! rounds. What a slice takes in addition to its usual stretches (its start, its end, a pause now and then)
//! is in the leading figure of the row, but not in that ratio; if generations vary by more than arms differ,
//! that figure may also point the other way from its pairs. A verdict takes all of them: if one contradicts
//! it, it is withheld.

use super::Estimate;

/// What a verdict says of a ratio.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Says {
    /// It is above 1.
    Above,
    /// It is below 1.
    Below,
    /// It differs from 1 by no more than this fraction.
    Within(f64),
}

impl Says {
    /// Whether a ratio without an interval is on the side that it has to be on.
    pub(crate) fn allows(self, ratio: f64) -> bool {
        match self {
            Says::Above => ratio > 1.0,
            Says::Below => ratio < 1.0,
            Says::Within(_) => true,
        }
    }

    /// Whether the ratio of whole slices leaves room for what is said: its centre for a difference, and some
    /// of its interval for "the same".
    pub(crate) fn agrees(self, whole: &Estimate) -> bool {
        match self {
            Says::Above | Says::Below => self.allows(whole.value),
            Says::Within(margin) => whole.lower <= 1.0 + margin && whole.upper >= 1.0 / (1.0 + margin),
        }
    }
}
