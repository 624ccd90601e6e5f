//! The interval that belongs to the signed-rank test: two of the ordered Walsh averages.

use std::cell::Cell;

use crate::normal;
use crate::quantiles::sorted;
use crate::rank_sums::{pattern_probability, sign_patterns};
use crate::signed_rank::EXACT_GENERATIONS_MAX;
use crate::walsh::{select_pair, walsh_averages};

/// How the bounds of an interval were chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IntervalKind {
    /// Exact signed-rank interval that covers with at least the level asked for.
    Exact,
    /// As `Exact`, but the level rests on a normal approximation (large samples).
    Normal,
    /// Smallest to largest value, because the sample is too small to reach the level.
    FullRange,
}

/// An interval for the centre of a sample, in the unit of the sample.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// Lower bound, included.
    pub lower: f64,
    /// Upper bound, included.
    pub upper: f64,
    /// The coverage that these bounds really have, in 0..1: at least the level asked for, except
    /// for [`IntervalKind::FullRange`].
    pub level_reached: f64,
    /// How the bounds were chosen.
    pub kind: IntervalKind,
}

/// The smallest signed-rank interval for the centre of `values` that covers it with probability
/// `level` or more.
///
/// With the M = n (n + 1) / 2 Walsh averages in order, the interval from the k-th smallest to the
/// k-th largest misses the centre exactly when the rank sum of the values above (or below) it is
/// less than k. The largest k whose exact coverage is still at least `level` is taken, so the
/// interval errs on the wide side: with 10 values and `level` 0.95 it covers 0.9512. Ties only
/// widen the coverage; equal values give an interval of no width.
///
/// If even the full range of the values covers with less than `level` (5 values at 0.95), the full
/// range is returned, with the level that it does reach: 1 − 2 / 2ⁿ. One value reaches 0.
///
/// `None` if `values` is empty or one is not finite, or if `level` is not strictly between 0
/// and 1. Tukey, "The simplest signed-rank tests" (1949); Hollander & Wolfe, 3.3; needs noise that
/// is symmetric about the centre and independent values, nothing else.
pub fn interval(values: &[f64], level: f64) -> Option<Interval> {
    let sorted = sorted(values)?;
    let bounds = bounds(sorted.len(), level)?;
    Some(bounds.pick(&mut walsh_averages(&sorted)))
}

/// Which Walsh averages bound the interval: depends on n and the level alone.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Bounds {
    /// How many Walsh averages lie outside on each side (k − 1 above).
    pub(crate) outside: usize,
    pub(crate) level_reached: f64,
    pub(crate) kind: IntervalKind,
}

impl Bounds {
    /// Reads the interval from a non-empty set of Walsh averages in any order.
    pub(crate) fn pick(self, averages: &mut [f64]) -> Interval {
        let (lower, upper) = select_pair(averages, self.outside, averages.len() - 1 - self.outside);
        Interval { lower, upper, level_reached: self.level_reached, kind: self.kind }
    }
}

thread_local! {
    /// The bounds chosen last, with their n and level. A report asks for the same ones thousands of
    /// times in a row, and counting sign patterns is most of what an interval of 100 values costs.
    static LAST: Cell<Option<(usize, f64, Bounds)>> = const { Cell::new(None) };
}

/// Chooses the bounds for a sample of `n` ≥ 1 values; `None` if `level` is not a level.
pub(crate) fn bounds(n: usize, level: f64) -> Option<Bounds> {
    if !(level > 0.0 && level < 1.0) {
        return None;
    }
    if let Some((_, _, bounds)) = LAST.get().filter(|(of, at, _)| (*of, *at) == (n, level)) {
        return Some(bounds);
    }
    // 1 − 0.95 is not quite 0.05 in binary; a level that is reached exactly must count as reached.
    let miss_allowed = (1.0 - level) * (1.0 + 1e-12);
    let chosen =
        if n <= EXACT_GENERATIONS_MAX { exact_bounds(n, miss_allowed) } else { normal_bounds(n, miss_allowed) };
    let bounds = chosen.unwrap_or_else(|| Bounds {
        outside: 0,
        level_reached: 1.0 - 2.0 * pattern_probability(n),
        kind: IntervalKind::FullRange,
    });
    LAST.set(Some((n, level, bounds)));
    Some(bounds)
}

fn exact_bounds(n: usize, miss_allowed: f64) -> Option<Bounds> {
    let ranks: Vec<usize> = (1..=n).collect();
    // Below the middle of the distribution only: two tails never need more.
    let sum_max = n * (n + 1) / 4;
    let mut chosen = None;
    let mut miss = 0.0;
    for (outside, patterns) in sign_patterns(&ranks, sum_max).into_iter().enumerate() {
        miss += 2.0 * patterns * pattern_probability(n);
        // The last condition keeps the lower bound below the upper one at tiny levels.
        if miss > miss_allowed || 2 * outside + 1 > n * (n + 1) / 2 {
            break;
        }
        chosen = Some(Bounds { outside, level_reached: 1.0 - miss, kind: IntervalKind::Exact });
    }
    chosen
}

