//! The file of accepted changes: committed with the code, read by `gate`, added to by `acknowledge`.

use crate::{files, input};
use jiff::civil::Date;
use loopswap_conductor::Failure;
use loopswap_protocol::{quoted, quoted_path, sentence};
use loopswap_report::comparison::{Accepted, Direction};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use toml::Spanned;

/// The default path.
pub(crate) const FILE: &str = "loopswap-acknowledged.toml";

/// The file, read.
pub(crate) struct Acknowledged {
    path: PathBuf,
    text: String,
    pub(crate) entries: Vec<Accepted>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Changes {
    #[serde(default)]
    change: Vec<Change>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Change {
    case: Spanned<String>,
    runtime: String,
    direction: Direction,
    until: Spanned<toml::value::Datetime>,
    why: Spanned<String>,
}

/// An entry as it is written; fields are written in this order.
#[derive(Serialize)]
struct Written<'a> {
    case: &'a str,
    runtime: &'a str,
    direction: Direction,
    until: toml::value::Datetime,
    why: &'a str,
}

/// Today, in UTC: the same day for everyone who runs the same gate.
pub(crate) fn today() -> Date {
    jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).date()
}

impl Acknowledged {
    /// The file that a gate uses: the given one, or the default one if it exists.
    pub(crate) fn of_gate(named: Option<&Path>) -> Result<Option<Acknowledged>, Failure> {
        match named {
            Some(path) => Acknowledged::read(path).map(Some),
            None if Path::new(FILE).exists() => Acknowledged::read(Path::new(FILE)).map(Some),
            None => Ok(None),
        }
    }

    /// Reads a file.
    pub(crate) fn read(path: &Path) -> Result<Acknowledged, Failure> {
        let text = input::text(path, input::WRITTEN_MAX).map_err(|error| {
            Failure::usage(format!("{}: {error}", quoted_path(path)))
                .help("`loopswap acknowledge` makes this file, or give another with --acknowledged")
        })?;
        Acknowledged::parse(path, text, today())
    }

    /// Reads the file; returns an empty one if there is none yet.
    pub(crate) fn read_or_new(path: &Path) -> Result<Acknowledged, Failure> {
        if path.exists() {
            return Acknowledged::read(path);
        }
        Ok(Acknowledged { path: path.to_owned(), text: String::new(), entries: Vec::new() })
    }

    fn parse(path: &Path, text: String, today: Date) -> Result<Acknowledged, Failure> {
        let file: Changes = toml::from_str(&text).map_err(|error| {
            let start = error.span().map_or(0, |span| span.start);
            Failure::usage(format!("{}: {}", place(path, &text, start), sentence(error.message().trim_end()))).help(
                "an entry is [[change]] with case, runtime, direction (slower, faster, counters), until (a date), why",
            )
        })?;
        let entries = file.change.iter().map(|change| change.entry(path, &text, today)).collect::<Result<_, _>>()?;
        Ok(Acknowledged { path: path.to_owned(), text, entries })
    }

    /// Adds entries at the end, so that comments and order stay, and writes the file.
    pub(crate) fn add(self, new: &[Accepted]) -> Result<(), Failure> {
        let mut text = self.text;
        for entry in new {
            if !text.is_empty() {
                text.push_str(if text.ends_with('\n') { "\n" } else { "\n\n" });
            }
            let until = entry
                .until
                .parse()
                .map_err(|_| Failure::internal(format!("`{}` is not a date", quoted(&entry.until))))?;
            let Accepted { case, runtime, direction, why, .. } = entry;
            let written = Written { case, runtime, direction: *direction, until, why };
            let body = toml::to_string(&written).map_err(|error| Failure::internal(error.to_string()))?;
            text.push_str("[[change]]\n");
            text.push_str(&body);
        }
        // Parsed before it is written: an entry that cannot be read would break the next gate.
        Acknowledged::parse(&self.path, text.clone(), today())?;
        files::write(&self.path, &text)
    }
}

