//! `runtimes` of a suite: names, or every runtime of the program.

use super::position::Position;
use crate::failure::Failure;
use loopswap_protocol::quoted;
use serde::Deserialize;
use serde::de::{Deserializer, Error, SeqAccess, Unexpected, Visitor};
use std::fmt;
use toml::Spanned;

/// The word for all there are. No case has this name, since those of workloads contain a slash.
pub(super) const EVERY: &str = "every";

/// `runtimes` of a suite: `"every"`, or names.
pub(super) enum Runtimes {
    Every,
    Named(Vec<Spanned<String>>),
}

impl Runtimes {
    /// Their names, in the order of the suite or, where it says so, `every` one; it may name all that are `known`.
    pub(super) fn names(&self, at: &Position<'_>, every: &[String], known: &[String]) -> Result<Vec<String>, Failure> {
        let Runtimes::Named(names) = self else { return Ok(every.to_vec()) };
        let checked = names.iter().map(|name| {
            known_runtime(name.get_ref(), known)
                .map_err(|failure| at.prefix(name.span().start, failure))
                .map(|()| name.get_ref().clone())
        });
        checked.collect()
    }
}

impl<'de> Deserialize<'de> for Runtimes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(RuntimesVisitor)
    }
}

/// Reads [`Runtimes`]: an untagged enum would lose the places in the file.
struct RuntimesVisitor;

impl<'de> Visitor<'de> for RuntimesVisitor {
    type Value = Runtimes;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of names, or \"every\"")
    }

    fn visit_str<E: Error>(self, word: &str) -> Result<Runtimes, E> {
        if word == EVERY { Ok(Runtimes::Every) } else { Err(E::invalid_value(Unexpected::Str(word), &self)) }
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Runtimes, A::Error> {
        let mut names = Vec::new();
        while let Some(name) = list.next_element()? {
            names.push(name);
        }
        Ok(Runtimes::Named(names))
    }
}

/// Reports that a runtime is unknown, and which ones are known.
///
/// # Errors
/// When `name` is not among `runtimes`.
pub fn known_runtime(name: &str, runtimes: &[String]) -> Result<(), Failure> {
    if runtimes.iter().any(|known| known == name) {
        return Ok(());
    }
    let names = runtimes.iter().map(String::as_str);
    Err(Failure::usage(format!("unknown runtime `{}`", quoted(name))).there_are(name, names))
}
