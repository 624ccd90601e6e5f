//! A comparison as a GitHub Markdown page.

use super::{header, words};
use crate::comparison::{Comparison, RowComparison};
use crate::judge::Estimate;
use crate::view::markdown::escape::escape;
use crate::words::time;
use std::fmt::Write as _;

/// The comparison as a page: trust first, then what changed, then every row, then the rules.
#[must_use]
pub fn markdown(comparison: &Comparison) -> String {
    let mut page = format!("# {}\n\n", escape(&header::title(comparison)));
    items(&mut page, &above(comparison));
    let flagged = words::flagged(comparison);
    if !flagged.is_empty() {
        page.push_str("\n## What changed\n\n");
        rows(&mut page, &flagged);
    }
    page.push_str("\n## All rows\n\n");
    rows(&mut page, &comparison.rows.iter().collect::<Vec<_>>());
    missing(&mut page, comparison);
    let claims: Vec<String> = comparison.false_claims().map(words::claim).collect();
    if !claims.is_empty() {
        page.push_str("\n## Claims\n\n");
        items(&mut page, &claims);
    }
    page.push_str("\n## Rules\n\n");
    items(&mut page, &header::rules(comparison));
    caveats(&mut page, comparison);
    page
}

/// The head: machine, sides, control, verdicts.
fn above(comparison: &Comparison) -> Vec<String> {
    let mut lines = vec![
        header::machine(comparison),
        header::side("BASE", &comparison.base),
        header::side("HEAD", &comparison.head),
        header::control(comparison),
    ];
    lines.extend(header::incomplete(comparison).map(str::to_owned));
    lines.push(header::verdicts(comparison));
    lines
}

/// A list of sentences.
pub(super) fn items(page: &mut String, sentences: &[String]) {
    for sentence in sentences {
        let _ = writeln!(page, "- {}", escape(sentence));
    }
}

/// A table of rows.
pub(super) fn rows(page: &mut String, rows: &[&RowComparison]) {
    page.push_str("| case | runtime | BASE | HEAD | HEAD ÷ BASE | | sees | why |\n|:--|:--|--:|--:|--:|:-:|--:|:--|\n");
    for row in rows {
        let [base, head] = row.sides();
        let shown = |figure: Option<&Estimate>| figure.map_or_else(|| "–".into(), |figure| time(figure.value));
        let why: Vec<String> = std::iter::once(row.sentence.clone()).chain(words::remarks(row)).collect();
        let cells = [
            row.case.clone(),
            row.runtime.clone(),
            shown(base),
            shown(head),
            words::ratio(row.judged()),
            words::sign(row.verdict).to_string().trim().to_owned(),
            words::sees(row),
            why.join("; "),
        ];
        let _ = writeln!(page, "| {} |", cells.map(|cell| escape(&cell)).join(" | "));
    }
}

/// What one side lacks, under its own heading.
fn missing(page: &mut String, comparison: &Comparison) {
    if !comparison.missing.is_empty() {
        page.push_str("\n## Missing on one side\n\n");
        items(page, &comparison.missing.iter().map(words::missing).collect::<Vec<_>>());
    }
}

fn caveats(page: &mut String, comparison: &Comparison) {
    if !comparison.caveats.is_empty() {
        page.push_str("\n## Caveats\n\n");
        items(page, &comparison.caveats);
    }
}
