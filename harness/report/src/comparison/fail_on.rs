//! What a gate can be told to fail on, and how it then ends.

use serde::Serialize;

/// What makes a gate fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum FailOn {
    /// HEAD is slower.
    Regression,
    /// Neither a change nor its absence is shown, or the run was cut short.
    Inconclusive,
    /// A target failed.
    Error,
    /// The control does not bear the row out.
    Untrusted,
    /// A count per operation differs.
    Counters,
    /// One side lacks a row that the other has.
    Missing,
    /// A claim of the suite does not hold on HEAD.
    Claims,
}

/// How a gate ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Nothing that was to fail was found.
    Passed,
    /// A target failed: exit code 6.
    TargetFailed,
    /// HEAD is slower, or does more: exit code 3.
    Regression,
    /// There is nothing to compare, or some of it is missing: exit code 7.
    NotComparable,
    /// It cannot be told: exit code 5.
    Inconclusive,
}

impl FailOn {
    /// All of them.
    pub const ALL: [FailOn; 7] = [
        FailOn::Regression,
        FailOn::Inconclusive,
        FailOn::Error,
        FailOn::Untrusted,
        FailOn::Counters,
        FailOn::Missing,
        FailOn::Claims,
    ];

    /// The word for it, as in files and on the command line.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            FailOn::Regression => "regression",
            FailOn::Inconclusive => "inconclusive",
            FailOn::Error => "error",
            FailOn::Untrusted => "untrusted",
            FailOn::Counters => "counters",
            FailOn::Missing => "missing",
            FailOn::Claims => "claims",
        }
    }

    /// What it means, in words.
    #[must_use]
    pub fn says(self) -> &'static str {
        match self {
            FailOn::Regression => "HEAD is slower",
            FailOn::Inconclusive => "It cannot be told, or the run was cut short",
            FailOn::Error => "A target failed",
            FailOn::Untrusted => "The control does not bear a row out",
            FailOn::Counters => "A count per operation differs, such as system calls",
            FailOn::Missing => "One side lacks a row that the other has",
            FailOn::Claims => "A claim of the suite does not hold on HEAD",
        }
    }

    /// How a gate ends that fails on this.
    #[must_use]
    pub fn outcome(self) -> Outcome {
        match self {
            FailOn::Regression | FailOn::Counters | FailOn::Claims => Outcome::Regression,
            FailOn::Inconclusive | FailOn::Untrusted => Outcome::Inconclusive,
            FailOn::Error => Outcome::TargetFailed,
            FailOn::Missing => Outcome::NotComparable,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_word_on_the_command_line_is_that_of_the_files() {
        for on in FailOn::ALL {
            assert_eq!(serde_json::to_value(on).expect("a word"), on.word());
        }
    }
}
