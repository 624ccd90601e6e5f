//! What a runtime is made of, and how it differs by nature from others: what a runner may say of itself.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The longest that a timer may be early, in nanoseconds: the coarsest clocks count in hundredths of a second.
pub const TIMER_EARLY_NS_MAX: u64 = 100_000_000;
/// Libraries, settings or notes of one runtime.
const EACH_MAX: usize = 100;

/// What a runtime is made of, and how it differs by nature from others. All of it may be missing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct MadeOf {
    /// The language that its tasks are written in: `Python`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// What executes them, where they are not compiled to a program of their own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub interpreter: Option<Interpreter>,
    /// Its event loop, with the version where it has one: `libuv 1.52.1`.
    #[serde(rename = "loop", skip_serializing_if = "Option::is_none")]
    pub event_loop: Option<String>,
    /// Versions of the libraries that take part in what is measured, by name.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub libraries: BTreeMap<String, String>,
    /// Settings that may change figures, by name: `gc`, `flags`.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub settings: BTreeMap<String, String>,
    /// What differs by nature from other runtimes, a sentence each, which stands beside its figures.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// How much before its time a task that sleeps may wake, in nanoseconds, because its timers count in coarse
    /// units; at most 100 ms. The runtime is held to it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timer_early_ns: Option<u64>,
    /// The runtime of which it is another form, such as one with another library in one workload.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub variant_of: Option<String>,
}

/// What executes a program: its name and version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Interpreter {
    /// Its name: `CPython`, `V8`.
    pub name: String,
    /// Its version.
    pub version: String,
}

impl MadeOf {
    /// Whether it is within its limits.
    ///
    /// # Errors
    /// Which field is not, and what it takes.
    pub fn check(&self) -> Result<(), String> {
        let counts =
            [("libraries", self.libraries.len()), ("settings", self.settings.len()), ("notes", self.notes.len())];
        if let Some((field, count)) = counts.into_iter().find(|(_, count)| *count > EACH_MAX) {
            return Err(format!("`{field}` has {count} entries: takes up to {EACH_MAX}"));
        }
        match self.timer_early_ns {
            Some(early) if early > TIMER_EARLY_NS_MAX => {
                Err(format!("`timer_early_ns` is {early}: takes 0 to {TIMER_EARLY_NS_MAX}"))
            }
            _ => Ok(()),
        }
    }

    /// Language and interpreter in words, `Python (CPython 3.11.7)`; `None` where no language is named.
    #[must_use]
    pub fn written_in(&self) -> Option<String> {
        let language = self.language.as_ref()?;
        Some(match &self.interpreter {
            Some(Interpreter { name, version }) => format!("{language} ({name} {version})"),
            None => language.clone(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_timer_may_be_early_within_bounds() {
        let early = |ns| MadeOf { timer_early_ns: Some(ns), ..MadeOf::default() }.check();
        assert_eq!(early(TIMER_EARLY_NS_MAX), Ok(()));
        assert_eq!(early(TIMER_EARLY_NS_MAX + 1).unwrap_err(), "`timer_early_ns` is 100000001: takes 0 to 100000000");
        let many = MadeOf { notes: vec![String::new(); 101], ..MadeOf::default() };
        assert!(many.check().unwrap_err().starts_with("`notes` has 101 entries"));
    }

    #[test]
    fn an_interpreter_stands_behind_its_language() {
        let python = MadeOf {
            language: Some("Python".into()),
            interpreter: Some(Interpreter { name: "CPython".into(), version: "3.11.7".into() }),
            ..MadeOf::default()
        };
        assert_eq!(python.written_in().as_deref(), Some("Python (CPython 3.11.7)"));
        assert_eq!(MadeOf::default().written_in(), None);
    }
}
