//! `loopswap explain`: why a row came to its verdicts.

use super::Done;
use crate::begin::RUNS;
use crate::console;
use crate::files::{self, COMPARISON, RECORD};
use crate::usage;
use loopswap_conductor::Failure;
use loopswap_protocol::{listed, quoted, quoted_path};
use loopswap_report::comparison::Comparison;
use loopswap_report::record::Role;
use loopswap_report::view::comparison as view;
use loopswap_report::{explain, explain_race, explanation, raced_explanation};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Arguments of `loopswap explain`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The name of a case, or a part of it that only one case has
    row: String,
    /// A record.jsonl, or the folder of a run or race, or a comparison.json; by default the latest folder
    /// under loopswap-runs
    file: Option<PathBuf>,
    /// Only this runtime
    #[arg(long, value_name = "RUNTIME")]
    runtime: Option<String>,
    /// Precision that the proposed plan must reach, such as 1%; by default the margin of the row
    #[arg(long, value_name = "PERCENT", value_parser = precision)]
    precision: Option<f64>,
}

pub(crate) fn run(args: &Args) -> Done {
    let path = match &args.file {
        Some(path) => path.clone(),
        None => latest(Path::new(RUNS))?,
    };
    let record = if path.is_dir() { path.join(RECORD) } else { path.clone() };
    // A folder may hold a comparison of reports alone.
    let alone = path.join(COMPARISON).is_file() && !record.is_file();
    let told = if alone || record.extension().is_some_and(|ending| ending == "json") {
        let comparison = files::comparison(&path)?.ok_or_else(|| {
            Failure::usage(format!("{}: a report does not store single generations", quoted_path(&path)))
                .help("give the record.jsonl that it was made from, or the folder of the run")
        })?;
        of_comparison(args, &comparison)?
    } else {
        of_record(args, &record)?
    };
    console::print(&told.join("\n"))?;
    Ok(0)
}

/// The rows of a run or a race, with every generation.
fn of_record(args: &Args, path: &Path) -> Result<Vec<String>, Failure> {
    let record = files::read_record(path)?;
    let plan = &record.header.plan;
    let mut rows = rows(plan.rows.iter().map(|row| row.case.as_str()), &args.row)?;
    if plan.race.is_some() {
        // A row of a race is one case on one runtime.
        let name = |row: &usize| plan.rows[*row].arms.first().map_or("", |arm| arm.runtime.as_str());
        if let Some(runtime) = &args.runtime {
            known(rows.iter().map(name), runtime)?;
            rows.retain(|row| name(row) == runtime);
        }
        let facts = rows.iter().filter_map(|row| explain_race(&record, *row, args.precision));
        return Ok(facts.map(|facts| raced_explanation(&facts)).collect());
    }
    if let Some(runtime) = &args.runtime {
        let arms = plan.rows[rows[0]].arms.iter().filter(|arm| arm.role != Role::Control);
        known(arms.map(|arm| arm.runtime.as_str()), runtime)?;
    }
    // A case can stand in a suite twice, with two placements.
    let facts = rows.iter().filter_map(|row| explain(&record, *row, args.runtime.as_deref(), args.precision));
    Ok(facts.map(|facts| explanation(&facts)).collect())
}

/// The rows of a comparison, without generations: it does not store them.
fn of_comparison(args: &Args, comparison: &Comparison) -> Result<Vec<String>, Failure> {
    if args.precision.is_some() {
        return Err(Failure::usage("--precision needs single generations, which a comparison does not have")
            .help("give the record.jsonl, or the folder of a run or race"));
    }
    let mut rows = rows(comparison.rows.iter().map(|row| row.case.as_str()), &args.row)?;
    let name = |row: &usize| comparison.rows[*row].runtime.as_str();
    if let Some(runtime) = &args.runtime {
        known(rows.iter().map(name), runtime)?;
        rows.retain(|row| name(row) == runtime);
    }
    Ok(rows.iter().map(|row| view::explanation(comparison, &comparison.rows[*row])).collect())
}

/// `1%` as the fraction 0.01.
fn precision(text: &str) -> Result<f64, String> {
    let sensible = usage::percent(text).ok().filter(|share| (0.0001..=1.0).contains(share));
    sensible.ok_or_else(|| "takes 0.01% to 100%, such as 1%".into())
}

/// The folder of the latest run: their names begin with the time.
fn latest(runs: &Path) -> Result<PathBuf, Failure> {
    let entries = std::fs::read_dir(runs).into_iter().flatten().flatten();
    let folders = entries.map(|entry| entry.path()).filter(|path| path.join(RECORD).is_file());
    folders.max().ok_or_else(|| {
        Failure::usage(format!("there is no run under {}", quoted_path(runs)))
            .help("give a record.jsonl, or the folder of a run")
    })
}

/// The rows of a case, by its name or a part that only one case has.
fn rows<'a>(cases: impl Iterator<Item = &'a str>, wanted: &str) -> Result<Vec<usize>, Failure> {
    let cases: Vec<&str> = cases.collect();
    let with = |fits: &dyn Fn(&str) -> bool| -> Vec<usize> {
        cases.iter().enumerate().filter(|(_, case)| fits(case)).map(|(index, _)| index).collect()
    };
    let exact = with(&|case| case == wanted);
    let found = if exact.is_empty() { with(&|case| case.contains(wanted)) } else { exact };
    let names: BTreeSet<&str> = found.iter().map(|index| cases[*index]).collect();
    match names.len() {
        0 => {
            let names: BTreeSet<&str> = cases.into_iter().collect();
            Err(Failure::nothing_matched(format!("no row matches `{}`", quoted(wanted))).there_are(wanted, names))
        }
        1 => Ok(found),
        _ => {
            let names = listed(names);
            Err(Failure::usage(format!("`{}` is part of several rows", quoted(wanted)))
                .help(format!("give one of: {names}")))
        }
    }
}

fn known<'a>(names: impl Iterator<Item = &'a str>, runtime: &str) -> Result<(), Failure> {
    let names: Vec<&str> = names.collect();
    if names.contains(&runtime) {
        return Ok(());
    }
    Err(Failure::nothing_matched(format!("no runtime `{}` in this row", quoted(runtime))).there_are(runtime, names))
}

#[cfg(test)]
mod tests {
    use super::precision;

    #[test]
    fn a_precision_is_a_percentage() {
        assert_eq!((precision("1%"), precision("0.5 %"), precision("2%")), (Ok(0.01), Ok(0.005), Ok(0.02)));
        for wrong in ["2", "0%", "-1%", "%", "NaN", "101%", "a lot"] {
            assert!(precision(wrong).is_err(), "{wrong}");
        }
    }
}
