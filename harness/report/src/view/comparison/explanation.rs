//! Why a row of a comparison has its verdict, as far as the comparison itself tells: it does not store single
//! generations.

use super::{header, words};
use crate::comparison::{Comparison, Kind, RowComparison, Verdict};
use crate::judge::reports::{self, Question};
use crate::judge::{ControlStatus, Estimate, Figure};
use crate::view::explain::{Page, change, yes};
use crate::words::{counted, percent, time};

/// The explanation of one row of a comparison as lines of text.
#[must_use]
pub fn explanation(comparison: &Comparison, row: &RowComparison) -> String {
    let mut page = Page::default();
    page.line(0, &format!("{} on {} · {}", row.case, row.runtime, row.operation));
    let (kind, more) = match comparison.kind {
        Kind::Compare => {
            ("compare", "its runs' records have the single generations: `loopswap explain` tells of either")
        }
        Kind::Race => ("race", "the race's record has the single generations: give its folder to see them"),
    };
    page.line(2, &format!("{kind} of suite {} · {}", comparison.suite, comparison.created));
    page.line(2, &header::side("BASE", &comparison.base));
    page.line(2, &header::side("HEAD", &comparison.head));
    page.part("what was measured");
    page.line(2, &figures("time", "BASE", row.base_ns.as_ref()));
    page.line(2, &figures("time", "HEAD", row.head_ns.as_ref()));
    if row.is_open_loop() {
        page.line(2, &figures("99th percentile of the response time", "BASE", row.base_p99_ns.as_ref()));
        page.line(2, &figures("99th percentile of the response time", "HEAD", row.head_p99_ns.as_ref()));
    }
    page.line(2, &format!("{} at least on each side; {more}", counted(row.generations, "generation")));
    page.part("control");
    page.line(2, &row.control.sentence);
    let rules = header::rules(comparison);
    page.part("HEAD against BASE");
    match &row.ratio {
        Some(ratio) => page.line(2, &ratio_of("time of one operation", ratio)),
        None => page.line(2, "there is no ratio of times"),
    }
    if let Some(ratio) = &row.cpu_ratio {
        page.line(2, &ratio_of("CPU time of the runner per operation", ratio));
    }
    if let Some(ratio) = &row.response_ratio {
        page.line(2, &ratio_of("99th percentile of the response time", ratio));
    }
    match row.judged_by {
        Figure::Cpu => {
            page.line(2, "judged by the CPU time, since the peer limits the time on one side at least");
        }
        Figure::Response => page.line(2, "judged by the response time, since the rate fixes the time"),
        Figure::Time if row.is_open_loop() => {
            page.line(2, "judged by the time of one operation, since the rate was not reached");
        }
        Figure::Time => {}
    }
    for sentence in if comparison.kind == Kind::Compare { conditions(comparison, row) } else { looked(row) } {
        page.line(2, &sentence);
    }
    page.part(&format!("verdict: {} ({})", words::word(row.verdict), words::sign(row.verdict).to_string().trim()));
    page.line(2, &row.sentence);
    for remark in words::remarks(row) {
        page.line(2, &remark);
    }
    if let Some(visible) = row.smallest_visible {
        page.line(2, &format!("a change of {} would have been seen four times out of five", percent(visible)));
    }
    page.part("by what rules, and what to beware of");
    for sentence in rules.iter().chain(&comparison.caveats).chain(&row.errors) {
        page.line(2, sentence);
    }
    page.text
}

fn figures(what: &str, side: &str, found: Option<&Estimate>) -> String {
    match found {
        Some(found) => format!(
            "{what} of one operation of {side} {} ({} to {}, {:.1} % interval over {})",
            time(found.value),
            time(found.lower),
            time(found.upper),
            found.level * 100.0,
            counted(found.n, "generation")
        ),
        None => format!("{side} has no {what}"),
    }
}

fn ratio_of(what: &str, ratio: &Estimate) -> String {
    format!(
        "{what}: HEAD ÷ BASE is {:.3}, {}; {:.1} % interval {} to {}",
        ratio.value,
        change(ratio.value.ln()),
        ratio.level * 100.0,
        change(ratio.lower.ln()),
        change(ratio.upper.ln())
    )
}

/// What was asked of a row of two reports, if its verdict depends on its difference.
fn question(comparison: &Comparison, row: &RowComparison) -> Option<Question> {
    let judged =
        matches!(row.verdict, Verdict::Regression | Verdict::Improvement | Verdict::Equivalent | Verdict::Inconclusive);
    let question = Question::again(row.judged()?, row.threshold, row.generations, &comparison.rules)?;
    Some(Question { p: row.p?, ..question }).filter(|_| judged)
}

/// The rule for two reports, condition by condition.
fn conditions(comparison: &Comparison, row: &RowComparison) -> Vec<String> {
    let rules = &comparison.rules;
    let Some(asked) = question(comparison, row) else { return Vec::new() };
    let family: Vec<(bool, Question)> = comparison
        .rows
        .iter()
        .filter_map(|other| Some((std::ptr::eq(other, row), question(comparison, other)?)))
        .collect();
    let questions: Vec<Question> = family.iter().map(|(_, question)| *question).collect();
    let answers = reports::judge(&questions, rules);
    let Some((_, answer)) = family.iter().zip(answers).find(|((is_row, _), _)| *is_row) else { return Vec::new() };
    let control = match row.control.status {
        ControlStatus::Fine => {
            row.control.spread.map_or(String::new(), |spread| format!(" (here {})", percent(spread)))
        }
        ControlStatus::NotTrustworthy | ControlStatus::TooFew => String::new(),
    };
    vec![
        format!(
            "threshold {}: the largest of the margin of {}, the floor, {} for the drift, and what the controls show{control}",
            percent(row.threshold),
            percent(rules.margin),
            percent(rules.drift)
        ),
        format!(
            "equivalent, if the interval, widened by the drift, lies within {} ({})",
            percent(rules.equivalence),
            yes(asked.is_equivalent(rules))
        ),
        format!(
            "else changed, if p {} that it is no more than the drift, adjusted over the {} {}, is at most {} ({}), and \
             the centre is beyond the threshold ({})",
            words::p(asked.p),
            counted(family.len(), "row"),
            words::p(answer.p_adjusted),
            percent(rules.false_discovery_rate),
            yes(answer.p_adjusted <= rules.false_discovery_rate),
            yes(asked.is_beyond())
        ),
    ]
}

/// The last look of a race, as far as its comparison tells.
fn looked(row: &RowComparison) -> Vec<String> {
    let Some(p) = row.p else { return Vec::new() };
    let so = if row.suspect { "suspect" } else { "not suspect" };
    vec![format!("the look that ended the row: p {}, threshold {}: {so}", words::p(p), percent(row.threshold))]
}
