//! The percentiles of a typical generation of an arm.

use crate::judge::latency::{COMPARED, Decoder, of_process};
use crate::judge::samples::Processes;
use crate::judge::{Estimate, IntervalKind, LEVEL};
use crate::model::{Latency, Percentiles};
use loopswap_statistics::{PERCENTILE_GENERATIONS_MIN, TooFew, percentile};
use std::collections::BTreeMap;

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
