//! The files of a run: a folder with `record.jsonl` and `report.json`.

use crate::input;
use loopswap_conductor::Failure;
use loopswap_protocol::{quoted_path, sentence};
use loopswap_report::comparison::{Comparison, read_comparison};
use loopswap_report::selftest::{self, SelfTest};
use loopswap_report::{Report, analyse, raced, read_report, record};
use nix::errno::Errno;
use std::io::{ErrorKind, Read as _};
use std::path::{Path, PathBuf};

/// The raw record of a run.
pub(crate) const RECORD: &str = "record.jsonl";
/// The result of a self-test.
pub(crate) const SELFTEST: &str = "selftest.json";
/// The report computed from it.
pub(crate) const REPORT: &str = "report.json";
/// The comparison of two builds, or of two reports.
pub(crate) const COMPARISON: &str = "comparison.json";

fn unreadable(path: &Path, why: impl std::fmt::Display) -> Failure {
    Failure::usage(format!("{}: {}", quoted_path(path), sentence(why)))
}

/// What a path can name.
pub(crate) enum Stored {
    SelfTest(Box<SelfTest>),
    Comparison(Box<Comparison>),
    Report(Box<Report>),
}

const ANY: &str = "give a record.jsonl, a report.json, a comparison.json, or the folder of a run";
const REPORTS: &str = "give a record.jsonl, a report.json, or the folder of a run";

fn read(path: &Path, help: &str) -> Result<String, Failure> {
    input::text(path, input::JSON_MAX).map_err(|error| unreadable(path, error).help(help))
}

fn is_record(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending == "jsonl")
}

/// Reads a record.
pub(crate) fn read_record(path: &Path) -> Result<record::Record, Failure> {
    let bytes = input::bytes(path, input::RECORD_MAX).map_err(|error| unreadable(path, error).help(REPORTS))?;
    record::read_bytes(&bytes).map_err(|error| unreadable(path, error))
}

/// The record that a path names: itself, or the one in a folder.
fn record_of(path: &Path) -> Option<PathBuf> {
    if path.is_dir() {
        return Some(path.join(RECORD)).filter(|file| file.exists());
    }
    Some(path.to_owned()).filter(|file| is_record(file))
}

/// Reads a report: from a report, the record of a run, or the folder of a run (where the record decides).
pub(crate) fn report(path: &Path) -> Result<Report, Failure> {
    if let Some(file) = record_of(path) {
        return of_run(&read_record(&file)?, &file, path);
    }
    let file = if path.is_dir() { path.join(REPORT) } else { path.to_owned() };
    report_in(&file, &read(&file, REPORTS)?)
}

/// The record that a text is, whatever its file is called: a pipe has no ending that says what comes out of it.
/// `None` if it does not begin like a record.
fn record_in(file: &Path, text: &str) -> Result<Option<record::Record>, Failure> {
    #[derive(serde::Deserialize)]
    struct Key {
        header: Option<serde::de::IgnoredAny>,
    }
    match serde_json::from_str(text.lines().next().unwrap_or_default()) {
        Ok(Key { header: Some(_) }) => record::read(text).map(Some).map_err(|error| unreadable(file, error)),
        _ => Ok(None),
    }
}

/// The report of a run's record in `file`, which was given as `path`.
fn of_run(record: &record::Record, file: &Path, path: &Path) -> Result<Report, Failure> {
    if record.header.plan.race.is_none() {
        return Ok(analyse(record));
    }
    let (file, path) = (quoted_path(file), quoted_path(path));
    Err(Failure::usage(format!("{file}: the record of a race, which compares two builds itself"))
        .help(format!("`loopswap report {path}` shows what it found, `loopswap gate {path}` judges it")))
}

fn report_in(file: &Path, text: &str) -> Result<Report, Failure> {
    if let Some(record) = record_in(file, text)? {
        return of_run(&record, file, file);
    }
    read_report(text).map_err(|error| unreadable(file, error))
}

/// Writes a report next to its record, completely or not at all.
pub(crate) fn write_report(folder: &Path, report: &Report) -> Result<PathBuf, Failure> {
    write_beside(folder, REPORT, report).map_err(|failure| failure.help(computes_again(folder)))
}

/// Writes a comparison next to its record, completely or not at all.
pub(crate) fn write_comparison(folder: &Path, comparison: &Comparison) -> Result<PathBuf, Failure> {
    write_beside(folder, COMPARISON, comparison).map_err(|failure| failure.help(computes_again(folder)))
}

/// What to do when the file beside a record could not be written.
fn computes_again(folder: &Path) -> String {
    let record = quoted_path(&folder.join(RECORD));
    format!("the record is kept: `loopswap report --json {record}` computes it again")
}

/// Writes the result of a self-test next to its records, completely or not at all.
pub(crate) fn write_selftest(folder: &Path, found: &SelfTest) -> Result<PathBuf, Failure> {
    write_beside(folder, SELFTEST, found)
        .map_err(|failure| failure.help("free some space, or give a folder elsewhere with --output"))
}

