//! Does a comparison pass? A pure function of the comparison and of what is to fail.

use super::{Comparison, CounterChange, Direction, FailOn, Missing, Outcome, RowComparison, Verdict};
use crate::record::EndReason;
use serde::Serialize;
use std::collections::BTreeSet;

/// One row that the gate points at.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Finding {
    /// Name of the case.
    pub case: String,
    /// Name of the runtime.
    pub runtime: String,
    /// HEAD ÷ BASE of the time of one operation, or of what else the row is judged by; `null` where there is
    /// none.
    pub ratio: Option<f64>,
    /// What is found, as a sentence.
    pub sentence: String,
}

/// A claim that does not hold on HEAD.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FalseClaim {
    /// The claim, in words.
    pub says: String,
    /// Why it does not hold, with its numbers.
    pub sentence: String,
}

/// What a gate found. Where a list is of what fails, what a person has accepted is not in it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Gate {
    /// How it ends.
    #[serde(skip)]
    pub outcome: Outcome,
    /// Why, as a sentence.
    pub reason: String,
    /// What was to fail.
    pub fail_on: BTreeSet<FailOn>,
    /// Rows that were judged.
    pub rows: usize,
    /// Slower, and not acknowledged.
    pub regressions: Vec<Finding>,
    /// Failed.
    pub errors: Vec<Finding>,
    /// Not trustworthy.
    pub untrusted: Vec<Finding>,
    /// Inconclusive.
    pub inconclusive: Vec<Finding>,
    /// Faster.
    pub improvements: Vec<Finding>,
    /// Rows whose counts per operation differ, not acknowledged.
    pub counters: Vec<Finding>,
    /// Claims that do not hold on HEAD.
    pub claims: Vec<FalseClaim>,
    /// Changes of time or counters that a person has accepted.
    pub acknowledged: Vec<Finding>,
    /// How many rows are equivalent.
    pub equivalent: usize,
    /// How many rows have nothing to compare on either side.
    pub not_measured: usize,
    /// Rows that one side lacks.
    pub missing: Vec<Missing>,
    /// Rows whose time is undecided while their CPU time per operation has changed: they never fail.
    pub notes: Vec<Finding>,
    /// What else to know: entries of the file of accepted changes that have no effect.
    pub warnings: Vec<String>,
}

impl Gate {
    /// A gate that found nothing, because there was nothing to look at.
    #[must_use]
    pub fn without(reason: String, fail_on: &BTreeSet<FailOn>) -> Gate {
        Gate {
            outcome: Outcome::NotComparable,
            reason,
            fail_on: fail_on.clone(),
            rows: 0,
            regressions: Vec::new(),
            errors: Vec::new(),
            untrusted: Vec::new(),
            inconclusive: Vec::new(),
            improvements: Vec::new(),
            counters: Vec::new(),
            claims: Vec::new(),
            acknowledged: Vec::new(),
            equivalent: 0,
            not_measured: 0,
            missing: Vec::new(),
            notes: Vec::new(),
            warnings: Vec::new(),
        }
    }
}

/// Judges a comparison. `warnings` are passed on.
#[must_use]
pub fn judge(comparison: &Comparison, fail_on: &BTreeSet<FailOn>, warnings: Vec<String>) -> Gate {
    let rows = || comparison.rows.iter();
    let of = |verdict: Verdict| move |row: &&RowComparison| row.verdict == verdict;
    let findings = |verdict: Verdict| rows().filter(of(verdict)).map(finding).collect::<Vec<_>>();
    let slower = |row: &&RowComparison| of(Verdict::Regression)(row) && !row.is_acknowledged(Direction::Slower);
    let counters =
        |row: &&RowComparison| row.changed_counters().next().is_some() && !row.is_acknowledged(Direction::Counters);
    let mut gate = Gate {
        outcome: Outcome::Passed,
        reason: String::new(),
        fail_on: fail_on.clone(),
        rows: comparison.rows.len(),
        regressions: rows().filter(slower).map(finding).collect(),
        errors: findings(Verdict::Error),
        untrusted: findings(Verdict::NotTrustworthy),
        inconclusive: findings(Verdict::Inconclusive),
        improvements: findings(Verdict::Improvement),
        counters: rows().filter(counters).map(counted).collect(),
        claims: comparison
            .false_claims()
            .map(|claim| FalseClaim { says: claim.says.clone(), sentence: claim.sentence.clone() })
            .collect(),
        acknowledged: rows().filter_map(accepted).collect(),
        equivalent: comparison.with(Verdict::Equivalent).count(),
        not_measured: comparison.with(Verdict::NotMeasured).count(),
        missing: comparison.missing.clone(),
        notes: rows().filter_map(note).collect(),
        warnings,
    };
    (gate.outcome, gate.reason) = outcome(&gate, comparison.complete);
    gate
}