impl Change {
    fn entry(&self, path: &Path, text: &str, today: Date) -> Result<Accepted, Failure> {
        let error = |start: usize, what: &str| Failure::usage(format!("{}: {what}", place(path, text, start)));
        let until = self.until.get_ref();
        let date = match (until.date, until.time) {
            (Some(date), None) => jiff::civil::date(
                i16::try_from(date.year).unwrap_or(i16::MAX),
                i8::try_from(date.month).unwrap_or(1),
                i8::try_from(date.day).unwrap_or(1),
            ),
            _ => {
                return Err(error(self.until.span().start, &format!("`until = {until}` is not a day"))
                    .help("takes a date such as 2026-12-31"));
            }
        };
        if self.why.get_ref().trim().is_empty() {
            return Err(error(self.why.span().start, "`why` is empty").help("say why the change is accepted"));
        }
        Ok(Accepted {
            // Cleaned like the names of a comparison, because the two are compared.
            case: quoted(self.case.get_ref()),
            runtime: quoted(&self.runtime),
            direction: self.direction,
            until: date.to_string(),
            why: sentence(self.why.get_ref()),
            place: place(path, text, self.case.span().start),
            expired: date < today,
        })
    }
}

/// `path:line:column` of a byte offset, both counted from 1.
fn place(path: &Path, text: &str, offset: usize) -> String {
    let before = text.get(..offset).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or("").chars().count() + 1;
    format!("{}:{line}:{column}", quoted_path(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Result<Vec<Accepted>, String> {
        let today = jiff::civil::date(2026, 6, 15);
        let read = Acknowledged::parse(Path::new("accepted.toml"), text.to_owned(), today);
        read.map(|file| file.entries).map_err(|failure| failure.to_string())
    }

    const GOOD: &str = "# why we have this\n[[change]]\ncase = \"redis/conns=1\"\nruntime = \"tokio\"\n\
                        direction = \"slower\"\nuntil = 2026-06-15\nwhy = \"checks more\"\n";

    #[test]
    fn an_entry_holds_to_the_end_of_its_last_day() {
        let found = parsed(GOOD).unwrap();
        assert_eq!((found[0].place.as_str(), found[0].until.as_str()), ("accepted.toml:3:8", "2026-06-15"));
        assert!(!found[0].expired);
        assert!(parsed(&GOOD.replace("06-15", "06-14")).unwrap()[0].expired);
        assert_eq!(parsed("# nothing yet\n").unwrap(), []);
    }

    /// A target of the fuzzer: `LOOPSWAP_FUZZ_EXECUTIONS=1000000 cargo test --profile fuzz damaged_files`.
    #[test]
    fn damaged_files_are_refused_in_bounds() {
        let target = loopswap_fuzz::Target {
            name: "acknowledged",
            seeds: || vec![GOOD.into(), format!("{GOOD}{GOOD}").into()],
            words: &["[[change]]", "until", "9999-12-31", "0000-01-01", "T00:00:00Z", "faster", "why", "'''"],
            run: |bytes| {
                let Ok(text) = std::str::from_utf8(bytes) else { return };
                match parsed(text) {
                    Ok(entries) => assert!(entries.iter().all(|entry| entry.case.chars().count() <= 200)),
                    Err(told) => assert!(told.len() < 4000 && !told.contains('\u{1b}'), "{told}"),
                }
            },
        };
        let executions = std::env::var("LOOPSWAP_FUZZ_EXECUTIONS").ok().and_then(|number| number.parse().ok());
        let outcome = loopswap_fuzz::fuzz(&target, 1, 0, executions.unwrap_or(1000), None);
        let faults: Vec<_> = outcome.found.iter().filter(|found| !found.what.starts_with("takes longer")).collect();
        assert!(faults.is_empty(), "{faults:?}");
    }

    #[test]
    fn a_mistake_is_named_with_line_and_column() {
        for (from, to, place, what) in [
            ("\"slower\"", "\"slow\"", "accepted.toml:5:13", "unknown variant `slow`"),
            ("2026-06-15", "2026-06-15T00:00:00Z", "accepted.toml:6:9", "is not a day"),
            ("2026-06-15", "2026-06-31", "accepted.toml:6:", "error"),
            ("\"checks more\"", "\" \"", "accepted.toml:7:7", "`why` is empty"),
            ("runtime", "runtimes", "accepted.toml:4:1", "unknown field `runtimes`"),
            ("why = \"checks more\"\n", "", "accepted.toml:2:1", "missing field `why`"),
        ] {
            let message = parsed(&GOOD.replace(from, to)).unwrap_err();
            assert!(message.contains(place) && message.contains(what), "{to}: {message}");
        }
    }
}
