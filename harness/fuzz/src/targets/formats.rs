//! Record, report, comparison, self-test: read, computed with, and shown in every view.

use crate::{Target, root};
use loopswap_conductor::cpus_of;
use loopswap_report::comparison::{Comparison, FailOn, judge, read_comparison};
use loopswap_report::record::{Record, read_bytes};
use loopswap_report::reports::{Options, of_reports};
use loopswap_report::view::comparison as view;
use loopswap_report::{
    Report, Style, analyse, counters, explain, explain_race, explanation, markdown, raced, raced_explanation,
    read_report, selftest, standing, table,
};
use serde_json::Value;
use std::path::PathBuf;

/// Most generations of a row, and most arms, in an input: more than a verdict needs.
const GENERATIONS: usize = 9;
const ARMS: usize = 3;
/// Most rows of a record that are explained: each computes all rows.
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

/// Races of two rows, and single rows of real records: of a closed loop, and of an open one where there is one.
fn records() -> Vec<Vec<u8>> {
    let read = |path: PathBuf| std::fs::read_to_string(path).ok();
    let cases = std::fs::read_dir(root().join("harness/report/tests/cases")).into_iter().flatten().flatten();
    let races = cases.filter_map(|case| read(case.path()));
    let rows = results("record.jsonl").into_iter().filter_map(read).flat_map(|text| single_rows(&text));
    races.chain(rows).map(String::into_bytes).collect()
}

fn single_rows(record: &str) -> Vec<String> {
    let Some(header) = record.lines().next().and_then(|line| serde_json::from_str::<Value>(line).ok()) else {
        return Vec::new();
    };
    let plan = &header["header"]["plan"];
    let rows = plan["rows"].as_array().map_or(&[][..], Vec::as_slice);
    let paced = rows.iter().position(|row| row["params"]["rate"].as_u64().is_some_and(|rate| rate > 0));
    let axis = plan["axes"][0]["points"].as_array().map_or(&[][..], Vec::as_slice);
    let axis: Vec<usize> = axis.iter().filter_map(|point| usize::try_from(point["row"].as_u64()?).ok()).collect();
    let single = [Some(0), paced].into_iter().flatten().map(|row| vec![row]);
    single.chain((!axis.is_empty()).then_some(axis)).map(|rows| shortened(record, header.clone(), &rows)).collect()
}

/// A record with some of its rows, and the first arms of each; rows of an axis stay together.
fn shortened(record: &str, mut header: Value, rows: &[usize]) -> String {
    let plan = &mut header["header"]["plan"];
    let mut kept: Vec<Value> = rows.iter().map(|row| plan["rows"][*row].take()).collect();
    for row in &mut kept {
        if let Some(arms) = row["arms"].as_array_mut() {
            arms.truncate(ARMS);
        }
    }
    plan["rows"] = Value::Array(kept);
    if let Some(axes) = plan.get_mut("axes").and_then(Value::as_array_mut) {
        axes.truncate(usize::from(rows.len() > 1));
    }
    if let Some(axis) = plan.get_mut("axes").and_then(|axes| axes.get_mut(0)) {
        let points = axis["points"].as_array_mut().map_or(&mut [][..], Vec::as_mut_slice);
        points.iter_mut().zip(0..rows.len()).for_each(|(point, row)| point["row"] = row.into());
    }
    plan["claims"] = Value::Array(Vec::new());
    let mut text = format!("{header}\n");
    let mut generations = vec![0; rows.len()];
    let mut open = None;
    for line in record.lines().skip(1).filter_map(|line| serde_json::from_str::<Value>(line).ok()) {
        text +=
            &kept_line(line, rows, &mut generations, &mut open).map_or_else(String::new, |line| format!("{line}\n"));
    }
    text
}

/// A line as it is in the shortened record, if it is there.
fn kept_line(mut line: Value, rows: &[usize], generations: &mut [usize], open: &mut Option<usize>) -> Option<Value> {
    let has_arm = |arm: &Value| arm.as_u64().is_none_or(|arm| arm < ARMS as u64);
    if let Some(slice) = line.as_array() {
        return (open.is_some() && has_arm(&slice[0])).then_some(line);
    }
    let (name, fields) = line.as_object_mut()?.iter_mut().next()?;
    let place = fields["row"].as_u64().and_then(|row| rows.iter().position(|kept| *kept as u64 == row));
    if fields.get("row").is_some() {
        fields["row"] = place?.into();
    }
    match name.as_str() {
        "generation" => {
            generations[place?] += 1;
            *open = place.filter(|place| generations[*place] <= GENERATIONS);
            fields["processes"].as_array_mut()?.retain(|process| has_arm(&process["arm"]));
        }
        "closed" => return open.take().map(|_| line),
        "calibrated" | "fault" => return has_arm(&fields["arm"]).then_some(line),
        "end" | "resumed" => return Some(line),
        "warm-up" if !has_arm(&fields[0]) => return None,
        // Whatever else is of one arm names it.
        _ if !fields["arm"].is_null() && !has_arm(&fields["arm"]) => return None,
        _ => {}
    }
    open.map(|_| line)
}

fn read_seeds() -> Vec<Record> {
    // One of the cases is refused.
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
        reads_back(&comparison);
    }
}

fn reads_back(comparison: &Comparison) {
    let written = serde_json::to_string(comparison).expect("plain data");
    read_comparison(&written).expect("what was written can be read again");
}

fn report(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let Ok(report) = read_report(text) else { return };
    views(&report);
    for across_hosts in [false, true] {
        if let Ok(comparison) = of_reports(&report, &report, &Options { across_hosts, ..Options::default() }) {
            judged(&comparison);
            reads_back(&comparison);
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
        // What the file says of itself may contain these letters.
        let figure = |word: &str| word.trim_start_matches(['+', '-', '(']).trim_end_matches(['%', ',', ')']).to_owned();
        let none = shown.split_whitespace().map(figure).find(|word| ["inf", "NaN"].contains(&word.as_str()));
        assert_eq!(none, None, "{shown}");
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

/// No line of ours steers a terminal or looks like another program's.
fn fit_to_show(text: &str) {
    let control = text.chars().find(|c| c.is_control() && *c != '\n');
    assert_eq!(control, None, "a control character gets into a view");
    assert!(!text.contains("\n{"), "a line begins like JSON");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_seeds_are_whole_and_have_an_axis_and_an_open_loop() {
        let records = read_seeds();
        assert!(
            records.iter().all(|record| record.damage.is_none()),
            "{:?}",
            records.iter().map(|r| &r.damage).collect::<Vec<_>>()
        );
        assert!(records.len() > results("record.jsonl").len(), "{}", records.len());
        assert!(records.iter().any(|record| record.header.plan.race.is_some()));
        let reports: Vec<Report> = records.iter().map(analyse).collect();
        assert!(reports.iter().any(|report| !report.axes.is_empty()));
        assert!(reports.iter().flat_map(|report| &report.rows).any(|row| row.rate_per_s.is_some()));
    }
}
