//! What a race of two builds adds to a plan.

use super::{Environment, Rules};
use schemars::JsonSchema;
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

/// One of the two builds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Build {
    /// What the person called it: a path, a revision, a report.
    pub label: String,
    /// Path of its program, for resuming; relative to the folder in which the race was started if it lies in it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub program: String,
    /// Where and with what it was built and measured, as it tells of itself.
    pub environment: Environment,
}

/// One of the two sides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Side {
    /// What is divided by.
    Base,
    /// What is judged.
    Head,
}
