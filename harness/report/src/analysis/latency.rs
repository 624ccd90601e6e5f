//! Latencies of single operations, merged over the generations of an arm.
//!
//! Of a closed loop they are service times, and come from its counting slices; of an open loop they are
//! response times, and come from every slice.

use super::LEVEL;
use super::samples::Processes;
use crate::model::{Estimate, IntervalKind, Latency, Percentiles};
use crate::record::Process;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hdrhistogram::Histogram;
use hdrhistogram::serialization::Deserializer;
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

/// The latencies of an arm; `random` draws the samples of the intervals.
pub(super) fn latencies(processes: &Processes<'_>, mut random: SplitMix64) -> Latencies {
    let open_loop = processes.values().any(|process| !process.responses.is_empty());
    let mut unreadable = Vec::new();
    let mut by_generation = Vec::new();
    for (number, process) in processes {
        match of_process(process) {
            Ok(found) => by_generation.extend(found),
            Err(what) => {
                unreadable.push(format!("generation {number}: the latencies cannot be read: {what}"));
            }
        }
    }
    let mut merged: Option<Histogram<u64>> = None;
    for histogram in &by_generation {
        if let Err(what) = merge(&mut merged, histogram) {
            unreadable.push(format!("the latencies of two generations do not fit together: {what}"));
        }
    }
    Latencies {
        merged: merged.filter(|histogram| !histogram.is_empty()).map(|histogram| figures(&histogram)),
        // Of a closed loop only every fourth generation, or fewer, recorded any.
        percentiles: open_loop.then(|| percentiles(&by_generation, &mut random)).flatten(),
        unreadable,
    }
}

/// Log ratio arm ÷ reference of the compared percentile for each generation that both have.
pub(super) fn log_ratios(arm: &Processes<'_>, reference: &Processes<'_>) -> Vec<f64> {
    let compared = |processes: &Processes<'_>| -> BTreeMap<u32, f64> {
        let of = |process: &Process| Some(of_process(process).ok()??.value_at_quantile(COMPARED) as f64);
        processes.iter().filter_map(|(number, process)| Some((*number, of(process)?))).collect()
    };
    let (arm, reference) = (compared(arm), compared(reference));
    let ratios = arm.iter().filter_map(|(number, ns)| Some((ns / reference.get(number)?).ln()));
    ratios.filter(|ratio| ratio.is_finite()).collect()
}

/// All that one process recorded, if it recorded any.
fn of_process(process: &Process) -> Result<Option<Histogram<u64>>, String> {
    let counted = || process.counted.iter().filter_map(|counted| counted.latency.as_ref());
    let encoded: Vec<&String> =
        if process.responses.is_empty() { counted().collect() } else { process.responses.iter().collect() };
    let mut merged = None;
    for text in encoded {
        merge(&mut merged, &decode(text)?)?;
    }
    Ok(merged)
}

fn decode(encoded: &str) -> Result<Histogram<u64>, String> {
    let bytes = STANDARD.decode(encoded).map_err(|error| error.to_string())?;
    Deserializer::new().deserialize(&mut bytes.as_slice()).map_err(|error| error.to_string())
}

fn merge(merged: &mut Option<Histogram<u64>>, histogram: &Histogram<u64>) -> Result<(), String> {
    match merged {
        Some(merged) => merged.add(histogram).map_err(|error| error.to_string()),
        None => {
            *merged = Some(histogram.clone());
            Ok(())
        }
    }
}

fn figures(histogram: &Histogram<u64>) -> Latency {
    Latency {
        p50_ns: histogram.value_at_quantile(0.5),
        p90_ns: histogram.value_at_quantile(0.9),
        p99_ns: histogram.value_at_quantile(0.99),
        p999_ns: histogram.value_at_quantile(0.999),
        max_ns: histogram.max(),
        count: histogram.len(),
    }
}

/// Percentiles with intervals by drawing whole generations: operations of one process are not
/// independent, processes are. None where the generations are too few for any.
fn percentiles(by_generation: &[Histogram<u64>], random: &mut SplitMix64) -> Option<Percentiles> {
    let counts = |histogram: &Histogram<u64>| {
        histogram.iter_recorded().map(|step| (step.value_iterated_to(), step.count_at_value())).collect()
    };
    let blocks: Vec<Vec<(u64, u64)>> = by_generation.iter().map(counts).collect();
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
