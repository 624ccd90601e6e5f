//! Positions in the text of a suite, for its errors.

use crate::failure::Failure;
use loopswap_protocol::{QUOTED_MAX, quoted};
use std::ops::RangeInclusive;
use std::time::Duration;
use toml::Spanned;

/// Length of a slice, where a suite does not say it.
pub(super) const SLICE: Duration = Duration::from_millis(10);

/// Converts byte offsets of a text into positions.
pub(super) struct Position<'a> {
    pub(super) path: &'a str,
    pub(super) text: &'a str,
}

impl Position<'_> {
    /// `path:line:column` of a byte offset, both counted from 1.
    pub(super) fn name(&self, offset: usize) -> String {
        let before = self.text.get(..offset).unwrap_or(self.text);
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or("").chars().count() + 1;
        format!("{}:{line}:{column}", quoted(self.path))
    }

    pub(super) fn error(&self, offset: usize, what: &str) -> Failure {
        Failure::usage(format!("{}: {what}", self.name(offset)))
    }

    /// Refuses a name that could not be shown as it is.
    pub(super) fn nameable(&self, field: &str, name: &str, offset: usize) -> Result<(), Failure> {
        if !name.trim().is_empty() && quoted(name) == name {
            return Ok(());
        }
        let what = format!("`{field} = \"{}\"` is not a name that can be shown", quoted(name));
        Err(self.error(offset, &what).help(format!("takes 1 to {QUOTED_MAX} printable characters")))
    }

    pub(super) fn prefix(&self, offset: usize, mut failure: Failure) -> Failure {
        failure.what = format!("{}: {}", self.name(offset), failure.what);
        failure
    }

    pub(super) fn number(
        &self,
        given: &Spanned<u32>,
        name: &str,
        takes: RangeInclusive<u32>,
        default: &str,
    ) -> Result<u32, Failure> {
        let number = *given.get_ref();
        if takes.contains(&number) {
            return Ok(number);
        }
        let what = format!("`{name} = {number}` is out of bounds");
        let help = format!("takes {} to {} (default {default})", takes.start(), takes.end());
        Err(self.error(given.span().start, &what).help(help))
    }

    pub(super) fn time(
        &self,
        given: Option<&Spanned<String>>,
        name: &str,
        default: Duration,
    ) -> Result<Duration, Failure> {
        let Some(given) = given else { return Ok(default) };
        match humantime::parse_duration(given.get_ref()) {
            Ok(time) if time >= Duration::from_millis(1) && time <= Duration::from_secs(86_400) => Ok(time),
            _ => Err(self
                .error(
                    given.span().start,
                    &format!("`{name} = \"{}\"` is not a time that can be used", quoted(given.get_ref())),
                )
                .help(format!("takes \"1ms\" to \"1day\", such as \"{}\"", humantime::format_duration(default)))),
        }
    }
}
