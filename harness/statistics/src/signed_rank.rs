//! Wilcoxon's signed-rank test: could these values scatter symmetrically about zero?

use crate::normal::upper_tail;
use crate::rank_sums::lower_tail;
use crate::walsh::hodges_lehmann;

/// The largest sample for which p-values and intervals are computed exactly. Above it the normal
/// approximation is off by less than 0.002 in any p (less than 0.0002 near 5 %), and far cheaper.
pub const EXACT_GENERATIONS_MAX: usize = 100;

/// How a p-value was computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// All sign patterns counted, given the (mid-)ranks of the sample.
    Exact,
    /// Normal approximation with corrections for ties, zeros and continuity.
    Normal,
}

/// The outcome of [`signed_rank`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SignedRank {
    /// Number of values, zeros included.
    pub n: usize,
    /// How many of the values are exactly zero.
    pub zeros: usize,
    /// Sum of the ranks of the positive values (halves occur with ties).
    pub positive_rank_sum: f64,
    /// Sum of the ranks of the negative values.
    pub negative_rank_sum: f64,
    /// Two-sided p-value, in (0, 1].
    pub p: f64,
    /// How `p` was computed.
    pub method: Method,
}

/// The two-sided signed-rank test of "the values are symmetric about zero".
///
/// Values are ranked by size without sign, smallest first, and the ranks of the positive and of the
/// negative ones are summed. p is the chance that signs drawn by fair coins make the smaller of the
/// two sums as small as it is, or smaller; that counts both directions, and p is at most 1.
///
/// * Ties: equal sizes share the mean of their ranks, and the exact distribution is *conditional*
///   on these mid-ranks (Hollander & Wolfe, "Nonparametric Statistical Methods", 3.1), so p stays
///   exact. Sizes tie only if they are equal to the last bit.
/// * Zeros: Pratt's way (1959). They are ranked with the rest and then left out, so that a sample
///   with many zeros is not mistaken for a small, clear-cut one. Only zeros: p = 1.
/// * Up to [`EXACT_GENERATIONS_MAX`] values p is exact ([`Method::Exact`]), above by the normal
///   approximation ([`Method::Normal`]).
///
/// The smallest p that n non-zero values can reach is 2 / 2ⁿ. `values` have any unit. `None` if
/// `values` is empty or one is not finite. Wilcoxon, "Individual comparisons by ranking methods"
/// (1945).
pub fn signed_rank(values: &[f64]) -> Option<SignedRank> {
    if values.is_empty() || values.iter().any(|value| !value.is_finite()) {
        return None;
    }
    let ranked = doubled_ranks(values);
    let sum_where = |positive: bool| -> usize {
        ranked.iter().filter(|ranked| ranked.positive == positive).map(|ranked| ranked.doubled).sum()
    };
    let (positive, negative) = (sum_where(true), sum_where(false));
    let ranks: Vec<usize> = ranked.iter().map(|ranked| ranked.doubled).collect();
    let smaller = positive.min(negative);
    let (p, method) = if values.len() <= EXACT_GENERATIONS_MAX {
        (exact_p(ranks, smaller), Method::Exact)
    } else {
        (normal_p(&ranks, smaller), Method::Normal)
    };
    Some(SignedRank {
        n: values.len(),
        zeros: values.len() - ranked.len(),
        positive_rank_sum: positive as f64 / 2.0,
        negative_rank_sum: negative as f64 / 2.0,
        p,
        method,
    })
}

/// p of "the values are symmetric about a centre no further from zero than `margin`": how likely values as
/// far out, in either direction, would be if the centre were exactly at the margin.
///
/// The sum of two one-sided signed-rank p-values, of the values moved towards zero by the margin, and of
/// those moved away from it. With a margin of 0 that is the two-sided p of [`signed_rank`]; with one far
/// larger than the noise the second part is as small as it can be, 1 / 2ⁿ. 1 where the values lie within the margin.
/// McCarthy & Smyth (2009) do the same with t. `None` as for [`signed_rank`], or if `margin` is negative or
/// not finite.
pub fn signed_rank_beyond(values: &[f64], margin: f64) -> Option<f64> {
    let centre = hodges_lehmann(values)?;
    if !(margin.is_finite() && margin >= 0.0) {
        return None;
    }
    if centre.abs() <= margin {
        return Some(1.0);
    }
    // As if the centre were positive.
    let beyond = |margin: f64| -> Option<f64> {
        let moved: Vec<f64> = values.iter().map(|value| value * centre.signum() - margin).collect();
        let found = signed_rank(&moved)?;
        let outwards = found.positive_rank_sum >= found.negative_rank_sum;
        Some(if outwards { found.p / 2.0 } else { 1.0 - found.p / 2.0 })
    };
    Some((beyond(margin)? + beyond(-margin)?).min(1.0))
}

