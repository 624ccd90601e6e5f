//! The claims of a suite in words, the same in every view.

use crate::model::{ClaimReport, ClaimVerdict, Report};
use crate::words::clean;

/// How many claims had which outcome; `None` if the suite makes none.
pub(super) fn heading(report: &Report) -> Option<String> {
    let with = |verdict| report.claims.iter().filter(|claim| claim.verdict == verdict).count();
    let counts: Vec<String> =
        [ClaimVerdict::True, ClaimVerdict::False, ClaimVerdict::Undecided, ClaimVerdict::Unanswerable]
            .into_iter()
            .map(|verdict| (with(verdict), verdict))
            .filter(|(count, _)| *count > 0)
            .map(|(count, verdict)| format!("{count} {}", verdict.word()))
            .collect();
    (!counts.is_empty()).then(|| format!("claims: {}", counts.join(", ")))
}

/// The claims: those that do not hold first, those that hold last.
pub(super) fn sorted(report: &Report) -> Vec<&ClaimReport> {
    let mut claims: Vec<&ClaimReport> = report.claims.iter().collect();
    claims.sort_by_key(|claim| claim.verdict);
    claims
}

/// What is claimed, and what was found.
pub(super) fn sentence(claim: &ClaimReport) -> String {
    clean(&format!("{} – {}", claim.says, claim.sentence))
}
