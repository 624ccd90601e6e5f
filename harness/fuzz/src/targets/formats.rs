//! Record, report, comparison, self-test: read, computed with, and shown in every view.

use crate::{Target, root};
use loopswap_conductor::cpus_of;
use loopswap_report::comparison::{Comparison, FailOn, Options, judge, of_reports, read_comparison, view};
use loopswap_report::record::{Record, read_bytes};
use loopswap_report::{
    Report, Style, analyse, counters, explain, explain_race, explanation, markdown, raced, raced_explanation,
    read_report, selftest, standing, table,
};
use std::path::PathBuf;

/// Lines of a long record that are enough.
const LINES: usize = 250;
/// Rows of a record that are explained: all are computed for each.
const EXPLAINED: usize = 2;

pub(super) const RECORD: Target = Target { name: "record", seeds: records, words: &WORDS, run: record };
pub(super) const REPORT: Target = Target { name: "report", seeds: reports, words: &WORDS, run: report };
pub(super) const COMPARISON: Target = Target { name: "comparison", seeds: comparisons, words: &WORDS, run: comparison };
pub(super) const SELFTEST: Target = Target { name: "selftest", seeds: selftests, words: &WORDS, run: selftest };

const WORDS: [&str; 20] = [
    "reference",
    "control",
    "contender",
    "base",
    "head",
    "measured",
    "failed",
    "regression",
    "equivalent",
    "inconclusive",
    "response-time",
    "cpu-per-operation",
    "not-trustworthy",
    "generation",
    "closed",
    "resumed",
    "rate",
    "split",
    "same-core",
    "free",
];

/// Files of real runs with this name.
fn results(name: &str) -> Vec<PathBuf> {
    let folders = std::fs::read_dir(root().join("results")).into_iter().flatten().flatten();
    let mut paths: Vec<PathBuf> =
        folders.map(|folder| folder.path().join(name)).filter(|path| path.is_file()).collect();
    paths.sort();
    paths
}

/// The front of real records, and of races.
fn records() -> Vec<Vec<u8>> {
    let cases = std::fs::read_dir(root().join("harness/report/tests/cases")).into_iter().flatten().flatten();
    let cases = cases.map(|case| case.path()).chain(results("record.jsonl"));
    let front = |path: PathBuf| {
        let bytes = std::fs::read(path).ok()?;
        Some(bytes.split_inclusive(|byte| *byte == b'\n').take(LINES).collect::<Vec<_>>().concat())
    };
    let mut fronts: Vec<Vec<u8>> = cases.filter_map(front).collect();
    // Short ones are tried more often in the same time.
    fronts.sort_by_key(Vec::len);
    fronts.truncate(6);
    fronts
}

fn read_seeds() -> Vec<Record> {
    records().iter().filter_map(|bytes| read_bytes(bytes).ok()).collect()
}

fn reports() -> Vec<Vec<u8>> {
    read_seeds().iter().filter_map(|record| serde_json::to_vec(&analyse(record)).ok()).collect()
}

fn comparisons() -> Vec<Vec<u8>> {
    let races = read_seeds();
    let races = races.iter().filter_map(raced);
    let pairs = read_seeds();
    let pairs = pairs.iter().filter_map(|record| {
        let report = analyse(record);
        of_reports(&report, &report, &Options::default()).ok()
    });
    races.chain(pairs).filter_map(|comparison| serde_json::to_vec(&comparison).ok()).collect()
}

fn selftests() -> Vec<Vec<u8>> {
    let files = std::fs::read_dir(root().join("results/selftest")).into_iter().flatten().flatten();
    files.filter_map(|file| std::fs::read(file.path()).ok()).collect()
}

fn record(bytes: &[u8]) {
    let Ok(record) = read_bytes(bytes) else { return };
    let report = analyse(&record);
    views(&report);
    let written = serde_json::to_string(&report).expect("plain data");
    read_report(&written).expect("what was written can be read again");
    let plan = &record.header.plan;
    for row in 0..plan.rows.len().min(EXPLAINED) {
        if let Some(facts) = explain(&record, row, None, None) {
            let _ = explanation(&facts);
        }
        if let Some(facts) = explain_race(&record, row, Some(0.01)) {
            let _ = raced_explanation(&facts);
        }
    }
    for (planned, measured) in record.rows() {
        if let Some(race) = &plan.race {
            let _ = standing(race, planned, measured);
        }
        for arm in 0..planned.arms.len() {
            let _ = cpus_of(planned, arm, |name| name.len().is_multiple_of(2), 7);
        }
    }
    if let Some(comparison) = raced(&record) {
        judged(&comparison);
        let written = serde_json::to_string(&comparison).expect("plain data");
        read_comparison(&written).expect("what was written can be read again");
    }
}

fn report(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let Ok(report) = read_report(text) else { return };
    views(&report);
    for across_hosts in [false, true] {
        if let Ok(comparison) = of_reports(&report, &report, &Options { across_hosts, ..Options::default() }) {
            judged(&comparison);
        }
    }
}

fn comparison(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Ok(comparison) = read_comparison(text) {
        judged(&comparison);
    }
}

fn selftest(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Ok(Some(found)) = selftest::read(text) {
        let shown = selftest::table(&found);
        assert!(!shown.contains("inf") && !shown.contains("NaN"), "{shown}");
    }
}

fn views(report: &Report) {
    for width in [40, 100] {
        fit_to_show(&table(report, Style { colour: false, width }));
    }
    fit_to_show(&markdown(report));
    fit_to_show(&counters(report, Style::default()));
}

fn judged(comparison: &Comparison) {
    fit_to_show(&view::table(comparison, Style::default()));
    fit_to_show(&view::markdown(comparison));
    let gate = judge(comparison, &FailOn::ALL.into_iter().collect(), Vec::new());
    fit_to_show(&view::summary(comparison, &gate));
    fit_to_show(&view::github(&gate));
    for row in comparison.rows.iter().take(EXPLAINED) {
        fit_to_show(&view::explanation(comparison, row));
    }
}

/// No line of ours steers a terminal, or looks like one of a program's.
fn fit_to_show(text: &str) {
    let control = text.chars().find(|c| c.is_control() && *c != '\n');
    assert_eq!(control, None, "a control character gets into a view");
    assert!(!text.contains("\n{"), "a line begins like JSON");
}
