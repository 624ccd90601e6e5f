//! By what rules a verdict is given.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Thresholds of a comparison. All fractions: 0.01 is 1 %.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Rules {
    /// Smaller changes of the time of an operation are ignored, as a fraction.
    pub margin: f64,
    /// Smaller changes in nanoseconds an operation are ignored, whatever the fraction.
    pub floor_ns: f64,
    /// Two builds are equivalent where the interval lies within this fraction.
    pub equivalence: f64,
    /// Generations at which a row is looked at; empty where two reports are compared.
    pub looks: Vec<u32>,
    /// A look makes a row suspect at this p or below; chosen so that over all looks one row in a hundred
    /// is suspect by chance.
    pub suspect_p: f64,
    /// Fewest generations in fresh processes and with a new seed that confirm a suspect row, which takes
    /// twice as many as made it suspect; 0 = none are asked for.
    pub confirm_generations: u32,
    /// Accepted share of false discoveries among the confirmed rows.
    pub false_discovery_rate: f64,
    /// How far two runs of the same build may lie apart because they were made at different times; 0 where
    /// the sides were interleaved.
    #[serde(default)]
    pub drift: f64,
}
