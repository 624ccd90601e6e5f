//! Counts per operation, HEAD against BASE: exact, no matter what the clock says.

use crate::analysis::counters::{self, Values};
use crate::comparison::CounterChange;
use crate::judge::race::{Lanes, Measured};
use crate::model::CounterReport;

/// Fewer counting slices of a side than this show no change, unless they are all equal.
const FEWEST: usize = 3;

/// Every counter that both sides have, counted in the same way; both arms of BASE stand for BASE.
pub(super) fn changes(measured: &Measured<'_>) -> Vec<CounterChange> {
    let both = |(name, base, head): (String, Values, Values)| {
        let (base, head) = (counters::report(&base)?, counters::report(&head)?);
        (base.method == head.method).then(|| change(name, &base, &head))
    };
    pairs(measured).into_iter().filter_map(both).collect()
}

/// Counters that both sides have and that are not compared, as sentences: each side counted in its own way.
pub(super) fn not_compared(measured: &Measured<'_>) -> Vec<String> {
    let unlike = |(name, base, head): (String, Values, Values)| {
        let (base, head) = (base.method?, head.method?);
        (base != head).then(|| format!("{name} are not compared, BASE counts them by {base}, HEAD by {head}"))
    };
    pairs(measured).into_iter().filter_map(unlike).collect()
}

fn pairs(measured: &Measured<'_>) -> Vec<(String, Values, Values)> {
    let Lanes { base, control, head } = measured.lanes();
    let mut of_head = counters::values([measured.all(head)]);
    counters::values([measured.all(base), measured.all(control)])
        .into_iter()
        .filter_map(|(name, base)| of_head.remove(&name).map(|head| (name, base, head)))
        .collect()
}

fn change(name: String, base: &CounterReport, head: &CounterReport) -> CounterChange {
    let scatter = base.scatter.max(head.scatter);
    let apart = (head.value - base.value).abs();
    let exact = scatter == 0.0 && base.n >= 2 && head.n >= 1;
    // Beyond twice the scatter of both: a few values can differ by chance, but not by this much.
    let beyond = base.n.min(head.n) >= FEWEST && apart > 2.0 * (base.scatter + head.scatter);
    CounterChange {
        name,
        base: base.value,
        head: head.value,
        scatter,
        changed: apart > 0.0 && (exact || beyond),
        method: head.method.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(value: f64, scatter: f64, n: usize) -> CounterReport {
        CounterReport { value, scatter, n, method: None }
    }

    fn changed(base: CounterReport, head: CounterReport) -> bool {
        change("syscalls".into(), &base, &head).changed
    }

    #[test]
    fn exact_counts_differ_by_anything_and_noisy_ones_by_more_than_their_noise() {
        assert!(changed(report(6.0, 0.0, 2), report(7.0, 0.0, 1)));
        assert!(!changed(report(6.0, 0.0, 6), report(6.0, 0.0, 3)));
        assert!(changed(report(6.0, 0.1, 6), report(7.0, 0.1, 3)));
        assert!(!changed(report(6.0, 0.1, 6), report(6.3, 0.1, 3)), "within the noise of both");
        assert!(!changed(report(6.0, 0.1, 6), report(7.0, 0.0, 1)), "too few to know the noise");
    }
}
