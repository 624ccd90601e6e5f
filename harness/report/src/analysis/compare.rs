//! Every arm against the reference of its row, and the verdicts over the whole report.

use super::row::{Draft, reference};
use super::samples::{self, Processes};
use super::sentence::counted;
use super::{ALPHA, SAME_MAX};
use crate::model::{ControlStatus, Estimate, RankedBy, RowReport, Verdict};
use crate::record::{Role, Row};
use loopswap_statistics::{self as statistics, benjamini_hochberg, signed_rank, smallest_detectable};

/// Power at which the smallest visible difference is stated.
const POWER: f64 = 0.8;

/// One arm against the reference, by what the row is ranked by.
pub(super) struct Comparison {
    /// Log ratio arm ÷ reference, one a generation: less is better.
    pub(super) logs: Vec<f64>,
    /// Their centre and interval.
    pub(super) estimate: statistics::Estimate,
    /// Two-sided signed-rank p-value.
    pub(super) p: f64,
}

impl Comparison {
    fn of(logs: Vec<f64>) -> Option<Self> {
        let estimate = statistics::estimate(&logs, super::LEVEL)?;
        let p = signed_rank(&logs)?.p;
        Some(Comparison { logs, estimate, p })
    }

    /// Reference to arm: above 1 is better.
    pub(super) fn ratio(&self) -> Estimate {
        samples::led_back(&self.estimate, |log| (-log).exp())
    }
}

/// Compares every arm with the reference and fills in the ratios.
pub(super) fn comparisons(row: &Row, processes: &[Processes<'_>], report: &mut RowReport) -> Vec<Option<Comparison>> {
    let Some((reference, of_reference)) = reference(row).and_then(|index| Some((index, processes.get(index)?))) else {
        return row.arms.iter().map(|_| None).collect();
    };
    let ranked_by = report.ranked_by;
    let mut compare = |index: usize, processes: &Processes<'_>| {
        let arm = report.arms.get_mut(index)?;
        if index == reference {
            return None;
        }
        // Median stretches where both have them: the ramp that they leave out would favour one side.
        let time = if samples::stretched(processes) && samples::stretched(of_reference) {
            samples::typical
        } else {
            samples::wall
        };
        let speed = samples::log_ratios(processes, of_reference, time);
        let cpu = samples::log_ratios(processes, of_reference, samples::cpu);
        let (judged, other) = match ranked_by {
            RankedBy::Throughput => (speed, cpu),
            RankedBy::CpuPerOperation => (cpu, speed),
        };
        let other =
            statistics::estimate(&other, super::LEVEL).map(|found| samples::led_back(&found, |log| (-log).exp()));
        let comparison = Comparison::of(judged);
        let judged = comparison.as_ref().map(Comparison::ratio);
        (arm.speed_ratio, arm.cpu_ratio) = match ranked_by {
            RankedBy::Throughput => (judged, other),
            RankedBy::CpuPerOperation => (other, judged),
        };
        let comparison = comparison?;
        arm.p = Some(comparison.p);
        arm.smallest_visible = smallest_detectable(&comparison.logs, ALPHA, POWER).map(f64::exp_m1);
        Some(comparison)
    };
    processes.iter().enumerate().map(|(index, processes)| compare(index, processes)).collect()
}

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
