//! Latencies of single operations, merged over the generations of an arm.

mod counts;
mod encoded;

use super::samples::Processes;
use crate::model::Latency;
use counts::Counts;
use encoded::Decoder;

/// The merged latencies, and a sentence for every histogram that could not be read.
pub(super) fn latency(processes: &Processes<'_>) -> (Option<Latency>, Vec<String>) {
    let mut decoder = Decoder::default();
    let mut merged: Option<Counts> = None;
    let mut errors = Vec::new();
    for (number, process) in processes {
        let Some(encoded) = process.counted.as_ref().and_then(|counted| counted.latency.as_ref()) else { continue };
        if let Err(what) = decoder.decode(encoded).and_then(|encoded| encoded.add_to(&mut merged)) {
            errors.push(format!("generation {number}: the latencies cannot be read: {what}"));
        }
    }
    (merged.and_then(|counts| figures(&counts)), errors)
}

/// `None` if nothing was counted.
fn figures(counts: &Counts) -> Option<Latency> {
    let [p50_ns, p90_ns, p99_ns, p999_ns, max_ns] = counts.values_at_quantiles([0.5, 0.9, 0.99, 0.999, 1.0])?;
    Some(Latency { p50_ns, p90_ns, p99_ns, p999_ns, max_ns, count: counts.total() })
}
