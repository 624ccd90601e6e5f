//! What a race of two builds adds to a plan.

use crate::comparison::{Build, Rules};
use serde::{Deserialize, Serialize};

/// Two builds, and by what rules they are told apart.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RacePlan {
    /// What is divided by.
    pub base: Build,
    /// What is judged.
    pub head: Build,
    /// Thresholds.
    pub rules: Rules,
    /// Length aimed at for the rounds of a generation, in milliseconds.
    pub generation_ms: u64,
    /// Seed of the generations that confirm a suspect row.
    pub confirm_seed: u64,
}
