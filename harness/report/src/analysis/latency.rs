//! Latencies of single operations, merged over the generations of an arm.

use super::samples::Processes;
use crate::model::Latency;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hdrhistogram::Histogram;
use hdrhistogram::serialization::Deserializer;

/// The merged latencies, and a sentence for every histogram that could not be read.
pub(super) fn latency(processes: &Processes<'_>) -> (Option<Latency>, Vec<String>) {
    let mut deserializer = Deserializer::new();
    let mut merged: Option<Histogram<u64>> = None;
    let mut errors = Vec::new();
    for (number, process) in processes {
        let Some(encoded) = process.counted.as_ref().and_then(|counted| counted.latency.as_ref()) else { continue };
        let added = decode(&mut deserializer, encoded).and_then(|histogram| merge(&mut merged, histogram));
        if let Err(what) = added {
            errors.push(format!("generation {number}: the latencies cannot be read: {what}"));
        }
    }
    (merged.filter(|histogram| !histogram.is_empty()).map(|histogram| figures(&histogram)), errors)
}

fn decode(deserializer: &mut Deserializer, encoded: &str) -> Result<Histogram<u64>, String> {
    let bytes = STANDARD.decode(encoded).map_err(|error| error.to_string())?;
    deserializer.deserialize(&mut bytes.as_slice()).map_err(|error| error.to_string())
}

fn merge(merged: &mut Option<Histogram<u64>>, histogram: Histogram<u64>) -> Result<(), String> {
    match merged {
        Some(merged) => merged.add(&histogram).map_err(|error| error.to_string()),
        None => {
            *merged = Some(histogram);
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
