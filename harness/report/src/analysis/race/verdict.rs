//! The verdict of a row of a race, in words.

use super::row::Draft;
use crate::comparison::{Confirmation, RowComparison, Verdict};
use crate::figures::factor;
use crate::judge::whole::Says;
use crate::judge::{ControlStatus, Estimate, GENERATIONS_MIN};
use crate::record::RacePlan;
use crate::words::{counted, percent};
use loopswap_statistics::LookOutcome;

impl Draft {
    /// The p-value of the second opinion, if it can confirm: one that points the other way, or falls within
    /// the threshold, lends no significance to others.
    pub(super) fn confirming_p(&self) -> Option<f64> {
        self.second.as_ref().filter(|found| found.again).map(|found| found.p)
    }

    /// The row with its verdict; `p_adjusted` is that of its second opinion over all rows.
    pub(super) fn finish(self, race: &RacePlan, p_adjusted: f64) -> RowComparison {
        let Draft { mut report, seen, second, whole, failure } = self;
        let rules = &race.rules;
        report.confirmation = second.map(|found| Confirmation {
            ratio: Some(Estimate::of(&found.estimate, factor)),
            p: found.p,
            p_adjusted,
            generations: found.estimate.n,
            seed: race.confirm_seed,
            confirmed: found.again && p_adjusted <= rules.false_discovery_rate,
        });
        let outcome = seen.as_ref().map_or(LookOutcome::Inconclusive, |seen| seen.outcome);
        let slower = seen.is_some_and(|seen| seen.estimate.centre > 0.0);
        (report.verdict, report.sentence) = if let Some(failure) = failure {
            (Verdict::Error, failure)
        } else if report.control.status == ControlStatus::NotTrustworthy {
            (Verdict::NotTrustworthy, report.control.sentence.clone())
        } else {
            decided(race, outcome, slower, &report)
        };
        report.contradiction = contradiction(&report, whole.as_ref(), rules.equivalence);
        if let Some(contradiction) = &report.contradiction {
            (report.verdict, report.sentence) = (Verdict::Inconclusive, format!("inconclusive: {contradiction}"));
        }
        remark(&mut report);
        report
    }
}

/// The verdict by the last look and the second opinion.
fn decided(race: &RacePlan, outcome: LookOutcome, slower: bool, report: &RowComparison) -> (Verdict, String) {
    match (outcome, &report.confirmation) {
        (LookOutcome::Suspect, Some(second)) if second.confirmed => changed(slower, report),
        (LookOutcome::Suspect, Some(_)) => {
            (Verdict::Inconclusive, format!("{}, which fresh processes did not confirm", looked(slower, report)))
        }
        (LookOutcome::Suspect, None) if race.rules.confirm_generations == 0 => changed(slower, report),
        (LookOutcome::Suspect, None) => {
            (Verdict::Inconclusive, format!("{}, but the race ended before that was confirmed", looked(slower, report)))
        }
        (LookOutcome::Equivalent, _) => {
            (Verdict::Equivalent, format!("equivalent: the interval lies within {}", percent(race.rules.equivalence)))
        }
        (LookOutcome::GoOn | LookOutcome::Inconclusive, _) => (Verdict::Inconclusive, inconclusive(report)),
    }
}

/// Adds to the sentence what else to know.
fn remark(report: &mut RowComparison) {
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
}

/// How whole slices contradict a verdict based on stretches.
fn contradiction(report: &RowComparison, whole: Option<&Estimate>, equivalence: f64) -> Option<String> {
    let says = match report.verdict {
        Verdict::Regression => Says::Above,
        Verdict::Improvement => Says::Below,
        Verdict::Equivalent => Says::Within(equivalence),
        _ => return None,
    };
    let against = whole.filter(|ratio| !says.agrees(ratio))?;
    let typical = report.ratio.as_ref().map_or_else(String::new, Estimate::told);
    Some(format!("HEAD ÷ BASE is {typical} by the median stretch, but {} by whole slices", against.told()))
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
        _ if report.generations < GENERATIONS_MIN => {
            format!("inconclusive: {}, a verdict takes {GENERATIONS_MIN}", counted(report.generations, "generation"))
        }
        Some(visible) => format!("inconclusive: could have seen a change of {}", percent(visible)),
        None => "inconclusive".into(),
    }
}
