//! Figures of one arm.

use super::super::arm;
use super::super::row::Draft;
use super::finding::Finding;
use super::side::{Side, side};
use crate::claim::{Arm, Metric};
use crate::judge::samples::Processes;
use crate::judge::{Estimate, GENERATIONS_MIN};
use crate::model::Percentiles;
use crate::record::Record;
use loopswap_protocol::quoted;

/// Only some generations have counting slices; with fewer than this, their variation is unknown.
const COUNTED_MIN: usize = 2;
/// The latency of workloads that sleep.
const OVERSHOOT: &str = "timer overshoot";

pub(super) fn metric(metric: Metric, whose: &Arm, record: &Record, rows: &[Draft]) -> Result<Finding, String> {
    let side = side(whose, record, rows)?;
    if let (Some(projected), Metric::Time | Metric::Rate) = (side.projected(), metric) {
        let per_second = side.place.row.granule.max(1) as f64 * 1e9 / projected;
        let (at_least, at_most) = match metric {
            Metric::Time => (Some(projected), None),
            _ => (None, Some(per_second)),
        };
        return Ok(Finding { at_least, at_most, reason: Some(side.projection()), ..Finding::default() });
    }
    if let Some(reason) = side.missing() {
        return Err(reason);
    }
    let report = side.report;
    match metric {
        Metric::Time => timed(&side, report.time_ns),
        Metric::Rate => timed(&side, report.rate),
        Metric::Cpu => timed(&side, report.cpu_ns_per_op.runner),
        Metric::PeerCpu => timed(&side, report.cpu_ns_per_op.peer),
        Metric::P50 => percentile(&side, "p50", |found| found.p50_ns),
        Metric::P90 => percentile(&side, "p90", |found| found.p90_ns),
        Metric::P99 => percentile(&side, "p99", |found| found.p99_ns),
        Metric::P999 => percentile(&side, "p999", |found| found.p999_ns),
        Metric::Overshoot if side.place.row.latency_name != OVERSHOOT => {
            Err(format!("the latency of `{}` is {}, not {OVERSHOOT}", quoted(&whose.case), side.place.row.latency_name))
        }
        Metric::Overshoot => percentile(&side, "p50", |found| found.p50_ns),
        Metric::Rss => counted(&side, |one| arm::of_counted(one, |counted| counted.rss_peak_bytes as f64)),
        Metric::BytesPerTask => counted(&side, |one| arm::bytes_in_flight(side.place.row, one)),
        Metric::Switches => {
            counted(&side, |one| arm::switches(one).map(|switches| switches.voluntary + switches.involuntary))
        }
    }
}

fn timed(side: &Side<'_>, found: Option<Estimate>) -> Result<Finding, String> {
    let found = found.ok_or_else(|| format!("{} has no such figure on this case", side.report.runtime))?;
    let few = (found.n < GENERATIONS_MIN)
        .then(|| format!("too few generations for a verdict: {}, it takes {GENERATIONS_MIN}", found.n));
    Ok(Finding::estimate(found).doubted(side.place.doubt().or(few)))
}

/// A percentile as in the table, with its interval over generations.
fn percentile(side: &Side<'_>, name: &str, of: impl Fn(&Percentiles) -> Option<Estimate>) -> Result<Finding, String> {
    let report = side.report;
    let found = report.percentiles.as_ref().and_then(of);
    found.map(Finding::estimate).ok_or_else(|| match report.percentiles_withheld.get(name) {
        Some(reason) => format!("{} has no {name} on this case: {reason}", report.runtime),
        None => format!("{} has no such figure on this case", report.runtime),
    })
}

/// A figure from counting slices, one value each. They are few, so the interval is usually the whole range
/// seen; what they count hardly depends on the state of the machine, so a verdict may rest on it.
fn counted(side: &Side<'_>, of: impl Fn(&Processes<'_>) -> Option<f64>) -> Result<Finding, String> {
    let each = side.processes.iter().filter(|(_, process)| process.counted.is_some());
    let values: Vec<f64> = each.filter_map(|(number, process)| of(&Processes::from([(*number, *process)]))).collect();
    let found = Estimate::of_values(&values)
        .ok_or_else(|| format!("{} has no such figure on this case", side.report.runtime))?;
    let few = (found.n < COUNTED_MIN).then(|| "a single counting slice carries no verdict".to_owned());
    Ok(Finding::estimate(found).doubted(few))
}
