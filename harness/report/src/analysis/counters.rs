//! What an arm's runner does for one operation, from slices that do nothing but count.

use super::samples::Processes;
use crate::model::CounterReport;
use loopswap_protocol::Tally;
use loopswap_statistics::median;
use std::collections::BTreeMap;

/// Every counter per operation: the median over generations and how far any of them is from it.
pub(super) fn per_op(processes: &Processes<'_>) -> BTreeMap<String, CounterReport> {
    values(processes).into_iter().filter_map(|(name, values)| Some((name, report(&values)?))).collect()
}

/// The median of some values and how far any of them is from it; none where there are none.
pub(super) fn report(values: &[f64]) -> Option<CounterReport> {
    let value = median(values)?;
    let scatter = values.iter().map(|other| (other - value).abs()).fold(0.0, f64::max);
    Some(CounterReport { value, scatter, n: values.len() })
}

/// Every counter per operation, one value a generation that counted.
pub(super) fn values(processes: &Processes<'_>) -> BTreeMap<String, Vec<f64>> {
    let mut by_name: BTreeMap<String, Vec<f64>> = BTreeMap::new();
    for tally in tallies(processes) {
        for (name, total) in &tally.counters {
            by_name.entry(name.clone()).or_default().push(*total as f64 / tally.ops.max(1) as f64);
        }
    }
    by_name
}

/// Why a counter is missing in a generation, the last reason of each.
pub(super) fn unavailable(processes: &Processes<'_>) -> BTreeMap<String, String> {
    tallies(processes).flat_map(|tally| tally.unavailable.clone()).collect()
}

fn tallies<'a>(processes: &'a Processes<'_>) -> impl Iterator<Item = &'a Tally> {
    processes.values().filter_map(|process| process.counted.as_ref()?.tally.as_ref())
}
