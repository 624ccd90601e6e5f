//! What a gate found, as a comment on a pull request: the verdict first, all else folded away.

use super::markdown::{items, rows};
use super::{header, words};
use crate::comparison::{Comparison, Finding, Gate, Outcome, RowComparison, Verdict};
use crate::view::markdown::escape::escape;
use std::fmt::Write as _;

/// The summary as Markdown.
#[must_use]
pub fn summary(comparison: &Comparison, gate: &Gate) -> String {
    let word = match gate.outcome {
        Outcome::Passed => "passed",
        Outcome::TargetFailed | Outcome::Regression | Outcome::NotComparable | Outcome::Inconclusive => "failed",
    };
    let mut page = format!("### loopswap gate {word}: {}\n\n", escape(&gate.reason));
    let mut lines = vec![header::control(comparison)];
    lines.extend(header::incomplete(comparison).map(str::to_owned));
    lines.push(header::verdicts(comparison));
    items(&mut page, &lines);
    items(&mut page, &comparison.false_claims().map(words::claim).collect::<Vec<_>>());
    let flagged = flagged(comparison, gate);
    if !flagged.is_empty() {
        page.push('\n');
        rows(&mut page, &flagged);
    }
    if !gate.acknowledged.is_empty() {
        page.push_str("\nAcknowledged:\n\n");
        items(&mut page, &gate.acknowledged.iter().map(found).collect::<Vec<_>>());
    }
    if !gate.notes.is_empty() {
        page.push_str("\nNotes, which fail nothing:\n\n");
        items(&mut page, &gate.notes.iter().map(found).collect::<Vec<_>>());
    }
    if !gate.warnings.is_empty() {
        page.push_str("\nTo tidy up:\n\n");
        items(&mut page, &gate.warnings);
    }
    let count = comparison.rows.len();
    fold(&mut page, &format!("All rows ({count})"), |page| rows(page, &comparison.rows.iter().collect::<Vec<_>>()));
    if !comparison.missing.is_empty() {
        let title = format!("Missing on one side ({})", comparison.missing.len());
        fold(&mut page, &title, |page| {
            items(page, &comparison.missing.iter().map(words::missing).collect::<Vec<_>>());
        });
    }
    fold(&mut page, "Rules", |page| {
        items(page, &[words::LEGEND.to_owned()]);
        items(page, &header::rules(comparison));
    });
    fold(&mut page, "Environment", |page| {
        let lines = [
            header::title(comparison),
            header::machine(comparison),
            header::side("BASE", &comparison.base),
            header::side("HEAD", &comparison.head),
            format!("compared {}", comparison.created),
        ];
        items(page, &lines);
    });
    if !comparison.caveats.is_empty() {
        fold(&mut page, "Caveats", |page| items(page, &comparison.caveats));
    }
    page
}

/// What changed, and what the gate was told to fail on.
fn flagged<'a>(comparison: &'a Comparison, gate: &Gate) -> Vec<&'a RowComparison> {
    use crate::comparison::FailOn;
    let mut rows = words::flagged(comparison);
    for (on, verdict) in [(FailOn::Untrusted, Verdict::NotTrustworthy), (FailOn::Inconclusive, Verdict::Inconclusive)] {
        if gate.fail_on.contains(&on) {
            rows.extend(comparison.with(verdict).filter(|row| !words::is_flagged(row)));
        }
    }
    rows
}

fn found(finding: &Finding) -> String {
    format!("{} on {}: {}", finding.case, finding.runtime, finding.sentence)
}

/// A part that unfolds at a click.
fn fold(page: &mut String, title: &str, body: impl FnOnce(&mut String)) {
    let _ = write!(page, "\n<details>\n<summary>{}</summary>\n\n", escape(title));
    body(page);
    page.push_str("\n</details>\n");
}
