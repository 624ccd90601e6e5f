//! One row of a race, from its record to its finding.

use super::counts;
use super::judge::{self, FEWEST, Seen};
use super::values::{Measured, Part};
use crate::analysis::faults::{self, RowError};
use crate::analysis::samples::{self, map_estimate};
use crate::analysis::sentence::counted;
use crate::analysis::{LEVEL, POWER, control, whole};
use crate::comparison::{Confirmation, Missing, RowComparison, Rules, Side, Verdict};
use crate::model::{ArmStatus, ControlReport, ControlStatus, Estimate, RankedBy};
use crate::record::{RacePlan, Role, Row, RowRecord};
use loopswap_statistics::{self as statistics, LookOutcome, smallest_confirmed};

/// Most errors kept of a row.
const ERRORS_MAX: usize = 20;

/// A row that waits for the p-values of the others.
pub(super) struct Draft {
    report: RowComparison,
    outcome: LookOutcome,
    /// Centre of the screening generations, on the log scale.
    centre: f64,
    confirming: Option<Confirming>,
    /// HEAD ÷ BASE by whole slices, of the generations that the verdict rests on, where `ratio` is of stretches.
    whole: Vec<Estimate>,
    /// What failed, if anything did.
    failure: Option<String>,
}

struct Confirming {
    /// Whether it shows the same difference again.
    again: bool,
    estimate: statistics::Estimate,
    p: f64,
    seed: u64,
}

/// What is known of the row by itself, and what it lacks if one side has no result.
pub(super) fn draft(race: &RacePlan, row: &Row, record: &RowRecord) -> Result<Draft, Missing> {
    let runtime = row.arms.first().map_or(String::new(), |arm| arm.runtime.clone());
    let lacking = |side: Side, why: Option<String>| Missing {
        case: row.case.clone(),
        runtime: runtime.clone(),
        lacking: side,
        why,
    };
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
    let last = true;
    let seen = judge::look(&race.rules, &measured, Part::Screening, last);
    let confirming = seen.as_ref().and_then(|seen| confirming(race, &measured, seen));
    let report = figures(race, row, record, &measured, runtime.clone(), errors, seen.as_ref());
    Ok(Draft {
        report,
        outcome: seen.as_ref().map_or(LookOutcome::Inconclusive, |seen| seen.outcome),
        centre: seen.as_ref().map_or(0.0, |seen| seen.estimate.centre),
        confirming,
        whole: whole_ratios(&measured),
        failure,
    })
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
    statistics::estimate(&measured.head(part, samples::wall), LEVEL).map(|found| map_estimate(&found, f64::exp))
}

/// The same where stretches are judged: of the screening, and of the second opinion.
fn whole_ratios(measured: &Measured<'_>) -> Vec<Estimate> {
    if !measured.stretched() {
        return Vec::new();
    }
    [Part::Screening, Part::Confirming].into_iter().filter_map(|part| whole_ratio(measured, part)).collect()
}

fn confirming(race: &RacePlan, measured: &Measured<'_>, seen: &Seen) -> Option<Confirming> {
    let values = measured.head(Part::Confirming, measured.time());
    if values.len() < FEWEST {
        return None;
    }
    let weighed = statistics::weigh(&values, LEVEL)?;
    Some(Confirming {
        again: statistics::confirmed(&seen.values, &values, &judge::race_rules(&race.rules), seen.threshold),
        estimate: weighed.estimate,
        p: weighed.p,
        seed: race.confirm_seed,
    })
}

