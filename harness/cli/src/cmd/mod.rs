//! The verbs of the command line, one file each.

pub(crate) mod acknowledge;
pub(crate) mod compare;
pub(crate) mod doctor;
pub(crate) mod environment;
pub(crate) mod explain;
pub(crate) mod gate;
pub(crate) mod leash;
pub(crate) mod list;
pub(crate) mod peer;
pub(crate) mod plan;
pub(crate) mod race;
pub(crate) mod report;
pub(crate) mod run;
pub(crate) mod runner;
pub(crate) mod schema;
pub(crate) mod selftest;
pub(crate) mod spec;
pub(crate) mod verify_runner;

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use loopswap_conductor::Failure;

/// What a verb returns: the exit code, or what went wrong.
pub(crate) type Done = Result<u8, Failure>;

/// Parses a value from its word, and lists what each word means.
pub(crate) fn one_of<T, const N: usize>(values: [(T, &'static str, String); N]) -> impl TypedValueParser<Value = T>
where
    T: Copy + Send + Sync + 'static,
{
    let words = values.clone().map(|(_, word, says)| PossibleValue::new(word).help(says));
    PossibleValuesParser::new(words).try_map(move |given| {
        let found = values.iter().find(|(_, word, _)| *word == given);
        found.map(|(value, _, _)| *value).ok_or("takes one of its words")
    })
}

/// The text of a file that loopswap writes: JSON that a person can read, too.
pub(crate) fn json(value: &impl serde::Serialize) -> Result<String, Failure> {
    let text = serde_json::to_string_pretty(value).map_err(|error| Failure::internal(error.to_string()))?;
    Ok(text + "\n")
}
