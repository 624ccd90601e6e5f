//! What was measured of one arm, before it is compared with any other.

use super::counters;
use super::faults::{self, Outcome, RowError};
use super::latency::{Latencies, latencies};
use super::source::Source;
use crate::figures::{bounded, factor};
use crate::judge::samples::{self, Processes};
use crate::judge::{Estimate, LEVEL, latency};
use crate::model::{ArmReport, Busy, CpuPerOperation, Switches, Verdict};
use crate::record::{Row, StartUp};
use loopswap_protocol::Counted;
use loopswap_statistics::{self as statistics, median};
use std::collections::BTreeMap;

/// With fewer operations in flight than this, the memory of each one cannot be told.
const IN_FLIGHT_MIN: u64 = 1000;

/// The arm's figures; sentences about damaged data go to `errors`.
pub(super) fn arm(source: &Source<'_>, index: usize, errors: &mut Vec<RowError>) -> ArmReport {
    let Source { row, measured, .. } = *source;
    let (arm, processes) = (&row.arms[index], &source.processes[index]);
    let outcome = faults::outcome(index, arm, measured, !processes.is_empty());
    let Latencies { typical, percentiles, withheld, unreadable } = latencies(processes);
    let damaged = unreadable.len();
    errors.extend(unreadable.into_iter().map(|what| RowError::of(arm, &what)));
    let per_op = statistics::estimate(&samples::log_medians(processes, samples::wall), LEVEL);
    let granule = row.granule.max(1) as f64;
    let Outcome { status, reason, remedy, stderr, projected_ns, errors } = outcome;
    ArmReport {
        runtime: arm.runtime.clone(),
        role: arm.role,
        status,
        reason,
        remedy,
        stderr,
        projected_ns,
        errors: errors + damaged,
        ops_per_slice: measured.calibrations.get(&index).map(|calibration| calibration.ops),
        generations: processes.len(),
        start_up: start_up(processes),
        time_ns: per_op.as_ref().map(|found| Estimate::of(found, |log| bounded(factor(log) * granule))),
        rate: per_op.as_ref().map(|found| Estimate::of(found, |log| 1e9 * factor(-log))),
        speed_ratio: None,
        whole_ratio: None,
        cpu_ratio: None,
        response_ratio: None,
        p: None,
        p_beyond: None,
        p_adjusted: None,
        verdict: Verdict::None,
        smallest_visible: None,
        cpu_ns_per_op: cpu_per_operation(processes),
        runner_busy: runner_busy(row, processes),
        peer_busy: peer_busy(row, processes),
        latency: typical,
        percentiles,
        percentiles_withheld: withheld,
        response_p99_ns: row.rate().and_then(|_| response_p99(processes)),
        rss_peak_bytes: of_counted(processes, |counted| counted.rss_peak_bytes as f64).map(|bytes| bytes as u64),
        bytes_per_operation_in_flight: bytes_in_flight(row, processes),
        switches_per_op: switches(processes),
        notes: notes(processes),
        counters_per_op: counters::per_op(processes),
        counters_unavailable: counters::unavailable(processes),
    }
}

/// How long the processes took to start.
fn start_up(processes: &Processes<'_>) -> Option<StartUp> {
    let median_of = |figure: fn(StartUp) -> u64| {
        let found = processes.values().filter_map(|process| process.started.start_up);
        Some(median(&found.map(|found| figure(found) as f64).collect::<Vec<_>>())? as u64)
    };
    Some(StartUp { hello_ns: median_of(|found| found.hello_ns)?, ready_ns: median_of(|found| found.ready_ns)? })
}

/// The 99th percentile of a generation's response times, over generations.
fn response_p99(processes: &Processes<'_>) -> Option<Estimate> {
    let logs: Vec<f64> = latency::compared(processes).into_values().map(f64::ln).collect();
    Estimate::of_logs(&logs)
}

fn cpu_per_operation(processes: &Processes<'_>) -> CpuPerOperation {
    CpuPerOperation {
        runner: Estimate::of_values(&samples::totals(processes, |slice| Some(slice.cpu_ns), |slice| slice.ops)),
        peer: Estimate::of_values(&samples::totals(processes, |slice| slice.peer_cpu_ns, |slice| slice.ops)),
    }
}

fn runner_busy(row: &Row, processes: &Processes<'_>) -> Option<Busy> {
    let used = median(&samples::totals(processes, |slice| Some(slice.cpu_ns), |slice| slice.ns))?;
    let usable = |process: &&crate::record::Process| process.started.cpus.len().min(process.started.ready.threads);
    // A case of one task, or of one at a time, cannot use a second CPU: that does not make it idle.
    let of = if row.parallel { processes.values().map(usable).max().unwrap_or(1) } else { 1 };
    Some(Busy { used, of: of.max(1) })
}

fn peer_busy(row: &Row, processes: &Processes<'_>) -> Option<Busy> {
    let used = median(&samples::totals(processes, |slice| slice.peer_cpu_ns, |slice| slice.ns))?;
    // Every peer that loopswap starts runs on one thread.
    Some(Busy { used, of: row.peers.len().min(row.peer_cpus.len()).max(1) })
}

/// The median over generations of a figure from counting slices.
pub(super) fn of_counted(processes: &Processes<'_>, figure: impl Fn(&Counted) -> f64) -> Option<f64> {
    let values: Vec<f64> = processes.values().filter_map(|process| process.counted.as_ref()).map(figure).collect();
    median(&values)
}

pub(super) fn bytes_in_flight(row: &Row, processes: &Processes<'_>) -> Option<f64> {
    if row.in_flight < IN_FLIGHT_MIN {
        return None;
    }
    let grown: Vec<f64> = processes
        .values()
        .filter_map(|process| {
            let peak = process.counted.as_ref()?.rss_peak_bytes;
            Some(peak.saturating_sub(process.started.ready.rss_bytes) as f64)
        })
        .collect();
    median(&grown).map(|bytes| bytes / row.in_flight as f64)
}

pub(super) fn switches(processes: &Processes<'_>) -> Option<Switches> {
    let per_op = |switches: u64, counted: &Counted| switches as f64 / counted.ops.max(1) as f64;
    Some(Switches {
        voluntary: of_counted(processes, |counted| per_op(counted.voluntary_switches, counted))?,
        involuntary: of_counted(processes, |counted| per_op(counted.involuntary_switches, counted))?,
    })
}

fn notes(processes: &Processes<'_>) -> BTreeMap<String, f64> {
    let mut by_name: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
    for counted in processes.values().filter_map(|process| process.counted.as_ref()) {
        for (name, value) in &counted.notes {
            by_name.entry(name).or_default().push(*value);
        }
    }
    by_name.into_iter().filter_map(|(name, values)| Some((name.to_owned(), median(&values)?))).collect()
}