fn figures(
    race: &RacePlan,
    row: &Row,
    record: &RowRecord,
    measured: &Measured<'_>,
    runtime: String,
    errors: Vec<String>,
    seen: Option<&Seen>,
) -> RowComparison {
    let rules = &race.rules;
    let lanes = measured.lanes();
    let per_op = |arm: usize| {
        let logs: Vec<f64> =
            samples::medians(&measured.screening(arm), samples::wall).into_iter().map(f64::ln).collect();
        statistics::estimate(&logs, LEVEL).map(|found| map_estimate(&found, f64::exp))
    };
    let cpu = statistics::estimate(&measured.head(Part::Screening, samples::cpu), LEVEL);
    let (rounds, disturbed_rounds) = measured.disturbed_rounds();
    RowComparison {
        case: row.case.clone(),
        workload: row.workload.clone(),
        runtime,
        operation: row.operation.clone(),
        headline: row.headline,
        verdict: Verdict::Inconclusive,
        sentence: String::new(),
        base_ns: per_op(lanes.base),
        head_ns: per_op(lanes.head),
        base_p99_ns: None,
        head_p99_ns: None,
        ratio: seen.map(|seen| map_estimate(&seen.estimate, f64::exp)),
        whole_ratio: whole_ratio(measured, Part::Screening),
        contradiction: None,
        cpu_ratio: cpu.map(|found| map_estimate(&found, f64::exp)),
        response_ratio: None,
        judged_by: RankedBy::Throughput,
        cpu_witness: None,
        suspect: seen.is_some_and(|seen| seen.outcome == LookOutcome::Suspect),
        p: seen.map(|seen| seen.p),
        threshold: seen.map_or(rules.margin, |seen| seen.threshold.exp_m1()),
        smallest_visible: seen.and_then(|seen| smallest_visible(seen, rules)),
        serial: seen.and_then(|seen| seen.serial),
        generations: seen.map_or(0, |seen| seen.values.len()),
        wall_s: record.generations.values().map(|generation| generation.closed.wall_ns as f64 / 1e9).sum(),
        confirmation: None,
        control: control_report(rules, measured),
        rounds,
        disturbed_rounds,
        throttled_rounds: measured.throttled_rounds(),
        same_without_disturbed: seen.and_then(|seen| same_without(rules, measured, disturbed_rounds, seen)),
        counters: counts::changes(measured),
        errors,
        acknowledged: None,
    }
}

/// The smallest change that would have been suspected, and confirmed, with a power of 80 %.
fn smallest_visible(seen: &Seen, rules: &Rules) -> Option<f64> {
    smallest_confirmed(&seen.values, &judge::race_rules(rules), seen.threshold, POWER).map(f64::exp_m1)
}

