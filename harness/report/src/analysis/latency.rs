//! Latencies of single operations: percentiles of a typical generation.
//!
//! In a closed loop they are service times, from its counting slices or from operations that its timed slices
//! stamp; in an open loop they are response times, from every slice.

mod counts;
mod encoded;

use super::LEVEL;
use super::samples::Processes;
use crate::model::{Estimate, IntervalKind, Latency, Percentiles};
use crate::record::Process;
use counts::Counts;
use encoded::Decoder;
use loopswap_statistics::{Generation, PERCENTILE_GENERATIONS_MIN, TooFew, percentile};
use std::collections::BTreeMap;

/// The percentile by which open loops are compared.
const COMPARED: f64 = 0.99;

/// What is known of an arm's latencies.
#[derive(Debug, Default)]
pub(super) struct Latencies {
    /// The figures of a typical generation; `None` if nothing was recorded.
    pub(super) typical: Option<Latency>,
    /// The same percentiles with intervals.
    pub(super) percentiles: Option<Percentiles>,
    /// Why one of them is missing, by its name.
    pub(super) withheld: BTreeMap<String, String>,
    /// A sentence for every histogram that could not be read.
    pub(super) unreadable: Vec<String>,
}

/// What one encoded histogram holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LatencySummary {
    /// How many latencies.
    pub count: u64,
    /// The longest, in nanoseconds, rounded up to the histogram's digits; 0 without any.
    pub longest_ns: u64,
}

/// Reads the text of one histogram (HdrHistogram, V2 encoding, deflated, base64), from any runner.
///
/// # Errors
/// Why it cannot be read.
pub fn latency_summary(text: &str) -> Result<LatencySummary, String> {
    let mut decoder = Decoder::default();
    let decoded = decoder.decode(text)?;
    let added = |found: LatencySummary, (longest_ns, count): (u64, u64)| LatencySummary {
        count: found.count.saturating_add(count),
        longest_ns,
    };
    Ok(decoded.recorded().fold(LatencySummary { count: 0, longest_ns: 0 }, added))
}

/// The latencies of an arm.
pub(super) fn latencies(processes: &Processes<'_>) -> Latencies {
    let mut decoder = Decoder::default();
    let mut found = Latencies::default();
    let mut generations = Vec::new();
    let (mut max_ns, mut count) = (0, 0_u64);
    for (number, process) in processes {
        match of_process(&mut decoder, process) {
            Ok(Some((generation, highest_ns))) => {
                max_ns = max_ns.max(highest_ns);
                count = count.saturating_add(generation.operations());
                generations.push(generation);
            }
            Ok(None) => {}
            Err(what) => found.unreadable.push(format!("generation {number}: the latencies cannot be read: {what}")),
        }
    }
    if count == 0 {
        return found;
    }
    let mut estimate = |name: &str, quantile: f64| -> Option<Estimate> {
        match percentile(&generations, quantile, LEVEL) {
            Ok(found) => Some(Estimate {
                value: found.value,
                lower: found.lower,
                upper: found.upper,
                level: found.level,
                kind: IntervalKind::OrderStatistics,
                n: found.generations,
            }),
            Err(few) => {
                found.withheld.insert(name.to_owned(), too_few(few));
                None
            }
        }
    };
    let percentiles = Percentiles {
        p50_ns: estimate("p50", 0.5),
        p90_ns: estimate("p90", 0.9),
        p99_ns: estimate("p99", COMPARED),
        p999_ns: estimate("p999", 0.999),
    };
    let whole = |figure: Option<Estimate>| figure.map(|figure| figure.value.round() as u64);
    found.typical = Some(Latency {
        p50_ns: whole(percentiles.p50_ns),
        p90_ns: whole(percentiles.p90_ns),
        p99_ns: whole(percentiles.p99_ns),
        p999_ns: whole(percentiles.p999_ns),
        max_ns,
        count,
    });
    found.percentiles = Some(percentiles);
    found
}

/// Why there is no percentile.
fn too_few(few: TooFew) -> String {
    match few {
        // The same for every arm of a row, so it is said once.
        TooFew::Generations { .. } => {
            format!("fewer than {PERCENTILE_GENERATIONS_MIN} generations recorded latencies")
        }
        TooFew::Operations { needed, .. } => {
            format!("a generation has fewer than the {needed} operations that it takes")
        }
        TooFew::Bursts { .. } => {
            "what lies beyond it comes in bursts, and a generation has too few of them to tell".to_owned()
        }
    }
}

/// The compared percentile of each generation, in nanoseconds.
pub(super) fn compared(processes: &Processes<'_>) -> BTreeMap<u32, f64> {
    let mut decoder = Decoder::default();
    let mut of = |process: &Process| of_process(&mut decoder, process).ok()??.0.percentile(COMPARED);
    processes.iter().filter_map(|(number, process)| Some((*number, of(process)?))).collect()
}

/// Log ratio arm ÷ reference of the compared percentile by generation, for each that both have.
pub(super) fn log_ratios(arm: &Processes<'_>, reference: &Processes<'_>) -> BTreeMap<u32, f64> {
    let (arm, reference) = (compared(arm), compared(reference));
    let ratios = arm.iter().filter_map(|(number, ns)| Some((*number, (ns / reference.get(number)?).ln())));
    ratios.filter(|(_, ratio)| ratio.is_finite()).collect()
}

/// Everything that one process recorded, and the highest of it in nanoseconds; `None` if it recorded nothing.
fn of_process(decoder: &mut Decoder, process: &Process) -> Result<Option<(Generation, u64)>, String> {
    let texts: Vec<&String> = texts(process).collect();
    if let [text] = texts.as_slice() {
        // The usual case by far: one process needs no array of all buckets.
        let recorded: Vec<(u64, u64)> = decoder.decode(text)?.recorded().collect();
        return Ok(generation(recorded));
    }
    let mut counts: Option<Counts> = None;
    texts.into_iter().try_for_each(|text| decoder.decode(text)?.add_to(&mut counts))?;
    Ok(counts.and_then(|counts| generation(counts.recorded().collect())))
}

/// What a process recorded, encoded. An open loop has the response times of every slice; the latencies of its
/// counting slices are of the closed kind. Timed slices stamp what happens while nothing else is recorded, so
/// if there are such stamps, counting slices are left out.
fn texts(process: &Process) -> impl Iterator<Item = &String> {
    let timed = process.responses.iter().chain(&process.sampled);
    let counted = process.counted.iter().filter_map(|counted| counted.latency.as_ref());
    counted.filter(|_| process.responses.is_empty() && process.sampled.is_none()).chain(timed)
}

fn generation(recorded: Vec<(u64, u64)>) -> Option<(Generation, u64)> {
    let highest_ns = recorded.last()?.0;
    Some((Generation::new(recorded), highest_ns))
}
