//! One row of a race, from its record to what is known of it by itself.

use super::counts;
use crate::analysis::faults::{self, RowError};
use crate::comparison::{Missing, RowComparison, Side, Verdict};
use crate::figures::{factor, fraction};
use crate::judge::race::{Judge, Measured, Part, SecondOpinion, Seen};
use crate::judge::samples::{self, log_medians};
use crate::judge::{ControlReport, ControlStatus, Estimate, Figure, GENERATIONS_MIN};
use crate::model::ArmStatus;
use crate::record::{RacePlan, Role, Row, RowRecord};
use loopswap_statistics::LookOutcome;

/// Most errors kept of a row.
const ERRORS_MAX: usize = 20;

/// A row that waits for the p-values of the others.
pub(super) struct Draft {
    /// The row, without its verdict.
    pub(super) report: RowComparison,
    /// What the last look saw; `None` without figures.
    pub(super) seen: Option<Seen>,
    /// What fresh processes showed of it, if there are enough.
    pub(super) second: Option<SecondOpinion>,
    /// HEAD ÷ BASE by whole slices, of all generations that the verdict rests on, where `ratio` is of stretches.
    pub(super) whole: Option<Estimate>,
    /// What failed, if anything did.
    pub(super) failure: Option<String>,
}

/// What is known of the row by itself, and what it lacks if one side has no result.
pub(super) fn draft(race: &RacePlan, row: &Row, record: &RowRecord) -> Result<Draft, Missing> {
    let lacking =
        |side: Side, why: Option<String>| Missing { case: row.case.clone(), runtime: runtime(row), lacking: side, why };
    let measured = Measured::of(row, record).ok_or_else(|| lacking(Side::Head, Some("not a row of a race".into())))?;
    let lanes = measured.lanes();
    let outcome = |arm: usize| faults::outcome(arm, &row.arms[arm], record, !measured.screening(arm).is_empty());
    let outcomes = [(Side::Base, outcome(lanes.base)), (Side::Head, outcome(lanes.head))];
    // An arm that failed and was measured at other times has failed all the same, the control too.
    let failed = record.faults.iter().any(|fault| fault.kind.is_error());
    for (side, outcome) in &outcomes {
        if !failed && outcome.status != ArmStatus::Measured {
            return Err(lacking(*side, outcome.reason.clone()));
        }
    }
    let mut errors: Vec<String> = faults::row_errors(row, record, |_| true).into_iter().map(said).collect();
    let failure = failed.then(|| match errors.as_slice() {
        [] => "a target failed".into(),
        [one] => format!("failed: {one}"),
        [first, more @ ..] => format!("failed: {first}, and {} more", more.len()),
    });
    errors.truncate(ERRORS_MAX);
    let judge = Judge::of(&race.rules, &measured, Figure::Time);
    let seen = judge.look(Part::Screening, true);
    let second = seen.as_ref().and_then(|seen| judge.second_opinion(seen));
    let mut report = RowComparison { errors, counters: counts::changes(&measured), ..blank(row, &measured, &judge) };
    report.wall_s = record.generations.values().map(|generation| generation.closed.wall_ns as f64 / 1e9).sum();
    if let Some(seen) = &seen {
        fill(&mut report, &judge, seen);
    }
    Ok(Draft { report, seen, second, whole: whole_of_all(&measured), failure })
}

fn runtime(row: &Row) -> String {
    row.arms.first().map_or(String::new(), |arm| arm.runtime.clone())
}

/// An error under the name of its side: all arms of a row are one runtime.
fn said(error: RowError) -> String {
    let name = match error.role {
        Some(Role::Reference) => "BASE: ",
        Some(Role::Control) => "control: ",
        Some(Role::Contender) => "HEAD: ",
        None => "",
    };
    format!("{name}{}", error.sentence)
}

/// HEAD ÷ BASE by whole slices, in one part of the generations.
fn whole_ratio(measured: &Measured<'_>, part: Part) -> Option<Estimate> {
    Estimate::of_logs(&measured.head(part, samples::wall))
}

/// The same where stretches are judged, of screening and second opinion together: on a crowded machine whole
/// slices scatter so much that either alone may point the wrong way by chance.
fn whole_of_all(measured: &Measured<'_>) -> Option<Estimate> {
    if !measured.stretched() {
        return None;
    }
    let parts = [Part::Screening, Part::Confirming];
    Estimate::of_logs(&parts.iter().flat_map(|part| measured.head(*part, samples::wall)).collect::<Vec<_>>())
}

