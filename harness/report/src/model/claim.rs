//! A claim of the suite, and whether it holds.

use crate::claim::Quantity;
use crate::judge::Estimate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A claim of the suite, and whether it holds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ClaimReport {
    /// What it says, in words.
    pub says: String,
    /// How it is checked: `ratio(CASE, RUNTIME / RUNTIME) >= 2.5`.
    pub check: String,
    /// Whether it holds.
    pub verdict: ClaimVerdict,
    /// What the value, its interval and the bound are numbers of; absent where the check cannot be read.
    pub quantity: Option<Quantity>,
    /// What was found. Where two cases are compared, or figures come from counting slices, the interval
    /// is made as docs/claims.md says.
    pub value: Option<Estimate>,
    /// Where an arm did not finish: the figure is at least this, by what that arm got done.
    pub at_least: Option<f64>,
    /// Where an arm did not finish: the figure is at most this.
    pub at_most: Option<f64>,
    /// What it is compared with.
    pub bound: Option<f64>,
    /// Why there is no answer, or only half of one.
    pub reason: Option<String>,
    /// The outcome as a sentence, with its numbers.
    pub sentence: String,
}

/// Whether a claim holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ClaimVerdict {
    /// It does not: no value of the interval satisfies it.
    False,
    /// The interval has values that satisfy it and others that do not, or the figure may not be relied on.
    Undecided,
    /// There is no such figure in this run.
    Unanswerable,
    /// Every value of the interval satisfies it.
    True,
}

impl ClaimVerdict {
    /// The word for it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            ClaimVerdict::False => "false",
            ClaimVerdict::Undecided => "undecided",
            ClaimVerdict::Unanswerable => "unanswerable",
            ClaimVerdict::True => "true",
        }
    }
}
