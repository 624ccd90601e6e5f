//! The files of a run: a folder with `record.jsonl` and `report.json`.

use loopswap_conductor::Failure;
use loopswap_report::comparison::Comparison;
use loopswap_report::{Report, analyse, read_report, record};
use std::path::{Path, PathBuf};

/// The raw record of a run.
pub(crate) const RECORD: &str = "record.jsonl";
/// What was computed from the record of a race.
pub(crate) const COMPARISON: &str = "comparison.json";
/// What a self-test found.
pub(crate) const SELFTEST: &str = "selftest.json";
/// What was computed from it.
pub(crate) const REPORT: &str = "report.json";

fn unreadable(path: &Path, why: impl std::fmt::Display) -> Failure {
    Failure::usage(format!("{}: {why}", path.display()))
}

/// Reads a record.
pub(crate) fn read_record(path: &Path) -> Result<record::Record, Failure> {
    let text = std::fs::read_to_string(path)
        .map_err(|error| unreadable(path, error).help("give a record.jsonl, a report.json, or the folder of a run"))?;
    record::read(&text).map_err(|error| unreadable(path, error))
}

/// Reads a report: from a report, a record, or the folder of a run (where the record decides).
pub(crate) fn report(path: &Path) -> Result<Report, Failure> {
    let file = if path.is_dir() {
        let record = path.join(RECORD);
        if record.exists() { record } else { path.join(REPORT) }
    } else {
        path.to_owned()
    };
    if file.extension().is_some_and(|ending| ending == "jsonl") {
        return Ok(analyse(&read_record(&file)?));
    }
    let text = std::fs::read_to_string(&file)
        .map_err(|error| unreadable(&file, error).help("give a record.jsonl, a report.json, or the folder of a run"))?;
    read_report(&text).map_err(|error| unreadable(&file, error))
}

/// Writes a report beside its record, whole or not at all.
pub(crate) fn write_report(folder: &Path, report: &Report) -> Result<PathBuf, Failure> {
    write(folder, REPORT, report)
}

/// Writes a comparison beside its record, whole or not at all.
pub(crate) fn write_comparison(folder: &Path, comparison: &Comparison) -> Result<PathBuf, Failure> {
    write(folder, COMPARISON, comparison)
}

/// Writes what a self-test found beside its records, whole or not at all.
pub(crate) fn write_selftest(folder: &Path, found: &loopswap_report::selftest::SelfTest) -> Result<PathBuf, Failure> {
    write(folder, SELFTEST, found)
}

fn write(folder: &Path, name: &str, value: &impl serde::Serialize) -> Result<PathBuf, Failure> {
    let path = folder.join(name);
    let new = folder.join(format!("{name}.new"));
    let written = serde_json::to_string_pretty(value)
        .map_err(std::io::Error::from)
        .and_then(|text| std::fs::write(&new, text + "\n"))
        .and_then(|()| std::fs::rename(&new, &path));
    written.map_err(|error| {
        let _ = std::fs::remove_file(&new);
        Failure::internal(format!("{}: {error}", path.display()))
            .help("the record is kept: `loopswap report` computes it again")
    })?;
    Ok(path)
}

pub(crate) fn comparison_table(comparison: &Comparison) -> String {
    let mut text = String::new();
    for row in &comparison.rows {
        let ratio = row.ratio.as_ref().map_or((0.0, 0.0, 0.0), |r| (r.value, r.lower, r.upper));
        text += &format!(
            "{:<32} {:<22} {:?} {:.4} [{:.4} {:.4}] n={} p={:?} thr={:.4} vis={:?} ctl={:.3} dist={}/{} {:.1}s {}\n",
            row.case,
            row.runtime,
            row.verdict,
            ratio.0,
            ratio.1,
            ratio.2,
            row.generations,
            row.p,
            row.threshold,
            row.smallest_visible,
            row.control.ratio.as_ref().map_or(0.0, |r| r.value),
            row.disturbed_rounds,
            row.rounds,
            row.wall_s,
            row.sentence
        );
    }
    for missing in &comparison.missing {
        text += &format!("missing {missing:?}\n");
    }
    text
}
