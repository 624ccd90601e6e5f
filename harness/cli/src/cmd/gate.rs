//! `loopswap gate`: does a comparison pass?

use super::Done;
use crate::acknowledged::Acknowledged;
use crate::terms::Terms;
use crate::{console, files, usage};
use clap::ValueEnum;
use clap::builder::TypedValueParser;
use loopswap_conductor::{Exit, Failure};
use loopswap_protocol::{quoted, quoted_path};
use loopswap_report::Style;
use loopswap_report::comparison::{Comparison, FailOn, Gate, Outcome, accept, judge};
use loopswap_report::view::comparison as view;
use regex::Regex;
use std::collections::BTreeSet;
use std::path::PathBuf;

/// Arguments of `loopswap gate`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// A comparison.json, or the folder or record of a race; or BASE and HEAD, two reports to compare first
    #[arg(required = true, num_args = 1..=2, value_name = "COMPARISON|BASE HEAD")]
    files: Vec<PathBuf>,
    /// Which findings fail the gate
    #[arg(long, value_parser = fail_on(), value_delimiter = ',', default_value = "regression,error,claims", value_name = "WHAT,…")]
    fail_on: Vec<FailOn>,
    /// Only runtimes whose name matches
    #[arg(long, value_name = "REGEX", value_parser = usage::pattern)]
    runtime: Option<Regex>,
    /// Only workloads whose name matches
    #[arg(long, value_name = "REGEX", value_parser = usage::pattern)]
    workload: Option<Regex>,
    /// Only cases whose whole name matches
    #[arg(long, value_name = "REGEX", value_parser = usage::pattern)]
    case: Option<Regex>,
    /// File of accepted changes; by default loopswap-acknowledged.toml if it exists
    #[arg(long, value_name = "FILE")]
    acknowledged: Option<PathBuf>,
    /// Write a summary in Markdown to this file, fit for a comment on a pull request
    #[arg(long, value_name = "FILE")]
    summary: Option<PathBuf>,
    /// Annotations for a forge on standard output
    #[arg(long, value_enum)]
    annotations: Option<Forge>,
    /// Print no table
    #[arg(long, short)]
    quiet: bool,
    #[command(flatten)]
    terms: Terms,
}

/// What `--fail-on` takes, each word with its exit code.
fn fail_on() -> impl TypedValueParser<Value = FailOn> {
    let said = |on: FailOn| format!("{} (exit code {})", on.says(), exit(on.outcome()));
    super::one_of(FailOn::ALL.map(|on| (on, on.word(), said(on))))
}

/// `--annotations`.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Forge {
    /// Workflow commands of GitHub Actions
    Github,
}

pub(crate) fn run(args: &Args) -> Done {
    let fail_on: BTreeSet<FailOn> = args.fail_on.iter().copied().collect();
    let forge = args.annotations;
    // In any case, a program that reads standard error finds one line of JSON there. What cannot be written
    // there is lost, and changes nothing: the exit code is the verdict.
    let last = |gate: &Gate, done: Done| {
        let exit = done.as_ref().map_or_else(Failure::exit_code, |exit| *exit);
        let line = verdict(gate, exit);
        console::line(&if forge.is_some() { view::inert_json(&line) } else { line });
        done.map_err(|failure| plain_failure(forge, failure))
    };
    let (comparison, mut gate) = match judged(args, &fail_on) {
        Ok(found) => found,
        Err(failure) => return last(&Gate::without(failure.what.clone(), &fail_on), Err(failure)),
    };
    let shown = show(args, &comparison, &gate);
    for warning in &gate.warnings {
        console::line(&plain(forge, &format!("warning: {warning}")));
    }
    let summary = args.summary.as_ref().map(|path| files::write(path, &view::summary(&comparison, &gate)));
    let done = shown.and(summary.unwrap_or(Ok(()))).map(|()| exit(gate.outcome));
    if let Err(failure) = &done {
        gate.reason = format!("{}; the comparison itself: {}", failure.what, gate.reason);
    }
    last(&gate, done)
}

/// Text beside the annotations: no line of it is a command to the forge.
fn plain(forge: Option<Forge>, text: &str) -> String {
    match forge {
        Some(Forge::Github) => view::inert(text),
        None => text.to_owned(),
    }
}

