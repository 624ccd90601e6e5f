//! A ratio against the figures next to it.
//!
//! A ratio is of median stretches, which a neighbour's turn does not spoil, and of pairs from the same
//! rounds. What a slice takes in addition to its usual stretches (its start, its end, a pause now and then)
//! is in the leading figure of the row, but not in that ratio; if generations vary by more than arms differ,
//! that figure may also point the other way from its pairs. A verdict takes all of them: if one contradicts
//! it, it is withheld.

use super::row::Draft;
use super::sentence::list;
use crate::model::{ArmReport, Estimate, Limit, LimitKind, RankedBy, Verdict};
use crate::record::Role;
use crate::view::number::change;

/// Withholds verdicts that whole slices or the leading figures contradict, and says so.
pub(super) fn withhold(rows: &mut [Draft]) {
    for report in rows.iter_mut().map(|draft| &mut draft.report) {
        if report.ranked_by != RankedBy::Throughput {
            continue;
        }
        let reference = report.arms.iter().find(|arm| arm.role == Role::Reference).and_then(|arm| arm.time_ns);
        let margin = report.margin;
        let (mut arms, mut said) = (Vec::new(), Vec::new());
        for arm in &mut report.arms {
            let Some(contradiction) = contradiction(arm, reference.as_ref(), margin) else { continue };
            arm.verdict = Verdict::None;
            arms.push(arm.label());
            said.push(contradiction);
        }
        if !arms.is_empty() {
            let sentence = format!("no verdict where figures contradict each other: {}", list(&said));
            report.limits.push(Limit { kind: LimitKind::Contradicted, arms, sentence });
        }
    }
}

/// What contradicts the verdict of an arm, in words.
fn contradiction(arm: &ArmReport, reference: Option<&Estimate>, margin: f64) -> Option<String> {
    let (ratio, whole) = (arm.speed_ratio?, arm.whole_ratio?);
    let agrees: fn(f64) -> bool = match arm.verdict {
        Verdict::Better => |ratio| ratio > 1.0,
        Verdict::Worse => |ratio| ratio < 1.0,
        Verdict::Same | Verdict::Undecided | Verdict::None => |_| true,
    };
    if !agrees(whole.value) || (arm.verdict == Verdict::Same && leaves_out(&whole, margin)) {
        let (ratio, whole) = (told(&ratio), told(&whole));
        return Some(format!("{} is {ratio} by the median stretch and {whole} by whole slices", arm.label()));
    }
    let longer = arm.time_ns?.value / reference?.value;
    (!agrees(1.0 / longer)).then(|| {
        format!("{} is {} in the same rounds, with a time that is {}", arm.label(), told(&ratio), change(longer))
    })
}

/// Whether a ratio of whole slices agrees with "above 1".
pub(super) fn is_above(whole: &Estimate) -> bool {
    whole.value > 1.0
}

/// Whether a ratio of whole slices agrees with "below 1".
pub(super) fn is_below(whole: &Estimate) -> bool {
    whole.value < 1.0
}

/// Whether the whole interval of a ratio lies beyond "the same within `margin`" (a fraction).
pub(super) fn leaves_out(whole: &Estimate, margin: f64) -> bool {
    whole.lower > 1.0 + margin || whole.upper < 1.0 / (1.0 + margin)
}

/// "1.085 (1.071 to 1.098)".
pub(super) fn told(ratio: &Estimate) -> String {
    format!("{:.3} ({:.3} to {:.3})", ratio.value, ratio.lower, ratio.upper)
}
