//! What the runners do for one operation: a small table for each row, next to the one of times.

use super::table::Style;
use super::{row_words, runtimes};
use crate::model::{ArmReport, CounterReport, Report, RowReport};
use crate::words::{clean, cut, left, plain, right, supported, width, wrap};
use loopswap_protocol::TRACEPOINT;
use std::collections::{BTreeMap, BTreeSet};

/// Counters that have their own column, and its name. Others follow under their names.
const KNOWN: [(&str, &str); 5] = [
    ("syscalls", "syscalls"),
    ("allocations", "allocations"),
    ("allocated_bytes", "bytes"),
    ("polls", "polls"),
    ("wakeups", "wake-ups"),
];
/// What the figures mean.
pub(super) const LEGEND: &str = "per operation, from slices that only count, with the digits on which these slices \
    agree; system calls are counted by the kernel's tracepoint where nothing else is said, bytes are those that \
    allocations ask for, switches are of slices that also record latencies";
/// Spaces before a line, and between two columns.
const GAP: usize = 2;

/// The table of one row; cell `i` of a line belongs to head `i`.
pub(super) struct Counts {
    /// What the columns are called; the first, of the names, has no head.
    pub(super) heads: Vec<String>,
    /// A line for each arm with a result: its name, then its figures.
    pub(super) lines: Vec<Vec<String>>,
    /// What is counted in an unusual way, and for which arms; what is missing, for which arms, and why.
    pub(super) remarks: Vec<String>,
}

/// The counters of a row; `None` if no runner was asked for any.
pub(super) fn counts(report: &Report, row: &RowReport) -> Option<Counts> {
    let arms: Vec<&ArmReport> = row_words::lines(row).into_iter().filter(|arm| arm.is_measured()).collect();
    if arms.iter().all(|arm| arm.counters_per_op.is_empty() && arm.counters_unavailable.is_empty()) {
        return None;
    }
    let found: BTreeSet<&str> = arms.iter().flat_map(|arm| arm.counters_per_op.keys().map(String::as_str)).collect();
    let known = KNOWN.iter().filter(|(name, _)| found.contains(name)).copied();
    let others = found.iter().filter(|name| KNOWN.iter().all(|(known, _)| known != *name)).map(|name| (*name, *name));
    let columns: Vec<(&str, &str)> = known.chain(others).collect();
    let mut heads = vec![String::new()];
    heads.extend(columns.iter().map(|(_, head)| clean(head)));
    heads.push("switches".into());
    let line = |arm: &&ArmReport| {
        let mut cells = vec![runtimes::name(report, arm)];
        cells.extend(columns.iter().map(|(name, _)| cell(arm.counters_per_op.get(*name))));
        let switches = arm.switches_per_op.map(|switches| switches.voluntary + switches.involuntary);
        cells.push(switches.map_or_else(|| "–".to_owned(), plain));
        cells
    };
    Some(Counts { heads, lines: arms.iter().map(line).collect(), remarks: [ways(&arms), missing(&arms)].concat() })
}

fn cell(counter: Option<&CounterReport>) -> String {
    match counter {
        None => "–".into(),
        // An exact figure is shown as a whole number: 2, not 2.000.
        Some(CounterReport { value, scatter, .. }) if *scatter == 0.0 && value.fract() == 0.0 && *value < 1e4 => {
            format!("{value:.0}")
        }
        Some(CounterReport { value, scatter, .. }) => supported(*value, scatter.max(value * 1e-3)),
    }
}

/// One sentence for each counter and way of counting it other than the usual one.
fn ways(arms: &[&ArmReport]) -> Vec<String> {
    let mut by_way: BTreeMap<(&str, &str), Vec<&str>> = BTreeMap::new();
    for arm in arms {
        for (counter, report) in &arm.counters_per_op {
            if let Some(method) = report.method.as_deref().filter(|method| *method != TRACEPOINT) {
                let runtimes = by_way.entry((counter, method)).or_default();
                if !runtimes.contains(&arm.runtime.as_str()) {
                    runtimes.push(&arm.runtime);
                }
            }
        }
    }
    let sentence = |((counter, method), runtimes): ((&str, &str), Vec<&str>)| {
        let runtimes = runtimes.join(", ");
        clean(&format!("counted by {method}: {counter} of {runtimes}; not to be compared with another way's"))
    };
    by_way.into_iter().map(sentence).collect()
}

/// One sentence for each counter and reason, with all arms that it concerns.
fn missing(arms: &[&ArmReport]) -> Vec<String> {
    let mut by_reason: BTreeMap<&str, (BTreeSet<&str>, Vec<&str>)> = BTreeMap::new();
    for arm in arms {
        for (counter, why) in &arm.counters_unavailable {
            let (counters, runtimes) = by_reason.entry(why).or_default();
            counters.insert(counter);
            if !runtimes.contains(&arm.runtime.as_str()) {
                runtimes.push(&arm.runtime);
            }
        }
    }
    let sentence = |(why, (counters, runtimes)): (&str, (BTreeSet<&str>, Vec<&str>))| {
        let counters: Vec<&str> = counters.into_iter().collect();
        clean(&format!("not counted: {} of {}: {why}", counters.join(", "), runtimes.join(", ")))
    };
    by_reason.into_iter().map(sentence).collect()
}

/// The counters of every row as lines of text, none wider than the style allows; colours are not used.
#[must_use]
pub fn counters(report: &Report, style: Style) -> String {
    let mut lines: Vec<String> = Vec::new();
    for row in &report.rows {
        let Some(Counts { heads, lines: cells, remarks }) = counts(report, row) else { continue };
        lines.push(String::new());
        lines.extend(wrap(&format!("{} · per {}", clean(&row.case), clean(&row.operation)), style.width, "", GAP));
        let widths: Vec<usize> = (0..heads.len())
            .map(|column| cells.iter().chain([&heads]).map(|line| width(&line[column])).max().unwrap_or(0))
            .collect();
        for line in [&heads].into_iter().chain(&cells) {
            let mut text = format!("{}{}", " ".repeat(GAP), left(&line[0], widths[0]));
            for (cell, width) in line.iter().zip(&widths).skip(1) {
                text += &format!("{}{}", " ".repeat(GAP), right(cell, *width));
            }
            lines.push(cut(text.trim_end(), style.width));
        }
        for sentence in remarks {
            lines.extend(wrap(&sentence, style.width, &" ".repeat(GAP), 2 * GAP));
        }
    }
    if lines.is_empty() {
        lines.push(
            "no counters: the record has no slices that count system calls, allocations, polls or wake-ups".into(),
        );
    } else {
        lines.push(String::new());
        lines.extend(wrap(LEGEND, style.width, "", GAP));
    }
    lines.join("\n") + "\n"
}
