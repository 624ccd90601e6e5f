//! The files of a run: a folder with `record.jsonl` and `report.json`.

use loopswap_conductor::Failure;
use loopswap_report::{Report, analyse, read_report, record};
use std::path::{Path, PathBuf};

/// The raw record of a run.
pub(crate) const RECORD: &str = "record.jsonl";
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
    let path = folder.join(REPORT);
    let new = folder.join("report.json.new");
    let written = serde_json::to_string_pretty(report)
        .map_err(std::io::Error::from)
        .and_then(|text| std::fs::write(&new, text + "\n"))
        .and_then(|()| std::fs::rename(&new, &path));
    written.map_err(|error| {
        let _ = std::fs::remove_file(&new);
        Failure::internal(format!("{}: {error}", path.display()))
            .help("the record is kept: `loopswap report` computes the report from it again")
    })?;
    Ok(path)
}
