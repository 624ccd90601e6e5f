//! The interval that belongs to the sign test: two values of a sample in order.

use crate::quantiles::median_of_sorted;

/// The median of a sample and its interval, in the unit of the values.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct MedianInterval {
    pub(crate) centre: f64,
    pub(crate) lower: f64,
    pub(crate) upper: f64,
}

/// The median of a non-empty ascending sample, and the interval that covers the population median with
/// probability `level`, or the full range if that covers with less.
///
/// From the k-th smallest to the k-th largest of n values an interval misses the median when fewer than k
/// values lie on one side of it: coin tosses, whatever the distribution. Between the two k whose levels are
/// next to `level` it is interpolated as in Hettmansperger & Sheather, "Confidence intervals based on
/// interpolated order statistics" (1986), which is nearly distribution-free.
pub(crate) fn median_interval(sorted: &[f64], level: f64) -> MedianInterval {
    let n = sorted.len();
    let centre = median_of_sorted(sorted);
    // Coverage of the k-th smallest to the k-th largest: one minus the chance of fewer than k on a side.
    let mut tail = 0.5_f64.powi(i32::try_from(n).unwrap_or(i32::MAX));
    let mut term = tail;
    let mut k = 1;
    let mut covers = 1.0 - 2.0 * tail;
    let at = |k: usize| (sorted[k - 1], sorted[n - k]);
    if covers <= level || n < 3 {
        return MedianInterval { centre, lower: sorted[0], upper: sorted[n - 1] };
    }
    while 2 * (k + 1) <= n + 1 {
        term *= (n - k + 1) as f64 / k as f64;
        tail += term;
        let next = 1.0 - 2.0 * tail;
        if next < level {
            let (inner, outer) = (at(k + 1), at(k));
            let inwards = (covers - level) / (covers - next);
            let (n, k) = (n as f64, k as f64);
            let weight = (n - k) * inwards / (k + (n - 2.0 * k) * inwards);
            let between = |outer: f64, inner: f64| outer + weight * (inner - outer);
            return MedianInterval { centre, lower: between(outer.0, inner.0), upper: between(outer.1, inner.1) };
        }
        covers = next;
        k += 1;
    }
    let (lower, upper) = at(k);
    MedianInterval { centre, lower: lower.min(centre), upper: upper.max(centre) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_interval_lies_between_the_neighbours_of_the_level() {
        let twelve: Vec<f64> = (1..=12).map(f64::from).collect();
        // 1 − 2 (1 + 12 + 66) / 4096 = 0.9614 from the third on, 1 − 2 (… + 220) / 4096 = 0.8540 from the fourth.
        let found = median_interval(&twelve, 0.95);
        let inwards = (0.961_426 - 0.95) / (0.961_426 - 0.854_004);
        let weight = 9.0 * inwards / (3.0 + 6.0 * inwards);
        assert!((found.lower - 3.0 - weight).abs() < 1e-4 && (found.upper - 10.0 + weight).abs() < 1e-4, "{found:?}");
        assert_eq!(found.centre, 6.5);
        // A level that is reached exactly needs no neighbour.
        let found = median_interval(&twelve, 1.0 - 2.0 * 79.0 / 4096.0);
        assert!((found.lower - 3.0).abs() < 1e-9 && (found.upper - 10.0).abs() < 1e-9, "{found:?}");
    }

    #[test]
    fn few_values_have_their_range() {
        for n in 1..=5 {
            let sample: Vec<f64> = (0..n).map(f64::from).collect();
            let found = median_interval(&sample, 0.95);
            assert_eq!((found.lower, found.upper), (0.0, f64::from(n - 1)));
        }
        let found = median_interval(&[1.0, 2.0, 3.0], 1e-9);
        assert!(found.lower <= 2.0 && found.upper >= 2.0 && found.upper - found.lower < 1e-8, "{found:?}");
    }
}