/// Whether the finding is the same without the rounds that a neighbour disturbed; `None` if the remaining
/// rounds cannot tell: too few generations for a look, or a weaker result that does not contradict.
fn same_without(rules: &Rules, measured: &Measured<'_>, disturbed: usize, seen: &Seen) -> Option<bool> {
    if disturbed == 0 {
        return Some(true);
    }
    let without = judge::look(rules, measured, Part::Undisturbed, true)?;
    let first_look = rules.looks.first().map_or(FEWEST, |look| *look as usize);
    if without.values.len() < first_look.min(seen.values.len()).max(FEWEST) {
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
fn control_report(rules: &Rules, measured: &Measured<'_>) -> ControlReport {
    let fresh = judge::control(rules, measured, Part::Confirming).filter(|found| found.estimate.n >= FEWEST);
    let Some(found) = fresh.or_else(|| judge::control(rules, measured, Part::Screening)) else {
        return control::missing("no control: BASE or its twin has no result");
    };
    let n = found.estimate.n;
    let status = match (found.fine, n >= FEWEST) {
        (_, false) => ControlStatus::TooFew,
        (true, true) => ControlStatus::Fine,
        (false, true) => ControlStatus::NotTrustworthy,
    };
    let ratio: Estimate = map_estimate(&found.estimate, f64::exp);
    let figures = format!("BASE against itself {:.3} ({:.3} to {:.3})", ratio.value, ratio.lower, ratio.upper);
    ControlReport {
        fine: status == ControlStatus::Fine,
        status,
        ratio: Some(ratio),
        p: Some(found.p),
        spread: Some(found.spread.exp_m1()),
        sentence: match status {
            ControlStatus::Fine => format!("control fine: {figures}"),
            ControlStatus::NotTrustworthy => format!("not trustworthy: {figures}, nothing is claimed"),
            ControlStatus::TooFew => format!("too few generations to judge the control ({n} of {FEWEST})"),
        },
    }
}

impl Draft {
    /// The p-value of the second opinion, if it can confirm: one that points the other way, or falls within
    /// the threshold, lends no significance to others.
    pub(super) fn confirming_p(&self) -> Option<f64> {
        self.confirming.as_ref().filter(|found| found.again).map(|found| found.p)
    }

    /// The row with its verdict; `p_adjusted` is that of its second opinion over all rows.
    pub(super) fn finish(self, rules: &Rules, p_adjusted: f64) -> RowComparison {
        let Draft { mut report, outcome, centre, confirming, whole, failure } = self;
        report.confirmation = confirming.map(|found| Confirmation {
            ratio: Some(map_estimate(&found.estimate, f64::exp)),
            p: found.p,
            p_adjusted,
            generations: found.estimate.n,
            seed: found.seed,
            confirmed: found.again && p_adjusted <= rules.false_discovery_rate,
        });
        let slower = centre > 0.0;
        (report.verdict, report.sentence) = if let Some(failure) = failure {
            (Verdict::Error, failure)
        } else if report.control.status == ControlStatus::NotTrustworthy {
            (Verdict::NotTrustworthy, report.control.sentence.clone())
        } else {
            match (outcome, &report.confirmation) {
                (LookOutcome::Suspect, Some(second)) if second.confirmed => changed(slower, &report),
                (LookOutcome::Suspect, Some(_)) => (
                    Verdict::Inconclusive,
                    format!("{}, which fresh processes did not confirm", looked(slower, &report)),
                ),
                (LookOutcome::Suspect, None) if rules.confirm_generations == 0 => changed(slower, &report),
                (LookOutcome::Suspect, None) => (
                    Verdict::Inconclusive,
                    format!("{}, but the race ended before that was confirmed", looked(slower, &report)),
                ),
                (LookOutcome::Equivalent, _) => (
                    Verdict::Equivalent,
                    format!("equivalent: the interval lies within {}", percent(rules.equivalence)),
                ),
                (LookOutcome::GoOn | LookOutcome::Inconclusive, _) => (Verdict::Inconclusive, inconclusive(&report)),
            }
        };
        report.contradiction = contradiction(&report, &whole, rules);
        if let Some(contradiction) = &report.contradiction {
            (report.verdict, report.sentence) = (Verdict::Inconclusive, format!("inconclusive: {contradiction}"));
        }
        if let Some(correlated) = report.correlated() {
            report.sentence += &format!("; {correlated}");
        }
        if report.same_without_disturbed == Some(false) {
            report.sentence += &format!(
                "; without the {} of {} rounds that a neighbour disturbed the finding is another",
                report.disturbed_rounds, report.rounds
            );
        }
        if report.throttled_rounds > 0 {
            report.sentence += &format!(
                "; the CPU quota halted {} of {} rounds, which count as disturbed: see `loopswap doctor`",
                report.throttled_rounds, report.rounds
            );
        }
        report
    }
}

/// How whole slices contradict a verdict based on stretches.
fn contradiction(report: &RowComparison, whole: &[Estimate], rules: &Rules) -> Option<String> {
    let against = whole.iter().find(|ratio| match report.verdict {
        Verdict::Regression => !whole::is_above(ratio),
        Verdict::Improvement => !whole::is_below(ratio),
        Verdict::Equivalent => whole::leaves_out(ratio, rules.equivalence),
        _ => false,
    })?;
    let typical = report.ratio.as_ref().map_or_else(String::new, whole::told);
    Some(format!("HEAD ÷ BASE is {typical} by the median stretch, but {} by whole slices", whole::told(against)))
}

fn changed(slower: bool, report: &RowComparison) -> (Verdict, String) {
    let (verdict, way) = if slower { (Verdict::Regression, "slower") } else { (Verdict::Improvement, "faster") };
    let confirmed = if report.confirmation.is_some() { ", confirmed in fresh processes" } else { "" };
    (verdict, format!("{way} by {}{confirmed}", by(report)))
}

fn looked(slower: bool, report: &RowComparison) -> String {
    format!("looked {} by {}", if slower { "slower" } else { "faster" }, by(report))
}

fn by(report: &RowComparison) -> String {
    percent(report.ratio.as_ref().map_or(0.0, |ratio| (ratio.value - 1.0).abs()))
}

fn inconclusive(report: &RowComparison) -> String {
    match report.smallest_visible {
        _ if report.generations < FEWEST => {
            format!("inconclusive: {}, a verdict takes {FEWEST}", counted(report.generations, "generation"))
        }
        Some(visible) => format!("inconclusive: could have seen a change of {}", percent(visible)),
        None => "inconclusive".into(),
    }
}

/// "0.8 %", "12 %".
fn percent(fraction: f64) -> String {
    let percent = fraction * 100.0;
    if percent < 9.95 { format!("{percent:.1} %") } else { format!("{percent:.0} %") }
}
