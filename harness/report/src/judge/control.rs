//! Does the machine tell a side from its own twin? If it does, the row has no verdicts.

use super::{CONTROL_ALPHA, Estimate, GENERATIONS_MIN};
use crate::figures::fraction;
use loopswap_statistics as statistics;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Whether the machine tells the reference from itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ControlReport {
    /// Whether the check was possible and passed.
    pub fine: bool,
    /// The outcome.
    pub status: ControlStatus,
    /// Reference to control, above 1 where the control did better; of what the row is ranked by.
    pub ratio: Option<Estimate>,
    /// Two-sided signed-rank p-value.
    pub p: Option<f64>,
    /// Largest difference that the interval still allows between the reference and itself, as a
    /// fraction.
    pub spread: Option<f64>,
    /// The outcome as a sentence.
    pub sentence: String,
}

/// The outcome of the control.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ControlStatus {
    /// The reference is not told from itself.
    Fine,
    /// It is: nothing is claimed in the row.
    NotTrustworthy,
    /// Too few generations to tell.
    TooFew,
}

/// A side against its twin.
pub(crate) struct Twins {
    /// Whether they are told apart.
    pub(crate) status: ControlStatus,
    /// Two-sided signed-rank p.
    pub(crate) p: f64,
    /// Centre and interval on the log scale, of the level by which a control is flagged.
    pub(crate) estimate: statistics::Estimate,
}

/// Compares a side with its twin by log ratios, one a generation. `margin` (a fraction) is the smallest
/// difference that matters. `None` without values, or if one is not a number.
pub(crate) fn twins(logs: &[f64], margin: f64) -> Option<Twins> {
    let found = statistics::control(logs, CONTROL_ALPHA, margin.ln_1p())?;
    let status = match (found.fine, logs.len() >= GENERATIONS_MIN) {
        (_, false) => ControlStatus::TooFew,
        (true, true) => ControlStatus::Fine,
        (false, true) => ControlStatus::NotTrustworthy,
    };
    Some(Twins { status, p: found.p, estimate: found.estimate })
}

impl ControlReport {
    /// Of a control that was compared; `reach` is how far the interval that is shown reaches on the log scale.
    pub(crate) fn of(found: &Twins, ratio: Estimate, reach: f64, sentence: String) -> ControlReport {
        ControlReport {
            fine: found.status == ControlStatus::Fine,
            status: found.status,
            ratio: Some(ratio),
            p: Some(found.p),
            spread: Some(fraction(reach)),
            sentence,
        }
    }

    /// Of a row without a usable control.
    pub(crate) fn missing(why: &str) -> ControlReport {
        ControlReport {
            fine: false,
            status: ControlStatus::TooFew,
            ratio: None,
            p: None,
            spread: None,
            sentence: why.to_owned(),
        }
    }
}
