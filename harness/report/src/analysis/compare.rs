//! Every arm against the reference of its row.

use super::latency;
use super::places::reference;
use super::samples::{self, Processes};
use crate::model::{Estimate, RankedBy, RowReport};
use crate::record::{Row, Slice};
use loopswap_statistics::{self as statistics, signed_rank};
use std::collections::BTreeMap;

/// One arm against the reference, by the figure that ranks the row.
#[derive(Clone)]
pub(super) struct Comparison {
    /// Log ratio arm ÷ reference, one a generation: less is better.
    pub(super) logs: Vec<f64>,
    /// The generations that they are of, ascending.
    pub(super) generations: Vec<u32>,
    /// Their centre and interval.
    pub(super) estimate: statistics::Estimate,
}

impl Comparison {
    /// Reference to arm: above 1 is better.
    pub(super) fn ratio(&self) -> Estimate {
        samples::map_estimate(&self.estimate, |log| (-log).exp())
    }
}

/// The time that two arms are compared by: median stretches if both have them, since the ramp that they leave
/// out would favour one side.
pub(super) fn time(arm: &Processes<'_>, reference: &Processes<'_>) -> fn(&Slice) -> f64 {
    if samples::stretched(arm) && samples::stretched(reference) { samples::typical } else { samples::wall }
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
        let time = time(processes, of_reference);
        let speed = samples::log_ratios(processes, of_reference, time);
        let whole = samples::log_ratios(processes, of_reference, samples::wall);
        let cpu = samples::log_ratios(processes, of_reference, samples::cpu);
        let response = report.rate_per_s.map(|_| latency::log_ratios(processes, of_reference)).unwrap_or_default();
        let estimate =
            |logs: &BTreeMap<u32, f64>| statistics::estimate(&logs.values().copied().collect::<Vec<_>>(), super::LEVEL);
        let [of_speed, of_whole, of_cpu, of_response] = [&speed, &whole, &cpu, &response].map(estimate);
        let ratio = |found: &Option<statistics::Estimate>| {
            found.as_ref().map(|found| samples::map_estimate(found, |log| (-log).exp()))
        };
        (arm.speed_ratio, arm.cpu_ratio, arm.response_ratio) = (ratio(&of_speed), ratio(&of_cpu), ratio(&of_response));
        arm.whole_ratio = ratio(&of_whole);
        let (logs, estimate) = match ranked_by {
            RankedBy::Throughput => (speed, of_speed?),
            RankedBy::CpuPerOperation => (cpu, of_cpu?),
            RankedBy::ResponseTime => (response, of_response?),
        };
        let (generations, logs): (Vec<u32>, Vec<f64>) = logs.into_iter().unzip();
        arm.p = Some(signed_rank(&logs)?.p);
        Some(Comparison { logs, generations, estimate })
    };
    processes.iter().enumerate().map(|(index, processes)| compare(index, processes)).collect()
}
