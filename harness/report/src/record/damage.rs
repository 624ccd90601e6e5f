//! What of a record could not be used.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Damaged lines that are told one by one.
const TOLD_MAX: usize = 20;

/// Lines that could not be read, or that contradict each other, and what was left out with them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Damage {
    /// Lines that were left out.
    pub lines: usize,
    /// Generations that were left out with them: what is known of them is not whole.
    pub generations: usize,
    /// The first of the lines.
    pub first: Vec<DamagedLine>,
}

/// A line that was left out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DamagedLine {
    /// Its number, from 1.
    pub line: usize,
    /// What is wrong with it.
    pub what: String,
}

impl Damage {
    /// Whether nothing was left out.
    #[must_use]
    pub fn is_none(&self) -> bool {
        *self == Damage::default()
    }

    /// Records a line; one that only follows from another is counted but not listed.
    pub(super) fn line(&mut self, line: usize, what: Option<String>) {
        self.lines += 1;
        if let Some(what) = what.filter(|_| self.first.len() < TOLD_MAX) {
            self.first.push(DamagedLine { line, what });
        }
    }
}