/// One non-zero value as the test sees it.
struct Ranked {
    /// Twice the mid-rank: ties may need halves, and counting needs integers.
    doubled: usize,
    positive: bool,
}

/// The doubled mid-ranks of the non-zero values, ascending; zeros take part in the ranking only.
fn doubled_ranks(values: &[f64]) -> Vec<Ranked> {
    let mut by_size = values.to_vec();
    by_size.sort_unstable_by(|a, b| a.abs().total_cmp(&b.abs()));
    let mut ranked = Vec::with_capacity(values.len());
    let mut below = 0;
    for tied in by_size.chunk_by(|a, b| a.abs() == b.abs()) {
        // The ranks below + 1 ..= below + len have the mean below + (len + 1) / 2.
        let doubled = 2 * below + tied.len() + 1;
        below += tied.len();
        let non_zero = tied.iter().filter(|value| **value != 0.0);
        ranked.extend(non_zero.map(|value| Ranked { doubled, positive: *value > 0.0 }));
    }
    ranked
}

/// Twice the probability that fair signs give the doubled `ranks` a sum of at most `smaller`.
fn exact_p(mut ranks: Vec<usize>, mut smaller: usize) -> f64 {
    // Without ties every doubled rank is even, and halving them halves the work.
    if ranks.iter().all(|rank| rank % 2 == 0) {
        ranks.iter_mut().for_each(|rank| *rank /= 2);
        smaller /= 2;
    }
    (2.0 * lower_tail(&ranks, smaller)).min(1.0)
}

