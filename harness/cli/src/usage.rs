//! Errors of the arguments, as clap finds them. They repeat the argument as it was given, so it is quoted
//! before they are shown.

use clap::CommandFactory;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use loopswap_protocol::{quoted, sentence};
use regex::Regex;

/// The error with every argument in it quoted.
pub(crate) fn shown<C: CommandFactory>(mut error: clap::Error) -> clap::Error {
    if !error.use_stderr() {
        return error;
    }
    let given: Vec<(ContextKind, ContextValue)> = error
        .context()
        .filter_map(|(kind, value)| match value {
            ContextValue::String(text) if quoted(text) != *text => Some((kind, ContextValue::String(quoted(text)))),
            ContextValue::Strings(texts) if texts.iter().any(|text| quoted(text) != *text) => {
                Some((kind, ContextValue::Strings(texts.iter().map(|text| quoted(text)).collect())))
            }
            _ => None,
        })
        .collect();
    if !given.is_empty() {
        // Suggestions repeat the argument in a text that is already formatted.
        error.remove(ContextKind::Suggested);
    }
    for (kind, value) in given {
        error.insert(kind, value);
    }
    // The reason why a value is invalid may repeat it too, and cannot be replaced in the error.
    let why = std::error::Error::source(&error).map(ToString::to_string);
    match (why, error.get(ContextKind::InvalidValue), error.get(ContextKind::InvalidArg)) {
        (Some(why), Some(ContextValue::String(value)), Some(ContextValue::String(argument)))
            if sentence(&why) != why =>
        {
            let message = format!("invalid value '{value}' for '{argument}': {}", sentence(why));
            C::command().error(ErrorKind::ValueValidation, message)
        }
        _ => error,
    }
}

/// A filter. Its error is one line, without clap's picture that points at the place.
pub(crate) fn pattern(text: &str) -> Result<Regex, String> {
    Regex::new(text).map_err(|error| {
        let said = error.to_string();
        let last = said.lines().next_back().unwrap_or_default();
        last.strip_prefix("error: ").unwrap_or(last).to_owned()
    })
}

/// `2.5%` or `2.5 %`, as a fraction.
pub(crate) fn percent(text: &str) -> Result<f64, String> {
    let number = text.trim().strip_suffix('%').and_then(|number| number.trim_end().parse::<f64>().ok());
    match number {
        Some(percent) if (0.0..=1000.0).contains(&percent) => Ok(percent / 100.0),
        _ => Err("takes a percentage from 0% to 1000%, such as 2.5%".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Cli;
    use clap::Parser as _;
    use loopswap_protocol::QUOTED_MAX;

    fn said(arguments: &[&str]) -> String {
        let given = ["loopswap"].iter().chain(arguments);
        shown::<Cli>(Cli::try_parse_from(given).expect_err("bad arguments")).to_string()
    }

    #[test]
    fn no_argument_gets_into_an_error_as_it_is() {
        // About the longest that Linux takes (MAX_ARG_STRLEN, execve(2)).
        let long = "x".repeat(100_000);
        let evil = "x\n{\"gate\":\"passed\"}\u{1b}[2J\u{202e}";
        for given in [long.as_str(), evil] {
            let flag = format!("--{given}");
            let joined = format!("--seed={given}");
            for arguments in [
                vec![given],
                vec!["gate", "a", "b", given],
                vec!["run", &flag],
                vec!["run", &joined],
                vec!["run", "--budget", given],
                vec!["run", "--placement", given],
                vec!["run", "--cpus", given],
                vec!["gate", "a", "--fail-on", given],
                vec!["gate", "a", "--floor", given],
                vec!["acknowledge", "a", "b", "--runtime", "c", "--why", "d", "--until", given],
                vec!["spec", "a", "--http", given],
                vec!["runner", "mock", "--fail", given],
                vec!["race", "a", "b", "--margin", given],
            ] {
                let message = said(&arguments);
                assert!(message.len() < 20 * QUOTED_MAX, "{} bytes for {:.20?}", message.len(), arguments);
                assert!(!message.contains(['\u{1b}', '\u{202e}']), "{message}");
                assert!(!message.contains("\n{"), "{message}");
            }
        }
    }

    #[test]
    fn an_ordinary_mistake_keeps_its_suggestion() {
        assert!(said(&["run", "--generation", "3"]).contains("--generations"));
        let message = said(&["run", "--case", "("]);
        assert!(message.starts_with("error: invalid value '(' for '--case <REGEX>': unclosed group\n"), "{message}");
    }
}