fn normal_bounds(n: usize, miss_allowed: f64) -> Option<Bounds> {
    let n = n as f64;
    let mean = n * (n + 1.0) / 4.0;
    let deviation = (n * (n + 1.0) * (2.0 * n + 1.0) / 24.0).sqrt();
    let z = -normal::quantile((miss_allowed / 2.0).min(0.5));
    let outside = (mean - z * deviation - 0.5).floor();
    (outside >= 0.0).then(|| Bounds {
        outside: outside as usize,
        level_reached: 1.0 - 2.0 * normal::upper_tail((mean - outside - 0.5) / deviation),
        kind: IntervalKind::Normal,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn depression_scale_data_of_hollander_and_wolfe() {
        // Hollander & Wolfe, chapter 3: the 96.1 % interval for after − before is (−.786, −.010).
        let sample = [-0.952, 0.147, -1.022, -0.430, -0.620, -0.590, -0.490, 0.080, -0.010];
        let found = interval(&sample, 0.95).unwrap();
        assert!((found.lower + 0.786).abs() < 1e-12 && (found.upper + 0.010).abs() < 1e-12, "{found:?}");
        assert!((found.level_reached - 0.961).abs() < 5e-4);
        assert_eq!(found.kind, IntervalKind::Exact);
    }

    #[test]
    fn bounds_match_the_exact_distribution() {
        // Largest j with 2 F(j) <= 1 - level, F the cumulated exact distribution (convolution in
        // Python integers), and 1 - 2 F(j).
        let expected = [
            (6, 0.95, 0, 0.96875),
            (8, 0.95, 3, 0.9609375),
            (8, 0.99, 0, 0.9921875),
            (10, 0.95, 8, 0.951171875),
            (10, 0.99, 3, 0.990234375),
            (12, 0.95, 13, 0.95751953125),
            (20, 0.95, 52, 0.9515590667724609),
            (42, 0.99, 247, 0.9902740628949687),
            (58, 0.95, 602, 0.9503743816436663),
            (100, 0.95, 1955, 0.9500762403957075),
            (100, 0.99, 1779, 0.9900472690604366),
        ];
        for (n, level, outside, reached) in expected {
            let found = bounds(n, level).unwrap();
            assert_eq!((found.outside, found.kind), (outside, IntervalKind::Exact), "n = {n}");
            assert!((found.level_reached - reached).abs() < 1e-12, "n = {n}: {found:?}");
        }
    }

    #[test]
    fn too_small_a_sample_says_what_it_reaches() {
        let five = interval(&[5.0, 1.0, 2.0, 4.0, 3.0], 0.95).unwrap();
        assert_eq!(five, Interval { lower: 1.0, upper: 5.0, level_reached: 0.9375, kind: IntervalKind::FullRange });
        let one = interval(&[7.0], 0.95).unwrap();
        assert_eq!((one.lower, one.upper, one.level_reached), (7.0, 7.0, 0.0));
        assert_eq!(one.kind, IntervalKind::FullRange);
    }

    #[test]
    fn a_level_reached_exactly_counts() {
        let ten: Vec<f64> = (0..10).map(f64::from).collect();
        let found = interval(&ten, 1.0 - 2.0 / 1024.0).unwrap();
        assert_eq!((found.lower, found.upper, found.kind), (0.0, 9.0, IntervalKind::Exact));
    }

    #[test]
    fn equal_values_leave_no_width() {
        let found = interval(&[0.5; 12], 0.95).unwrap();
        assert_eq!((found.lower, found.upper), (0.5, 0.5));
    }

    #[test]
    fn nonsense_has_no_interval() {
        assert_eq!(interval(&[], 0.95), None);
        assert_eq!(interval(&[1.0, f64::INFINITY], 0.95), None);
        for level in [0.0, 1.0, -1.0, 2.0, f64::NAN] {
            assert_eq!(interval(&[1.0, 2.0], level), None);
        }
    }

    #[test]
    fn tiny_levels_keep_the_bounds_in_order() {
        for n in [1, 2, 3, 4, 7, 100, 101, 150] {
            let sample: Vec<f64> = (0..n).map(f64::from).collect();
            let found = interval(&sample, 1e-9).unwrap();
            assert!(found.lower <= found.upper && found.level_reached >= 0.0, "n = {n}: {found:?}");
        }
    }

    #[test]
    fn large_samples_continue_where_the_exact_ones_end() {
        let exact = exact_bounds(EXACT_GENERATIONS_MAX, 0.05).unwrap();
        let normal = normal_bounds(EXACT_GENERATIONS_MAX, 0.05).unwrap();
        assert!(exact.outside.abs_diff(normal.outside) <= 2, "{exact:?} {normal:?}");
        assert!((exact.level_reached - normal.level_reached).abs() < 2e-4);
        assert_eq!(bounds(101, 0.95).unwrap().kind, IntervalKind::Normal);
    }
}
