//! `loopswap explain`: why a row came to its verdicts.

use super::Done;
use crate::begin::RUNS;
use crate::console;
use crate::files::{self, RECORD};
use loopswap_conductor::Failure;
use loopswap_report::record::{Record, Role};
use loopswap_report::{explain, explanation};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Arguments of `loopswap explain`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The name of a case, or a part of it that no other case has
    row: String,
    /// A record.jsonl, or the folder of a run; the latest under loopswap-runs where none is given
    file: Option<PathBuf>,
    /// Only this runtime against the reference
    #[arg(long, value_name = "RUNTIME")]
    runtime: Option<String>,
    /// Precision that the proposed plan shall reach, such as 1%; the margin of the row where none is given
    #[arg(long, value_name = "PERCENT", value_parser = precision)]
    precision: Option<f64>,
}

pub(crate) fn run(args: &Args) -> Done {
    let path = match &args.file {
        Some(path) => path.clone(),
        None => latest(Path::new(RUNS))?,
    };
    let path = if path.is_dir() { path.join(RECORD) } else { path };
    if path.extension().is_some_and(|ending| ending == "json") {
        return Err(Failure::usage(format!("{}: a report has no single generations", path.display()))
            .help("give the record.jsonl that it was made from, or the folder of the run"));
    }
    let record = files::read_record(&path)?;
    let rows = rows(&record, &args.row)?;
    if let Some(runtime) = &args.runtime {
        known(&record, rows[0], runtime)?;
    }
    // A case can stand in a suite twice, with two placements.
    let told: Vec<String> = rows
        .iter()
        .filter_map(|row| explain(&record, *row, args.runtime.as_deref(), args.precision))
        .map(|facts| explanation(&facts))
        .collect();
    console::print(&told.join("\n"));
    Ok(0)
}

/// `1%` as the fraction 0.01.
fn precision(text: &str) -> Result<f64, String> {
    let percent = text.trim_end().trim_end_matches('%').trim_end().parse::<f64>().ok();
    let sensible = percent.filter(|percent| *percent >= 0.01 && *percent <= 100.0);
    sensible.map(|percent| percent / 100.0).ok_or_else(|| "takes 0.01% to 100%, such as 1%".into())
}

/// The folder of the latest run: their names begin with the time.
fn latest(runs: &Path) -> Result<PathBuf, Failure> {
    let entries = std::fs::read_dir(runs).into_iter().flatten().flatten();
    let folders = entries.map(|entry| entry.path()).filter(|path| path.join(RECORD).is_file());
    folders.max().ok_or_else(|| {
        Failure::usage(format!("there is no run under {}", runs.display()))
            .help("give a record.jsonl, or the folder of a run")
    })
}

/// The rows of a case, by its name or a part that is its own.
fn rows(record: &Record, wanted: &str) -> Result<Vec<usize>, Failure> {
    let plan = &record.header.plan.rows;
    let with = |fits: &dyn Fn(&str) -> bool| -> Vec<usize> {
        plan.iter().enumerate().filter(|(_, row)| fits(&row.case)).map(|(index, _)| index).collect()
    };
    let exact = with(&|case| case == wanted);
    let found = if exact.is_empty() { with(&|case| case.contains(wanted)) } else { exact };
    let names: BTreeSet<&str> = found.iter().map(|index| plan[*index].case.as_str()).collect();
    match names.len() {
        0 => {
            let names = plan.iter().map(|row| row.case.as_str());
            Err(Failure::nothing_matched(format!("no row matches `{wanted}`")).there_are(wanted, names))
        }
        1 => Ok(found),
        _ => {
            let names = names.into_iter().collect::<Vec<_>>().join(", ");
            Err(Failure::usage(format!("`{wanted}` is part of several rows")).help(format!("give one of: {names}")))
        }
    }
}

fn known(record: &Record, row: usize, runtime: &str) -> Result<(), Failure> {
    let arms = record.header.plan.rows[row].arms.iter().filter(|arm| arm.role != Role::Control);
    let names: Vec<&str> = arms.map(|arm| arm.runtime.as_str()).collect();
    if names.contains(&runtime) {
        return Ok(());
    }
    Err(Failure::nothing_matched(format!("no runtime `{runtime}` in this row")).there_are(runtime, names))
}

#[cfg(test)]
mod tests {
    use super::precision;

    #[test]
    fn a_precision_is_a_percentage() {
        assert_eq!((precision("1%"), precision("0.5 %"), precision("2")), (Ok(0.01), Ok(0.005), Ok(0.02)));
        for wrong in ["0", "-1%", "%", "NaN", "101%", "a lot"] {
            assert!(precision(wrong).is_err(), "{wrong}");
        }
    }
}
