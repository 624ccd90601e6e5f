//! The verdicts: they take all rows together, since the p-values of all are one family.

use super::row::Draft;
use super::sentence::counted;
use super::{ALPHA, SAME_MAX};
use crate::model::{ControlStatus, Verdict};
use crate::record::Role;
use loopswap_statistics::{self as statistics, benjamini_hochberg};

/// Adjusts the p-values over all contenders of all rows, gives the verdicts, and states the family.
pub(super) fn judge(rows: &mut [Draft]) -> String {
    let places: Vec<(usize, usize, f64)> = rows
        .iter()
        .enumerate()
        .flat_map(|(row, draft)| {
            let arms = draft.report.arms.iter().zip(&draft.comparisons).enumerate();
            arms.filter(|(_, (arm, _))| arm.role == Role::Contender)
                .filter_map(move |(arm, (_, comparison))| Some((row, arm, comparison.as_ref()?.p)))
        })
        .collect();
    let p_values: Vec<f64> = places.iter().map(|(_, _, p)| *p).collect();
    for ((row, arm, _), p_adjusted) in places.iter().zip(benjamini_hochberg(&p_values)) {
        let draft = &mut rows[*row];
        let report = &mut draft.report;
        // Without a control that came out fine nothing is claimed.
        let trusted = report.control.status == ControlStatus::Fine;
        let margin = report.margin.ln_1p();
        if let (Some(comparison), Some(arm)) = (&draft.comparisons[*arm], report.arms.get_mut(*arm)) {
            arm.p_adjusted = Some(p_adjusted);
            arm.verdict = if trusted { verdict(&comparison.estimate, p_adjusted, margin) } else { Verdict::None };
        }
    }
    format!(
        "p-values are adjusted over the {} of this report, every contender of every row with its reference \
         (Benjamini and Hochberg, {} % false discoveries)",
        counted(p_values.len(), "comparison"),
        ALPHA * 100.0
    )
}

fn verdict(estimate: &statistics::Estimate, p_adjusted: f64, margin: f64) -> Verdict {
    match statistics::Verdict::decide(estimate, p_adjusted, ALPHA, margin) {
        statistics::Verdict::Better => Verdict::Better,
        statistics::Verdict::Worse => Verdict::Worse,
        // "The same within 10 %" would say little and sound like much.
        statistics::Verdict::Same if estimate.within(SAME_MAX.ln_1p()) => Verdict::Same,
        statistics::Verdict::Same | statistics::Verdict::Undecided => Verdict::Undecided,
    }
}
