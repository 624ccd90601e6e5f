//! What the person at the command line is told: what went wrong, where, why, the remedy, the exit code.

use loopswap_protocol::{QUOTED_MAX, barred, listed, quoted};
use std::fmt;

/// The documented exit codes. 1, 2, 100–110, 124 and 137 are never used: `make`, argument parsers,
/// test runners, panics and signals use those.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// The head is slower than the base, or a claim does not hold.
    Regression = 3,
    /// Nothing matched the filter.
    NothingMatched = 4,
    /// It cannot be decided whether there is a regression.
    Inconclusive = 5,
    /// A target failed: a runtime crashed, hung, or gave a wrong result.
    TargetFailed = 6,
    /// There is no baseline, or it was not measured under the same conditions.
    NotComparable = 7,
    /// The arguments, or a file that they name, cannot be used.
    Usage = 64,
    /// loopswap itself, or the system under it, failed.
    Internal = 70,
    /// Interrupted by a signal; what was measured is kept.
    Interrupted = 130,
}

/// An error with its remedy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// Exit code.
    pub exit: Exit,
    /// What happened, and where: names the file, field or flag.
    pub what: String,
    /// Lines that say why and what to do.
    pub help: Vec<String>,
}

impl Failure {
    fn new(exit: Exit, what: impl Into<String>) -> Self {
        Failure { exit, what: barred(&what.into()), help: Vec::new() }
    }

    /// Bad input.
    pub fn usage(what: impl Into<String>) -> Self {
        Failure::new(Exit::Usage, what)
    }

    /// A failure of loopswap or of the system.
    pub fn internal(what: impl Into<String>) -> Self {
        Failure::new(Exit::Internal, what)
    }

    /// Nothing is left to do after filtering.
    pub fn nothing_matched(what: impl Into<String>) -> Self {
        Failure::new(Exit::NothingMatched, what)
    }

    /// Two sides that cannot be compared, or a missing baseline.
    pub fn not_comparable(what: impl Into<String>) -> Self {
        Failure::new(Exit::NotComparable, what)
    }

    /// A signal ended it.
    pub fn interrupted(what: impl Into<String>) -> Self {
        Failure::new(Exit::Interrupted, what)
    }

    /// The exit code as a number.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        self.exit as u8
    }

    /// Adds a line that says why, or what to do.
    #[must_use]
    pub fn help(mut self, line: impl Into<String>) -> Self {
        self.help.push(barred(&line.into()));
        self
    }

    /// Adds the known words, and the one that was probably meant instead of `word`.
    #[must_use]
    pub fn there_are<'a>(self, word: &str, names: impl IntoIterator<Item = &'a str>) -> Self {
        let names: Vec<&str> = names.into_iter().collect();
        // The distance takes the product of both lengths.
        let comparable = word.len() <= QUOTED_MAX;
        let near = names
            .iter()
            .filter(|name| comparable && name.len() <= QUOTED_MAX)
            .map(|name| (strsim::damerau_levenshtein(word, name), name))
            .filter(|(distance, name)| *distance <= 1 + name.len() / 3)
            .min_by_key(|(distance, _)| *distance);
        let with_list = match names.as_slice() {
            [] => self.help("there are none"),
            names => self.help(format!("there are: {}", listed(names.iter().copied()))),
        };
        match near {
            Some((_, name)) => with_list.help(format!("did you mean `{}`?", quoted(name))),
            None => with_list,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "error: {}", self.what)?;
        for line in &self.help {
            write!(f, "\n  {line}")?;
        }
        write!(f, "  (exit code {})", self.exit as u8)
    }
}

impl std::error::Error for Failure {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_is_suggested_and_a_far_one_is_not() {
        let names = ["tokio", "smol", "glommio"];
        let near = Failure::usage("unknown runtime `tokyo`").there_are("tokyo", names).to_string();
        assert!(near.ends_with("did you mean `tokio`?  (exit code 64)"), "{near}");
        let far = Failure::usage("unknown runtime `x`").there_are("x", names).to_string();
        assert!(far.ends_with("there are: tokio, smol, glommio  (exit code 64)"), "{far}");
        let none = Failure::usage("unknown runtime `x`").there_are("x", []).to_string();
        assert!(none.ends_with("there are none  (exit code 64)"), "{none}");
        let long = "x".repeat(10_000_000);
        let longest = Failure::usage("unknown runtime").there_are(&long, [long.as_str(), "smol"]).to_string();
        assert!(longest.len() < 1000, "{}", longest.len());
    }
}