/// The row with all figures that do not depend on what a look sees.
fn blank(row: &Row, measured: &Measured<'_>, judge: &Judge<'_>) -> RowComparison {
    let lanes = measured.lanes();
    let per_op = |arm: usize| Estimate::of_logs(&log_medians(&measured.screening(arm), samples::wall));
    let (rounds, disturbed_rounds) = measured.disturbed_rounds();
    RowComparison {
        case: row.case.clone(),
        workload: row.workload.clone(),
        runtime: runtime(row),
        operation: row.operation.clone(),
        headline: row.headline,
        verdict: Verdict::Inconclusive,
        sentence: String::new(),
        base_ns: per_op(lanes.base),
        head_ns: per_op(lanes.head),
        base_p99_ns: None,
        head_p99_ns: None,
        ratio: None,
        whole_ratio: whole_ratio(measured, Part::Screening),
        contradiction: None,
        cpu_ratio: Estimate::of_logs(&measured.head(Part::Screening, samples::cpu)),
        response_ratio: None,
        judged_by: Figure::Time,
        cpu_witness: None,
        suspect: false,
        p: None,
        threshold: judge.rules().margin,
        smallest_visible: None,
        serial: None,
        generations: 0,
        wall_s: 0.0,
        confirmation: None,
        control: control(judge),
        rounds,
        disturbed_rounds,
        throttled_rounds: measured.throttled_rounds(),
        same_without_disturbed: None,
        counters: Vec::new(),
        errors: Vec::new(),
        acknowledged: None,
    }
}

/// Adds what the last look saw.
fn fill(report: &mut RowComparison, judge: &Judge<'_>, seen: &Seen) {
    report.ratio = Some(Estimate::of(&seen.estimate, factor));
    report.suspect = seen.outcome == LookOutcome::Suspect;
    report.p = Some(seen.p);
    report.threshold = fraction(seen.threshold);
    report.smallest_visible = judge.smallest_visible(seen);
    report.serial = seen.serial;
    report.generations = seen.values.len();
    report.same_without_disturbed = same_without(judge, report.disturbed_rounds, seen);
}

/// Whether the finding is the same without the rounds that a neighbour disturbed; `None` if the remaining
/// rounds cannot tell: too few generations for a look, or a weaker result that does not contradict.
fn same_without(judge: &Judge<'_>, disturbed: usize, seen: &Seen) -> Option<bool> {
    if disturbed == 0 {
        return Some(true);
    }
    let without = judge.look(Part::Undisturbed, true)?;
    let first_look = judge.rules().looks.first().map_or(GENERATIONS_MIN, |look| *look as usize);
    if without.values.len() < first_look.min(seen.values.len()).max(GENERATIONS_MIN) {
        return None;
    }
    let (all, left) = (&seen.estimate, &without.estimate);
    let turned = seen.outcome == LookOutcome::Suspect && all.centre.signum() != left.centre.signum();
    if without.outcome == seen.outcome && !turned {
        return Some(true);
    }
    let leaves_out = all.centre < left.lower || all.centre > left.upper;
    (turned || leaves_out).then_some(false)
}

/// BASE against itself in the generations that the verdict rests on: the fresh ones if there are enough.
///
/// One control in a few hundred is flagged by chance; an effect seen next to it must be seen again in fresh
/// processes with their own control to count.
fn control(judge: &Judge<'_>) -> ControlReport {
    let fresh = judge.control(Part::Confirming).filter(|found| found.status != ControlStatus::TooFew);
    let Some(found) = fresh.or_else(|| judge.control(Part::Screening)) else {
        return ControlReport::missing("no control: BASE or its twin has no result");
    };
    let ratio = Estimate::of(&found.estimate, factor);
    let figures = format!("BASE against itself {}", ratio.told());
    let sentence = match found.status {
        ControlStatus::Fine => format!("control fine: {figures}"),
        ControlStatus::NotTrustworthy => format!("not trustworthy: {figures}, nothing is claimed"),
        ControlStatus::TooFew => {
            format!("too few generations to judge the control ({} of {GENERATIONS_MIN})", ratio.n)
        }
    };
    ControlReport::of(&found, ratio, found.estimate.bound(), sentence)
}
