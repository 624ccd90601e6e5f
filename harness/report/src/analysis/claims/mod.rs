//! Whether the claims of a suite hold: from the record, not from rounded figures.

mod count;
mod finding;
mod metric;
mod ratio;
mod sentence;
mod side;

use self::finding::Finding;
use super::row::Draft;
use crate::claim::{Check, Figure, parse};
use crate::figures::bounded;
use crate::model::{ClaimReport, ClaimVerdict};
use crate::record::{Claim, Record};
use loopswap_protocol::quoted;

/// Every claim of the plan, judged. `rows` are those of the plan, their arms in its order.
pub(super) fn claims(record: &Record, rows: &[Draft]) -> Vec<ClaimReport> {
    record.header.plan.claims.iter().map(|claim| judged(claim, record, rows)).collect()
}

fn judged(claim: &Claim, record: &Record, rows: &[Draft]) -> ClaimReport {
    let check = match parse(&claim.check) {
        Ok((check, _)) => check,
        Err(error) => return unreadable(claim, &error.what),
    };
    let found = match &check.figure {
        Figure::Ratio { over, above, below } => ratio::ratio(*over, above, below, record, rows),
        Figure::Of { metric, arm } => metric::metric(*metric, arm, record, rows),
        Figure::Runtimes { count, case } => count::count(*count, case, record, rows),
    };
    let found = found.unwrap_or_else(Finding::none);
    let verdict = verdict(&check, &found);
    let sentence = sentence::sentence(&check, &found);
    let Finding { value, at_least, at_most, reason, .. } = found;
    ClaimReport {
        says: claim.says.clone(),
        check: claim.check.clone(),
        verdict,
        quantity: Some(check.figure.quantity()),
        value,
        at_least: at_least.map(bounded),
        at_most: at_most.map(bounded),
        bound: Some(check.bound.value()),
        reason,
        sentence,
    }
}

/// True if the whole interval satisfies the check, false if none of it does. Every comparison is monotone, so
/// it is enough to check the two ends.
fn verdict(check: &Check, found: &Finding) -> ClaimVerdict {
    let Some((lowest, highest)) = found.range() else { return ClaimVerdict::Unanswerable };
    let holds = |figure| check.comparison.holds(figure, check.bound.value());
    match (holds(lowest), holds(highest)) {
        _ if found.doubtful => ClaimVerdict::Undecided,
        (true, true) => ClaimVerdict::True,
        (false, false) => ClaimVerdict::False,
        _ => ClaimVerdict::Undecided,
    }
}

fn unreadable(claim: &Claim, what: &str) -> ClaimReport {
    ClaimReport {
        says: claim.says.clone(),
        check: claim.check.clone(),
        verdict: ClaimVerdict::Unanswerable,
        quantity: None,
        value: None,
        at_least: None,
        at_most: None,
        bound: None,
        reason: Some(what.to_owned()),
        sentence: format!("{} cannot be read by this loopswap: {what}", quoted(&claim.check)),
    }
}