fn write_beside(folder: &Path, name: &str, value: &impl serde::Serialize) -> Result<PathBuf, Failure> {
    let path = folder.join(name);
    let new = folder.join(format!("{name}.new"));
    let written = serde_json::to_string_pretty(value)
        .map_err(std::io::Error::from)
        .and_then(|text| std::fs::write(&new, text + "\n"))
        .and_then(|()| std::fs::rename(&new, &path));
    written.map_err(|error| {
        let _ = std::fs::remove_file(&new);
        Failure::internal(format!("{}: {error}", quoted_path(&path)))
    })?;
    Ok(path)
}

/// Reads a comparison, if `path` is one, the record of a race, or the folder of either (where the record
/// decides); `None` if it is anything else, which [`report`] may be able to read.
pub(crate) fn comparison(path: &Path) -> Result<Option<Comparison>, Failure> {
    if let Some(record) = record_of(path)
        && let Some(found) = raced(&read_record(&record)?)
    {
        return Ok(Some(found));
    }
    let file = if path.is_dir() { path.join(COMPARISON) } else { path.to_owned() };
    if is_record(&file) || (path.is_dir() && !file.exists()) {
        return Ok(None);
    }
    comparison_in(&file, &read(&file, ANY)?)
}

fn comparison_in(file: &Path, text: &str) -> Result<Option<Comparison>, Failure> {
    if let Some(record) = record_in(file, text)? {
        return Ok(raced(&record));
    }
    // Only a comparison has this key; the reader decides whether it is valid.
    #[derive(serde::Deserialize)]
    struct Key {
        comparison_schema: Option<serde::de::IgnoredAny>,
    }
    match serde_json::from_str(text) {
        Ok(Key { comparison_schema: Some(_) }) => {
            read_comparison(text).map(Some).map_err(|error| unreadable(file, error))
        }
        _ => Ok(None),
    }
}

/// Reads whatever the path names, once: a pipe gives its text only once.
pub(crate) fn stored(path: &Path) -> Result<Stored, Failure> {
    let in_folder = |name: &str| Some(path.join(name)).filter(|file| file.exists());
    let selftest = in_folder(SELFTEST);
    let record = if selftest.is_some() { None } else { record_of(path) };
    let record = record.map(|file| read_record(&file)).transpose()?;
    if let Some(found) = record.as_ref().and_then(raced) {
        return Ok(Stored::Comparison(Box::new(found)));
    }
    let file = match (selftest.or_else(|| in_folder(COMPARISON)), &record) {
        (Some(file), _) => file,
        (None, Some(record)) => return Ok(Stored::Report(Box::new(analyse(record)))),
        (None, None) if path.is_dir() => path.join(REPORT),
        (None, None) => path.to_owned(),
    };
    let text = read(&file, ANY)?;
    if let Some(found) = selftest::read(&text).map_err(|error| unreadable(&file, error))? {
        return Ok(Stored::SelfTest(Box::new(found)));
    }
    if let Some(found) = comparison_in(&file, &text)? {
        return Ok(Stored::Comparison(Box::new(found)));
    }
    report_in(&file, &text).map(Box::new).map(Stored::Report)
}

/// Writes a file that was asked for, completely or not at all. Anything but a plain file (a link, a pipe, a
/// device) is written to, not replaced. A record is never written over: it is all that was measured.
pub(crate) fn write(path: &Path, text: &str) -> Result<(), Failure> {
    if holds_a_record(path) {
        return Err(Failure::usage(format!("{}: a record, which nothing is written over", quoted_path(path)))
            .help("give the path of another file"));
    }
    let in_place = std::fs::symlink_metadata(path).is_ok_and(|found| !found.is_file());
    let written = if in_place { std::fs::write(path, text) } else { replace(path, text) };
    written.map_err(|error| {
        let what = format!("{}: {error}", quoted_path(path));
        match error.kind() {
            ErrorKind::NotFound
            | ErrorKind::PermissionDenied
            | ErrorKind::NotADirectory
            | ErrorKind::IsADirectory
            | ErrorKind::InvalidFilename
            | ErrorKind::InvalidInput
            | ErrorKind::ReadOnlyFilesystem => Failure::usage(what).help("give the path of a file that can be written"),
            // The standard library has no stable name for it.
            _ if error.raw_os_error() == Some(Errno::ELOOP as i32) => {
                Failure::usage(what).help("links lead to each other: give the path of a file that can be written")
            }
            // The path is valid: the file system is full, or the disk fails.
            _ => Failure::internal(what).help("free some space, or give a path elsewhere"),
        }
    })
}

/// Whether a plain file begins as records do.
fn holds_a_record(path: &Path) -> bool {
    const BEGINS: &[u8] = b"{\"header\"";
    let mut head = [0; BEGINS.len()];
    std::fs::metadata(path).is_ok_and(|found| found.is_file())
        && std::fs::File::open(path).and_then(|mut file| file.read_exact(&mut head)).is_ok()
        && head == BEGINS
}

fn replace(path: &Path, text: &str) -> std::io::Result<()> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".new");
    let new = path.with_file_name(name);
    std::fs::write(&new, text).and_then(|()| std::fs::rename(&new, path)).inspect_err(|_| {
        let _ = std::fs::remove_file(&new);
    })
}