fn plain_failure(forge: Option<Forge>, failure: Failure) -> Failure {
    let Failure { exit, what, help } = failure;
    Failure { exit, what: plain(forge, &what), help: help.iter().map(|line| plain(forge, line)).collect() }
}

/// Prints table, reason and annotations, as far as they are asked for.
fn show(args: &Args, comparison: &Comparison, gate: &Gate) -> Result<(), Failure> {
    if !args.quiet {
        console::print(&plain(args.annotations, &view::table(comparison, Style::default())))?;
        console::print(&plain(args.annotations, &format!("\ngate: {}\n", gate.reason)))?;
    }
    match args.annotations {
        Some(Forge::Github) => console::print(&view::github(gate)),
        None => Ok(()),
    }
}

fn judged(args: &Args, fail_on: &BTreeSet<FailOn>) -> Result<(Comparison, Gate), Failure> {
    // The accepted changes first: a mistake in them should not wait for a comparison.
    let acknowledged = Acknowledged::of_gate(args.acknowledged.as_deref())?;
    let mut comparison = match args.files.as_slice() {
        [base, head] => args.terms.compare(base, head)?,
        [one] if args.terms.are_given() => {
            let what = format!(
                "{}: --drift, --margin, --floor, --equivalence and --across-hosts need two reports",
                quoted_path(one)
            );
            return Err(Failure::usage(what)
                .help("a comparison already has its thresholds: compare again, or leave these options out"));
        }
        [one, ..] => files::comparison(one)?.ok_or_else(|| {
            Failure::usage(format!("{}: not a comparison", quoted_path(one)))
                .help("give a comparison.json (of `race`, or of `compare --json`), or two reports: BASE HEAD")
        })?,
        [] => return Err(Failure::usage("nothing to judge").help("give a comparison, or two reports")),
    };
    let warnings = acknowledged.map_or_else(Vec::new, |file| accept(&mut comparison, &file.entries));
    filter(args, &mut comparison)?;
    let gate = judge(&comparison, fail_on, warnings);
    Ok((comparison, gate))
}

/// Leaves only what passes the filters.
fn filter(args: &Args, comparison: &mut Comparison) -> Result<(), Failure> {
    let passes = |filter: &Option<Regex>, name: &str| filter.as_ref().is_none_or(|filter| filter.is_match(name));
    let given: Vec<&str> =
        [&args.runtime, &args.workload, &args.case].into_iter().flatten().map(Regex::as_str).collect();
    if given.is_empty() {
        return Ok(());
    }
    let before = std::mem::take(&mut comparison.rows);
    let names: BTreeSet<String> = before.iter().map(|row| format!("{} on {}", row.case, row.runtime)).collect();
    comparison.rows = before
        .into_iter()
        .filter(|row| passes(&args.runtime, &row.runtime) && passes(&args.case, &row.case))
        .filter(|row| passes(&args.workload, &row.workload))
        .collect();
    comparison.missing.retain(|missing| {
        // A case is named workload/name.
        let workload = missing.case.split('/').next().unwrap_or_default();
        passes(&args.runtime, &missing.runtime) && passes(&args.case, &missing.case) && passes(&args.workload, workload)
    });
    if comparison.rows.is_empty() && comparison.missing.is_empty() {
        let pattern = given.join("` and `");
        return Err(Failure::nothing_matched(format!("no row of the comparison matches `{}`", quoted(&pattern)))
            .there_are(&pattern, names.iter().map(String::as_str)));
    }
    Ok(())
}

fn exit(outcome: Outcome) -> u8 {
    match outcome {
        Outcome::Passed => 0,
        Outcome::TargetFailed => Exit::TargetFailed as u8,
        Outcome::Regression => Exit::Regression as u8,
        Outcome::NotComparable => Exit::NotComparable as u8,
        Outcome::Inconclusive => Exit::Inconclusive as u8,
    }
}

/// The verdict as one line of JSON.
fn verdict(gate: &Gate, exit: u8) -> String {
    #[derive(serde::Serialize)]
    struct Line<'a> {
        gate: &'static str,
        exit: u8,
        #[serde(flatten)]
        found: &'a Gate,
    }
    let line = Line { gate: if exit == 0 { "passed" } else { "failed" }, exit, found: gate };
    serde_json::to_string(&line).unwrap_or_else(|_| format!("{{\"gate\":\"failed\",\"exit\":{exit}}}"))
}
