//! The verdicts: they take all rows together, since the p-values of all are one family, and a machine that
//! drifts does so for all of them.

use super::compare::Comparison;
use super::row::Draft;
use super::samples::map_estimate;
use super::sentence::counted;
use super::{ALPHA, LEVEL, MARGIN_MIN, POWER, SAME_MAX};
use crate::model::{ArmReport, ControlStatus, RankedBy, SerialCorrelation, Verdict};
use crate::record::Role;
use loopswap_statistics::{self as statistics, Contender, FamilyRules, Judged, Serial, serial};
use std::collections::BTreeSet;

/// What holds for all rows together.
pub(super) struct Family {
    /// The comparisons over which p-values are adjusted, as a sentence.
    pub(super) sentence: String,
    /// Whether generations resemble their neighbours, over all rows.
    pub(super) serial: Option<SerialCorrelation>,
}

/// Looks at the order of the generations, adjusts the p-values over all contenders of all rows, and gives the
/// verdicts.
pub(super) fn judge(rows: &mut [Draft]) -> Family {
    let found = serial(&rows.iter().map(series).collect::<Vec<_>>());
    for ((draft, serial), allowed) in rows.iter_mut().zip(&found.rows).zip(&found.allowed) {
        draft.report.serial = serial.map(|serial| correlation(&serial, *allowed));
    }
    let places: Vec<(usize, usize)> = rows.iter().enumerate().flat_map(contenders).collect();
    let compared = |(row, arm): &(usize, usize)| -> Option<Contender<'_>> {
        let draft = rows.get(*row)?;
        Some(Contender {
            values: &draft.comparisons.get(*arm)?.as_ref()?.logs,
            margin: draft.report.margin.ln_1p(),
            // Without a control that came out fine there are no verdicts.
            trusted: draft.report.control.status == ControlStatus::Fine,
            correlation: found.allowed.get(*row).copied().unwrap_or(0.0),
        })
    };
    let judged = statistics::judge(&places.iter().filter_map(compared).collect::<Vec<_>>(), &rules());
    for ((row, arm), judged) in places.iter().zip(judged) {
        let report = &mut rows[*row].report;
        let trusted = report.control.status == ControlStatus::Fine;
        if let (Some(arm), Some(judged)) = (report.arms.get_mut(*arm), judged) {
            fill(arm, report.ranked_by, &judged, trusted);
        }
    }
    Family { sentence: sentence(places.len()), serial: found.all.map(|all| correlation(&all, common(&found.allowed))) }
}

/// The rule of a report, on the log scale.
pub(super) fn rules() -> FamilyRules {
    FamilyRules { alpha: ALPHA, level: LEVEL, margin: MARGIN_MIN.ln_1p(), same_max: SAME_MAX.ln_1p(), power: POWER }
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

/// The contenders of a row that are compared, by row and arm.
fn contenders((row, draft): (usize, &Draft)) -> Vec<(usize, usize)> {
    let arms = draft.report.arms.iter().zip(&draft.comparisons).enumerate();
    arms.filter(|(_, (arm, comparison))| arm.role == Role::Contender && comparison.is_some())
        .map(|(arm, _)| (row, arm))
        .collect()
}

/// One series an arm, including the control, with a place for every generation that any of them has.
fn series(draft: &Draft) -> Vec<Vec<Option<f64>>> {
    let compared: Vec<&Comparison> = draft.comparisons.iter().flatten().collect();
    let numbers: BTreeSet<u32> = compared.iter().flat_map(|one| one.generations.iter().copied()).collect();
    let value = |one: &Comparison, number: &u32| {
        one.generations.binary_search(number).ok().and_then(|place| one.logs.get(place).copied())
    };
    compared.iter().map(|one| numbers.iter().map(|number| value(one, number)).collect()).collect()
}

/// The correlation that is allowed for in every row.
fn common(allowed: &[f64]) -> f64 {
    allowed.iter().copied().reduce(f64::min).unwrap_or(0.0)
}

fn correlation(found: &Serial, allowed: f64) -> SerialCorrelation {
    SerialCorrelation { lag1: found.lag1, p: found.p, series: found.series, allowed }
}

fn fill(arm: &mut ArmReport, ranked_by: RankedBy, judged: &Judged, trusted: bool) {
    arm.p_beyond = Some(judged.p_beyond);
    arm.p_adjusted = Some(judged.p_adjusted);
    arm.smallest_visible = judged.smallest_visible.map(f64::exp_m1);
    let ratio = Some(map_estimate(&judged.estimate, |log| (-log).exp()));
    match ranked_by {
        RankedBy::Throughput => arm.speed_ratio = ratio,
        RankedBy::CpuPerOperation => arm.cpu_ratio = ratio,
        RankedBy::ResponseTime => arm.response_ratio = ratio,
    }
    arm.verdict = match judged.verdict {
        _ if !trusted => Verdict::None,
        statistics::Verdict::Better => Verdict::Better,
        statistics::Verdict::Worse => Verdict::Worse,
        statistics::Verdict::Same => Verdict::Same,
        statistics::Verdict::Undecided => Verdict::Undecided,
    };
}
