//! Median stretches against whole slices.
//!
//! A ratio is of median stretches, which a neighbour's turn does not spoil. What a slice takes beside its usual
//! stretches (its start, its end, a pause now and then) is in the figure that leads the row, and not in that
//! ratio. A verdict therefore takes both: what whole slices contradict is withheld.

use super::row::Draft;
use super::sentence::list;
use crate::model::{ArmReport, Estimate, Limit, LimitKind, RankedBy, Verdict};

/// Withholds the verdicts that whole slices contradict, and says so.
pub(super) fn withhold(rows: &mut [Draft]) {
    for report in rows.iter_mut().map(|draft| &mut draft.report) {
        if report.ranked_by != RankedBy::Throughput {
            continue;
        }
        let margin = report.margin;
        let contradicted = |arm: &&mut ArmReport| {
            let whole = arm.whole_ratio.as_ref();
            whole.is_some_and(|whole| match arm.verdict {
                Verdict::Better => !is_above(whole),
                Verdict::Worse => !is_below(whole),
                Verdict::Same => leaves_out(whole, margin),
                Verdict::Undecided | Verdict::None => false,
            })
        };
        let (mut arms, mut said) = (Vec::new(), Vec::new());
        for arm in report.arms.iter_mut().filter(contradicted) {
            arm.verdict = Verdict::None;
            arms.push(arm.label());
            said.extend(arm.speed_ratio.zip(arm.whole_ratio).map(|(typical, whole)| {
                format!(
                    "{} is {} by the median stretch and {} by whole slices",
                    arm.label(),
                    told(&typical),
                    told(&whole)
                )
            }));
        }
        if !arms.is_empty() {
            let sentence = format!("no verdict where stretches and slices contradict each other: {}", list(&said));
            report.limits.push(Limit { kind: LimitKind::StretchesContradicted, arms, sentence });
        }
    }
}

/// Whether a ratio of whole slices agrees with "above 1".
pub(super) fn is_above(whole: &Estimate) -> bool {
    whole.value > 1.0
}

/// Whether a ratio of whole slices agrees with "below 1".
pub(super) fn is_below(whole: &Estimate) -> bool {
    whole.value < 1.0
}

/// Whether all of the interval of a ratio lies beyond "the same within `margin`" (a fraction).
pub(super) fn leaves_out(whole: &Estimate, margin: f64) -> bool {
    whole.lower > 1.0 + margin || whole.upper < 1.0 / (1.0 + margin)
}

/// "1.085 (1.071 to 1.098)".
pub(super) fn told(ratio: &Estimate) -> String {
    format!("{:.3} ({:.3} to {:.3})", ratio.value, ratio.lower, ratio.upper)
}
