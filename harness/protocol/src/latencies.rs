//! How long operations took, in a form that can be merged and sent.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hdrhistogram::Histogram;
use hdrhistogram::serialization::{Deserializer, Serializer as _, V2DeflateSerializer};
use std::time::Duration;

/// Latencies from 1 ns to 1 h with three digits.
///
/// On the wire they are an HdrHistogram, V2 encoding, deflated, base64.
#[derive(Clone, Debug)]
pub struct Latencies(Histogram<u64>);

impl Latencies {
    /// Without any latency yet.
    #[must_use]
    pub fn new() -> Self {
        Latencies(Histogram::new_with_bounds(1, 3_600_000_000_000, 3).expect("constant bounds are valid"))
    }

    /// Adds one latency.
    pub fn record(&mut self, latency: Duration) {
        let ns = u64::try_from(latency.as_nanos()).unwrap_or(u64::MAX);
        self.0.saturating_record(ns.max(1));
    }

    /// Adds all of `other`.
    pub fn join(&mut self, other: &Latencies) {
        self.0.add(&other.0).expect("all have the same bounds");
    }

    /// How many there are.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.0.len()
    }

    /// The longest, in nanoseconds, to three digits; 0 if there is none.
    #[must_use]
    pub fn longest_ns(&self) -> u64 {
        self.0.max()
    }

    /// The smallest latency that a share of at least `quantile` of all does not exceed, in nanoseconds, to
    /// three digits; 0 if there is none.
    #[must_use]
    pub fn at_quantile_ns(&self, quantile: f64) -> u64 {
        self.0.value_at_quantile(quantile)
    }

    /// The encoded form.
    #[must_use]
    pub fn encode(&self) -> String {
        let mut bytes = Vec::new();
        V2DeflateSerializer::new().serialize(&self.0, &mut bytes).expect("a vector takes every byte");
        STANDARD.encode(bytes)
    }

    /// Decodes the encoded form.
    ///
    /// # Errors
    /// What is wrong with the text.
    pub fn decode(text: &str) -> Result<Self, String> {
        let bytes = STANDARD.decode(text).map_err(|error| format!("latencies are not base64: {error}"))?;
        let sent: Histogram<u64> = Deserializer::new()
            .deserialize(&mut bytes.as_slice())
            .map_err(|error| format!("latencies are not an HdrHistogram: {error}"))?;
        let mut latencies = Latencies::new();
        latencies.0.add(sent).map_err(|error| format!("latencies have other bounds: {error}"))?;
        Ok(latencies)
    }
}

impl Default for Latencies {
    fn default() -> Self {
        Latencies::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sent_is_what_comes() {
        let mut sent = Latencies::new();
        for micros in 1..=100 {
            sent.record(Duration::from_micros(micros));
        }
        let mut came = Latencies::decode(&sent.encode()).expect("a histogram");
        assert_eq!(came.0, sent.0);
        came.join(&sent);
        assert_eq!(came.count(), 200);
    }

    #[test]
    fn what_is_no_histogram_is_told() {
        assert!(Latencies::decode("%").unwrap_err().contains("base64"));
        assert!(Latencies::decode("aGVsbG8=").unwrap_err().contains("HdrHistogram"));
    }
}