/// The first that applies decides, and all that apply are reported. A failed target comes first: figures of a
/// program that gives wrong results say nothing about its speed, so it must be repaired before any regression
/// is looked at. A regression is a finding and comes before anything undecided.
fn outcome(gate: &Gate, complete: EndReason) -> (Outcome, String) {
    let mut found: Vec<(Outcome, String)> = Vec::new();
    let mut fails = |on: FailOn, applies: bool, why: &dyn Fn() -> String| {
        if applies && gate.fail_on.contains(&on) {
            found.push((on.outcome(), why()));
        }
    };
    let Gate { errors, regressions, counters, claims, untrusted, inconclusive, missing, .. } = gate;
    fails(FailOn::Error, !errors.is_empty(), &|| format!("{} failed", rows(errors)));
    let broken = complete == EndReason::Failed;
    fails(FailOn::Error, broken, &|| "the run ended by a failure".into());
    let slower = !regressions.is_empty();
    fails(FailOn::Regression, slower, &|| format!("{} slower", are(regressions)));
    let more = !counters.is_empty();
    fails(FailOn::Counters, more, &|| format!("counts differ in {}", rows(counters)));
    fails(FailOn::Claims, !claims.is_empty(), &|| match claims.as_slice() {
        [one] => format!("a claim does not hold: {}", one.says),
        many => format!("{} claims do not hold", many.len()),
    });
    fails(FailOn::Missing, !missing.is_empty(), &|| match missing.len() {
        1 => "1 row is missing on one side".into(),
        count => format!("{count} rows are missing on one side"),
    });
    let doubt = !untrusted.is_empty();
    fails(FailOn::Untrusted, doubt, &|| format!("{} not trustworthy", are(untrusted)));
    let open = !inconclusive.is_empty();
    fails(FailOn::Inconclusive, open, &|| format!("{} inconclusive", are(inconclusive)));
    let short = matches!(complete, EndReason::Interrupted | EndReason::Unknown);
    fails(FailOn::Inconclusive, short, &|| "the run was cut short".into());
    // In any case, a gate that looked at nothing has not passed.
    if gate.rows == gate.not_measured {
        found.push((Outcome::NotComparable, "there is no row that both sides have measured".into()));
    }
    match found.first() {
        Some((outcome, _)) => {
            let all: Vec<&str> = found.iter().map(|(_, why)| why.as_str()).collect();
            (*outcome, all.join("; "))
        }
        None => (Outcome::Passed, format!("nothing that was to fail was found; {}", counts(gate))),
    }
}

fn counts(gate: &Gate) -> String {
    let said: Vec<String> = [
        (gate.regressions.len(), "slower"),
        (gate.errors.len(), "failed"),
        (gate.acknowledged.len(), "acknowledged"),
        (gate.improvements.len(), "faster"),
        (gate.equivalent, "equivalent"),
        (gate.inconclusive.len(), "inconclusive"),
        (gate.untrusted.len(), "not trustworthy"),
        (gate.not_measured, "not measured"),
        (gate.missing.len(), "missing on one side"),
        (gate.claims.len(), "claims that do not hold"),
    ]
    .iter()
    .filter(|(count, _)| *count > 0)
    .map(|(count, what)| format!("{count} {what}"))
    .collect();
    said.join(", ")
}

fn rows(findings: &[Finding]) -> String {
    match findings {
        [one] => format!("{} on {}", one.case, one.runtime),
        [first, rest @ ..] => format!("{} on {} and {} more", first.case, first.runtime, rest.len()),
        [] => "no row".into(),
    }
}

fn are(findings: &[Finding]) -> String {
    format!("{} {}", rows(findings), if findings.len() == 1 { "is" } else { "are" })
}

fn finding(row: &RowComparison) -> Finding {
    Finding {
        case: row.case.clone(),
        runtime: row.runtime.clone(),
        ratio: row.judged().map(|ratio| ratio.value),
        sentence: row.sentence.clone(),
    }
}

fn note(row: &RowComparison) -> Option<Finding> {
    let witness = row.cpu_witness.as_ref()?;
    Some(Finding { ratio: row.cpu_ratio.map(|ratio| ratio.value), sentence: witness.sentence.clone(), ..finding(row) })
}

fn counted(row: &RowComparison) -> Finding {
    let changes: Vec<String> = row.changed_counters().map(CounterChange::said).collect();
    Finding { sentence: changes.join(", "), ..finding(row) }
}

fn accepted(row: &RowComparison) -> Option<Finding> {
    let accepted = row.acknowledged.as_ref().filter(|accepted| !accepted.directions.is_empty())?;
    let what: Vec<&str> = accepted.directions.iter().map(|direction| direction.word()).collect();
    let sentence = format!("{} until {}: {}", what.join(" and "), accepted.until, accepted.why);
    Some(Finding { sentence, ..finding(row) })
}
