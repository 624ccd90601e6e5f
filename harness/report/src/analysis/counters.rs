//! What an arm's runner does for one operation, from slices that only count.

use crate::judge::samples::Processes;
use crate::model::CounterReport;
use loopswap_protocol::{TRACEPOINT, Tally};
use loopswap_statistics::median;
use std::collections::BTreeMap;

/// Figures of one counter, all counted in the same way.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Values {
    /// The way of counting, for a counter that has several.
    pub(super) method: Option<String>,
    /// Per operation, one of each generation that counted.
    pub(super) values: Vec<f64>,
}

/// Every counter per operation: the median over generations and the largest distance from it.
pub(super) fn per_op(processes: &Processes<'_>) -> BTreeMap<String, CounterReport> {
    values([processes]).into_iter().filter_map(|(name, values)| Some((name, report(&values)?))).collect()
}

/// The median of some values and the largest distance from it; `None` without values.
pub(super) fn report(Values { method, values }: &Values) -> Option<CounterReport> {
    let value = median(values)?;
    let scatter = values.iter().map(|other| (other - value).abs()).fold(0.0, f64::max);
    Some(CounterReport { value, scatter, n: values.len(), method: method.clone() })
}

/// Every counter per operation. If generations counted one in different ways, only those are used that
/// counted in the most frequent way: two ways never give exactly the same.
pub(super) fn values<'a>(arms: impl IntoIterator<Item = &'a Processes<'a>>) -> BTreeMap<String, Values> {
    let mut by_method: BTreeMap<String, BTreeMap<Option<String>, Vec<f64>>> = BTreeMap::new();
    for tally in arms.into_iter().flat_map(tallies) {
        for (name, total) in &tally.counters {
            let values = by_method.entry(name.clone()).or_default().entry(method(tally, name)).or_default();
            values.push(*total as f64 / tally.ops.max(1) as f64);
        }
    }
    let most = |ways: BTreeMap<Option<String>, Vec<f64>>| ways.into_iter().max_by_key(|(_, values)| values.len());
    by_method
        .into_iter()
        .filter_map(|(name, ways)| most(ways).map(|(method, values)| (name, Values { method, values })))
        .collect()
}

/// How a counter was counted. A record that does not say counted system calls in the only way there was.
fn method(tally: &Tally, name: &str) -> Option<String> {
    let unsaid = || (name == "syscalls").then(|| TRACEPOINT.to_owned());
    tally.methods.get(name).cloned().or_else(unsaid)
}

/// Why a counter is missing in a generation, the last reason of each.
pub(super) fn unavailable(processes: &Processes<'_>) -> BTreeMap<String, String> {
    tallies(processes).flat_map(|tally| tally.unavailable.clone()).collect()
}

fn tallies<'a>(processes: &'a Processes<'_>) -> impl Iterator<Item = &'a Tally> {
    processes.values().filter_map(|process| process.counted.as_ref()?.tally.as_ref())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::{Process, Started};
    use loopswap_protocol::{Counted, PTRACE, Ready};

    fn process(method: Option<&str>, syscalls: u64) -> Process {
        let mut tally = Tally { ops: 10, ..Tally::default() };
        tally.count("allocations", 20);
        match method {
            Some(method) => tally.count_by("syscalls", method, syscalls),
            None => tally.count("syscalls", syscalls),
        }
        let started = Started { arm: 0, cpus: vec![0], ready: Ready { threads: 1, rss_bytes: 1 }, start_up: None };
        let counted = Counted { ops: 10, tally: Some(tally), ..Counted::default() };
        Process { started, slices: Vec::new(), responses: Vec::new(), sampled: None, counted: Some(counted) }
    }

    #[test]
    fn a_figure_is_of_one_way_of_counting_and_names_it() {
        let processes = [process(Some(PTRACE), 50), process(None, 40), process(Some(TRACEPOINT), 40)];
        let processes: Processes<'_> = (0..).zip(&processes).collect();
        let report = per_op(&processes);
        let syscalls = &report["syscalls"];
        assert_eq!((syscalls.value, syscalls.scatter, syscalls.n), (4.0, 0.0, 2), "the one of another way is left out");
        assert_eq!(syscalls.method.as_deref(), Some(TRACEPOINT), "what is meant where nothing is said");
        assert_eq!((report["allocations"].n, &report["allocations"].method), (3, &None));
    }
}