/// The normal approximation to [`exact_p`]. The variance sums the squares of the ranks as they
/// are, which *is* the correction for ties and zeros.
fn normal_p(ranks: &[usize], smaller: usize) -> f64 {
    let mean = ranks.iter().sum::<usize>() as f64 / 4.0;
    let variance = ranks.iter().map(|&rank| (rank as f64 / 2.0).powi(2)).sum::<f64>() / 4.0;
    if variance == 0.0 {
        return 1.0;
    }
    let distance = (mean - smaller as f64 / 2.0 - 0.5).max(0.0);
    // A few thousand values of one sign underflow; a p of zero would claim too much.
    (2.0 * upper_tail(distance / variance.sqrt())).clamp(f64::MIN_POSITIVE, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_margin_moves_the_null_hypothesis() {
        let values: Vec<f64> = (0..12).map(|i| 0.03 + f64::from(i) * 0.001).collect();
        let p = |margin| signed_rank_beyond(&values, margin).unwrap();
        assert_eq!(p(0.0), signed_rank(&values).unwrap().p);
        assert_eq!((p(0.01), p(0.04)), (2.0 / 4096.0, 1.0), "all beyond 1 %; the centre is within 4 %");
        assert!(p(0.031) > p(0.01) && p(0.035) > p(0.031) && p(0.035) < 0.51);
        let turned: Vec<f64> = values.iter().map(|value| -value).collect();
        assert_eq!(signed_rank_beyond(&turned, 0.031), Some(p(0.031)));
        assert_eq!(signed_rank_beyond(&[], 0.01), None);
        assert_eq!(signed_rank_beyond(&values, -0.01), None);
        assert_eq!(signed_rank_beyond(&values, f64::NAN), None);
    }

    fn p(values: &[f64]) -> f64 {
        signed_rank(values).unwrap().p
    }

    #[test]
    fn depression_scale_data_of_hollander_and_wolfe() {
        // Published: T+ = 5 of 45, one-sided p 0.020 (table), two-sided 0.039.
        // scipy.stats.wilcoxon(d, method="exact").pvalue -> 0.0390625
        let sample = [-0.952, 0.147, -1.022, -0.430, -0.620, -0.590, -0.490, 0.080, -0.010];
        let test = signed_rank(&sample).unwrap();
        assert_eq!((test.positive_rank_sum, test.negative_rank_sum), (5.0, 40.0));
        assert_eq!((test.p, test.method, test.zeros), (0.0390625, Method::Exact, 0));
    }

    #[test]
    fn ties_and_zeros_match_scipy() {
        // scipy.stats.wilcoxon(d, zero_method="pratt",
        //     method=scipy.stats.PermutationMethod(n_resamples=np.inf)).pvalue
        assert_eq!(p(&[1.0, 1.0, 2.0, 2.0, 3.0, -1.0, -2.0, 4.0]), 0.1640625);
        assert_eq!(p(&[0.0, 0.0, 1.0, 2.0, -1.0, 3.0, 4.0]), 0.1875);
        assert_eq!(p(&[0.0, 0.0, 0.0, 1.0, 1.0, -1.0, 2.0, 2.0, 5.0, -3.0]), 0.3125);
        assert_eq!(p(&[0.0, -0.0, 1.0]), 1.0);
    }

    #[test]
    fn all_of_one_sign_reaches_the_smallest_p() {
        for n in [1_usize, 5, 6, 10, 53, 60, 100] {
            let sample: Vec<f64> = (1..=n).map(|i| i as f64).collect();
            let smallest = 2.0 / 2_f64.powi(n as i32);
            assert_eq!(p(&sample), smallest, "n = {n}");
            // Ties do not change the smallest p: one of 2ⁿ sign patterns, twice.
            assert_eq!(p(&vec![0.5; n]), smallest, "n = {n}, all equal");
        }
    }

    #[test]
    fn no_evidence_is_p_one() {
        assert_eq!(p(&[0.0; 4]), 1.0);
        assert_eq!(p(&[1.0, -1.0]), 1.0);
        assert_eq!(p(&vec![0.0; EXACT_GENERATIONS_MAX + 1]), 1.0);
        assert_eq!(signed_rank(&[]), None);
        assert_eq!(signed_rank(&[1.0, f64::NAN]), None);
    }

    #[test]
    fn published_critical_values() {
        // Wilcoxon's table, two-sided 5 % and 1 %: the largest rank sum that is still significant.
        let table = [(6, 0, None), (8, 3, Some(0)), (10, 8, Some(3)), (12, 13, Some(7)), (20, 52, Some(37))];
        for (n, at_5_percent, at_1_percent) in table {
            let ranks: Vec<usize> = (1..=n).collect();
            let significant = |sum: usize, alpha: f64| exact_p(ranks.clone(), sum) <= alpha;
            // These are plain ranks, not doubled ones; `exact_p` takes any, as long as not all are even.
            assert!(significant(at_5_percent, 0.05) && !significant(at_5_percent + 1, 0.05), "n = {n}");
            match at_1_percent {
                Some(sum) => assert!(significant(sum, 0.01) && !significant(sum + 1, 0.01), "n = {n}"),
                None => assert!(!significant(0, 0.01), "n = {n}"),
            }
        }
    }

    #[test]
    fn normal_approximation_matches_scipy() {
        // d = [math.sin(i * 1.7) * (1 + i % 7) + 0.6 for i in range(120)]
        // scipy.stats.wilcoxon(d, zero_method="pratt", correction=True, method="approx").pvalue
        let untied: Vec<f64> = (0..120).map(|i| (f64::from(i) * 1.7).sin() * f64::from(1 + i % 7) + 0.6).collect();
        let test = signed_rank(&untied).unwrap();
        assert_eq!(test.method, Method::Normal);
        assert!((test.p / 0.031033826418944636 - 1.0).abs() < 1e-10, "{test:?}");
        // d = [(i * 37) % 11 - 4.0 for i in range(120)]: ties and zeros.
        let tied: Vec<f64> = (0..120).map(|i| f64::from(i * 37 % 11) - 4.0).collect();
        assert!((p(&tied) / 0.0020862459351920297 - 1.0).abs() < 1e-10, "{}", p(&tied));
    }

    #[test]
    fn both_methods_agree_where_they_meet() {
        for smaller in [1500_usize, 1955, 2200, 2500] {
            let ranks: Vec<usize> = (1..=EXACT_GENERATIONS_MAX).map(|rank| 2 * rank).collect();
            let exact = exact_p(ranks.clone(), 2 * smaller);
            let normal = normal_p(&ranks, 2 * smaller);
            assert!((exact - normal).abs() < 2e-3, "{smaller}: {exact} {normal}");
        }
    }

    #[test]
    fn p_never_reaches_zero() {
        let sample: Vec<f64> = (1..=20_000).map(f64::from).collect();
        assert!(p(&sample) > 0.0);
    }
}
