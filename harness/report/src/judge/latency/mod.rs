//! Latencies of single operations, from the encoded histograms of a record.
//!
//! In a closed loop they are service times, from counting slices or from operations that timed slices stamp; in
//! an open loop they are response times, from every slice.

mod counts;
mod encoded;

use super::samples::Processes;
use crate::record::Process;
use counts::Counts;
pub(crate) use encoded::Decoder;
use loopswap_statistics::Generation;
use std::collections::BTreeMap;

/// The percentile by which open loops are compared.
pub(crate) const COMPARED: f64 = 0.99;

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

/// The compared percentile of each generation, in nanoseconds.
pub(crate) fn compared(processes: &Processes<'_>) -> BTreeMap<u32, f64> {
    let mut decoder = Decoder::default();
    let mut of = |process: &Process| of_process(&mut decoder, process).ok()??.0.percentile(COMPARED);
    processes.iter().filter_map(|(number, process)| Some((*number, of(process)?))).collect()
}

/// Log ratio arm ÷ reference of the compared percentile by generation, for each that both have.
pub(crate) fn log_ratios(arm: &Processes<'_>, reference: &Processes<'_>) -> BTreeMap<u32, f64> {
    let (arm, reference) = (compared(arm), compared(reference));
    let ratios = arm.iter().filter_map(|(number, ns)| Some((*number, (ns / reference.get(number)?).ln())));
    ratios.filter(|(_, ratio)| ratio.is_finite()).collect()
}

/// Everything that one process recorded, and the highest of it in nanoseconds; `None` if it recorded nothing.
pub(crate) fn of_process(decoder: &mut Decoder, process: &Process) -> Result<Option<(Generation, u64)>, String> {
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
