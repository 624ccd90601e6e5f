//! Latencies of single operations, merged over the generations of an arm.
//!
//! Of a closed loop they are service times, and come from its counting slices; of an open loop they are
//! response times, and come from every slice.

mod counts;
mod encoded;

use super::LEVEL;
use super::samples::Processes;
use crate::model::{Estimate, IntervalKind, Latency, Percentiles};
use crate::record::Process;
use counts::Counts;
use encoded::Decoder;
use loopswap_statistics::{SplitMix64, quantile_interval};
use std::collections::BTreeMap;

/// The percentile by which open loops are compared.
const COMPARED: f64 = 0.99;
/// Samples drawn for an interval.
const RESAMPLES: usize = 1000;

/// What is known of an arm's latencies.
#[derive(Debug, Default)]
pub(super) struct Latencies {
    /// The figures of all generations together.
    pub(super) merged: Option<Latency>,
    /// Percentiles with intervals: of an open loop with enough generations.
    pub(super) percentiles: Option<Percentiles>,
    /// A sentence for every histogram that could not be read.
    pub(super) unreadable: Vec<String>,
}

/// What one encoded histogram holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LatencySummary {
    /// How many latencies.
    pub count: u64,
    /// The longest, in nanoseconds, rounded up to the histogram's digits; 0 where there is none.
    pub longest_ns: u64,
}

/// Looks into the text of one histogram (HdrHistogram, V2 encoding, deflated, base64), whoever wrote it.
///
/// # Errors
/// Why it cannot be read.
pub fn latency_summary(text: &str) -> Result<LatencySummary, String> {
    let mut counts = None;
    Decoder::default().decode(text)?.add_to(&mut counts)?;
    let longest = counts.as_ref().and_then(|counts| counts.values_at_quantiles([1.0]));
    Ok(LatencySummary {
        count: counts.as_ref().map_or(0, Counts::total),
        longest_ns: longest.map_or(0, |[longest]| longest),
    })
}

/// The latencies of an arm; `random` draws the samples of the intervals.
pub(super) fn latencies(processes: &Processes<'_>, mut random: SplitMix64) -> Latencies {
    let mut decoder = Decoder::default();
    let mut merged = None;
    let mut unreadable = Vec::new();
    for (number, process) in processes {
        if let Err(what) = add(&mut decoder, process, &mut merged) {
            unreadable.push(format!("generation {number}: the latencies cannot be read: {what}"));
        }
    }
    // Of a closed loop only every fourth generation, or fewer, recorded any.
    let open_loop = processes.values().any(|process| !process.responses.is_empty());
    Latencies {
        merged: merged.and_then(|counts| figures(&counts)),
        percentiles: open_loop.then(|| percentiles(&mut decoder, processes, &mut random)).flatten(),
        unreadable,
    }
}

/// The figures of one process, if it recorded any and they can be read.
pub(super) fn of_one(process: &Process) -> Option<Latency> {
    figures(&of_process(&mut Decoder::default(), process)?)
}

/// The compared percentile of each generation, in nanoseconds.
pub(super) fn compared(processes: &Processes<'_>) -> BTreeMap<u32, f64> {
    let mut decoder = Decoder::default();
    let mut of = |process: &Process| {
        let [value] = of_process(&mut decoder, process)?.values_at_quantiles([COMPARED])?;
        Some(value as f64)
    };
    processes.iter().filter_map(|(number, process)| Some((*number, of(process)?))).collect()
}

/// Log ratio arm ÷ reference of the compared percentile by generation, for each that both have.
pub(super) fn log_ratios(arm: &Processes<'_>, reference: &Processes<'_>) -> BTreeMap<u32, f64> {
    let (arm, reference) = (compared(arm), compared(reference));
    let ratios = arm.iter().filter_map(|(number, ns)| Some((*number, (ns / reference.get(number)?).ln())));
    ratios.filter(|(_, ratio)| ratio.is_finite()).collect()
}

/// Adds all that one process recorded.
fn add(decoder: &mut Decoder, process: &Process, merged: &mut Option<Counts>) -> Result<(), String> {
    let counted = process.counted.iter().filter_map(|counted| counted.latency.as_ref());
    // An open loop has the response times of every slice; those that it counts are of the closed kind.
    let counted = counted.filter(|_| process.responses.is_empty());
    counted.chain(&process.responses).try_for_each(|text| decoder.decode(text)?.add_to(merged))
}

/// All that one process recorded, if it recorded any and it can be read.
fn of_process(decoder: &mut Decoder, process: &Process) -> Option<Counts> {
    let mut counts = None;
    add(decoder, process, &mut counts).ok()?;
    counts
}

/// `None` if nothing was counted.
fn figures(counts: &Counts) -> Option<Latency> {
    let [p50_ns, p90_ns, p99_ns, p999_ns, max_ns] = counts.values_at_quantiles([0.5, 0.9, 0.99, 0.999, 1.0])?;
    Some(Latency { p50_ns, p90_ns, p99_ns, p999_ns, max_ns, count: counts.total() })
}

/// Percentiles with intervals by drawing whole generations: operations of one process are not
/// independent, processes are. None where the generations are too few for any.
fn percentiles(decoder: &mut Decoder, processes: &Processes<'_>, random: &mut SplitMix64) -> Option<Percentiles> {
    let blocks: Vec<Vec<(u64, u64)>> =
        processes.values().filter_map(|process| Some(of_process(decoder, process)?.recorded().collect())).collect();
    let mut estimate = |quantile: f64| -> Option<Estimate> {
        let found = quantile_interval(&blocks, quantile, LEVEL, RESAMPLES, random)?;
        Some(Estimate {
            value: found.value as f64,
            lower: found.lower as f64,
            upper: found.upper as f64,
            level: found.level,
            kind: IntervalKind::Bootstrap,
            n: found.blocks,
        })
    };
    let found = Percentiles { p50_ns: estimate(0.5), p99_ns: estimate(0.99), p999_ns: estimate(0.999) };
    found.p50_ns.is_some().then_some(found)
}
