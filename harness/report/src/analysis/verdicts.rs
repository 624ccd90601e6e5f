//! The verdicts of a run, and which of them the figures next to them contradict.

use super::row::Draft;
use crate::figures::visible;
use crate::judge::whole::Says;
use crate::judge::{ALPHA, ControlStatus, Estimate, Figure, MARGIN_MIN, SerialCorrelation, pairs, run};
use crate::model::{ArmReport, Limit, LimitKind, RowReport, Verdict};
use crate::record::Role;
use crate::words::{change, counted, list};
use loopswap_statistics::Judged;

/// What holds for all rows together.
pub(super) struct Family {
    /// The comparisons over which p-values are adjusted, as a sentence.
    pub(super) sentence: String,
    /// Whether generations resemble their neighbours, over all rows.
    pub(super) serial: Option<SerialCorrelation>,
}

/// Gives every row its verdicts, and returns the family of their comparisons.
pub(super) fn judge(rows: &mut [Draft]) -> Family {
    let found = run::judge(&rows.iter().map(group).collect::<Vec<_>>());
    let mut judged = found.judged.iter();
    for (draft, serial) in rows.iter_mut().zip(found.serials) {
        draft.report.serial = serial;
        let (ranked_by, trusted) = (draft.report.ranked_by, is_trusted(&draft.report));
        let compared = draft.report.arms.iter_mut().zip(&draft.comparisons);
        let contenders = compared.filter(|(arm, pairs)| arm.role == Role::Contender && pairs.is_some());
        for ((arm, _), judged) in contenders.zip(judged.by_ref()) {
            if let Some(judged) = judged {
                fill(arm, ranked_by, judged, trusted);
            }
        }
        withhold(&mut draft.report);
    }
    Family { sentence: sentence(found.judged.len()), serial: found.serial }
}

/// Without a control that came out fine there are no verdicts.
fn is_trusted(report: &RowReport) -> bool {
    report.control.status == ControlStatus::Fine
}

fn group(draft: &Draft) -> run::Group<'_> {
    let arms = draft.report.arms.iter().zip(&draft.comparisons);
    run::Group {
        arms: arms.filter_map(|(arm, pairs)| Some((pairs.as_ref()?, arm.role == Role::Contender))).collect(),
        margin: draft.report.margin,
        trusted: is_trusted(&draft.report),
    }
}

fn sentence(comparisons: usize) -> String {
    format!(
        "p-values are those of a difference of at most {} %, adjusted over the {} of this report, every contender of \
         every row with its reference (Benjamini and Hochberg, {} % false discoveries); one that cannot have a verdict \
         counts as 1",
        MARGIN_MIN * 100.0,
        counted(comparisons, "comparison"),
        ALPHA * 100.0
    )
}

fn fill(arm: &mut ArmReport, ranked_by: Figure, judged: &Judged, trusted: bool) {
    arm.p_beyond = Some(judged.p_beyond);
    arm.p_adjusted = Some(judged.p_adjusted);
    arm.smallest_visible = judged.smallest_visible.and_then(visible);
    *arm.ratio_mut(ranked_by) = Some(pairs::better(&judged.estimate));
    arm.verdict = if trusted { judged.verdict.into() } else { Verdict::None };
}

/// Withholds verdicts that whole slices or the leading figures contradict, and says so.
fn withhold(report: &mut RowReport) {
    if report.ranked_by != Figure::Time {
        return;
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

/// What contradicts the verdict of an arm, in words.
fn contradiction(arm: &ArmReport, reference: Option<&Estimate>, margin: f64) -> Option<String> {
    let (ratio, whole) = (arm.speed_ratio?, arm.whole_ratio?);
    let says = match arm.verdict {
        Verdict::Better => Says::Above,
        Verdict::Worse => Says::Below,
        Verdict::Same => Says::Within(margin),
        Verdict::Undecided | Verdict::None => return None,
    };
    if !says.agrees(&whole) {
        let (ratio, whole) = (ratio.told(), whole.told());
        return Some(format!("{} is {ratio} by the median stretch and {whole} by whole slices", arm.label()));
    }
    let longer = arm.time_ns?.value / reference?.value;
    (!says.allows(1.0 / longer)).then(|| {
        format!("{} is {} in the same rounds, with a time that is {}", arm.label(), ratio.told(), change(longer))
    })
}
