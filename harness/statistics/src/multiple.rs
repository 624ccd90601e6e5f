//! Adjusting p-values when a report makes many comparisons at once.

/// The indices of `p_values` from the smallest p to the largest, and the values themselves made safe: a value
/// that is not a probability counts as 1, that is, as no evidence.
fn ranked(p_values: &[f64]) -> (Vec<usize>, Vec<f64>) {
    let usable = |p: &f64| if (0.0..=1.0).contains(p) { *p } else { 1.0 };
    let p_values: Vec<f64> = p_values.iter().map(usable).collect();
    let mut indices: Vec<usize> = (0..p_values.len()).collect();
    indices.sort_by(|&a, &b| p_values[a].total_cmp(&p_values[b]));
    (indices, p_values)
}

/// Adjusted p-values, in the order of the input, that control the false discovery rate.
///
/// Calling everything with an adjusted p ≤ q a discovery keeps the expected share of false ones
/// among them at or below q, for independent (and positively dependent) comparisons. All
/// comparisons that might have been reported must be in `p_values`, not only the promising ones.
/// An adjusted p is never below its p nor above 1, and larger p stay larger (or equal). A value
/// that is not in `0.0..=1.0` counts as 1. Benjamini & Hochberg, "Controlling the false discovery
/// rate" (1995).
pub fn benjamini_hochberg(p_values: &[f64]) -> Vec<f64> {
    let (indices, p_values) = ranked(p_values);
    let mut adjusted = p_values.clone();
    let mut smallest_above = 1.0_f64;
    for (rank, &index) in indices.iter().enumerate().rev() {
        let factor = indices.len() as f64 / (rank + 1) as f64;
        smallest_above = smallest_above.min(p_values[index] * factor);
        // A factor of exactly 1 or more never lowers p; this guards against rounding.
        adjusted[index] = smallest_above.max(p_values[index]);
    }
    adjusted
}

/// For each comparison the largest p that [`benjamini_hochberg`] would still call a discovery at the rate
/// `q`, all others being what they are. In the order of the input; never below q / n, which a single
/// difference among n comparisons must reach, nor above q.
///
/// It is the largest k q / n for which at least k − 1 of the others are as small.
pub fn passing_p(p_values: &[f64], q: f64) -> Vec<f64> {
    let (indices, p_values) = ranked(p_values);
    let count = indices.len();
    let bar = |k: usize| q * k as f64 / count as f64;
    let sorted: Vec<f64> = indices.iter().map(|index| p_values[*index]).collect();
    // How many of all are as small as each bar; the comparison itself is subtracted if it is among them.
    let below: Vec<usize> = (1..=count).map(|k| sorted.partition_point(|p| *p <= bar(k))).collect();
    // Most bars are out of reach even with one more p-value, the same for every comparison.
    let within_reach: Vec<usize> = (1..=count).rev().filter(|k| below[k - 1] + 1 >= *k).collect();
    let largest = |p: f64| {
        let passes = |k: &&usize| below[**k - 1] - usize::from(p <= bar(**k)) + 1 >= **k;
        within_reach.iter().find(passes).map_or(q, |k| bar(*k))
    };
    p_values.iter().map(|p| largest(*p)).collect()
}

/// Adjusted p-values, in the order of the input, that control the chance of *any* false discovery.
///
/// Stricter than [`benjamini_hochberg`] and valid for any dependence: for gates, where one false
/// alarm is one too many. A value that is not in `0.0..=1.0` counts as 1. Holm, "A simple
/// sequentially rejective multiple test procedure" (1979).
pub fn holm(p_values: &[f64]) -> Vec<f64> {
    let (indices, p_values) = ranked(p_values);
    let mut adjusted = p_values.clone();
    let mut largest_below = 0.0_f64;
    for (rank, &index) in indices.iter().enumerate() {
        let factor = (indices.len() - rank) as f64;
        largest_below = largest_below.max((p_values[index] * factor).min(1.0));
        adjusted[index] = largest_below;
    }
    adjusted
}

#[cfg(test)]
mod tests {
    use super::*;

    fn assert_close(found: &[f64], expected: &[f64]) {
        assert_eq!(found.len(), expected.len());
        for (a, b) in found.iter().zip(expected) {
            assert!((a - b).abs() < 1e-12, "{found:?} is not {expected:?}");
        }
    }

    /// The fifteen p-values of section 3.2 of Benjamini & Hochberg (1995).
    const PAPER: [f64; 15] = [
        0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590,
        1.0,
    ];

    #[test]
    fn benjamini_hochberg_matches_scipy_and_the_paper() {
        // scipy.stats.false_discovery_control(PAPER)
        let expected = [
            0.0015,
            0.003,
            0.0095,
            0.035625,
            0.0603,
            0.06385714285714286,
            0.06385714285714286,
            0.0645,
            0.07650000000000001,
            0.486,
            0.5811818181818181,
            0.7148749999999999,
            0.7532307692307693,
            0.8132142857142857,
            1.0,
        ];
        assert_close(&benjamini_hochberg(&PAPER), &expected);
        // The paper: four discoveries at q = 0.05.
        assert_eq!(benjamini_hochberg(&PAPER).iter().filter(|p| **p <= 0.05).count(), 4);
    }

    #[test]
    fn holm_rejects_three_of_the_paper() {
        // The paper: the familywise procedures reject three at 0.05.
        assert_eq!(holm(&PAPER).iter().filter(|p| **p <= 0.05).count(), 3);
        // p.adjust(c(0.01, 0.04, 0.03), "holm") in R -> 0.03, 0.06, 0.06
        assert_close(&holm(&[0.01, 0.04, 0.03]), &[0.03, 0.06, 0.06]);
    }

    /// By trial: a p just below the bar passes, one just above it does not.
    #[test]
    fn what_passes_is_what_the_adjustment_lets_through() {
        for q in [0.05, 0.2, 0.5] {
            for (place, bar) in passing_p(&PAPER, q).into_iter().enumerate() {
                let passes = |p: f64| {
                    let mut others = PAPER.to_vec();
                    others[place] = p;
                    benjamini_hochberg(&others)[place] <= q * (1.0 + 1e-12)
                };
                assert!(passes(bar) && !passes(bar * 1.000_001), "{q}, {place}: {bar}");
            }
        }
        assert_eq!(passing_p(&[1.0; 50], 0.05), [0.001; 50]);
        assert_eq!(passing_p(&[0.7], 0.05), [0.05]);
        assert!(passing_p(&[], 0.05).is_empty());
    }

    #[test]
    fn the_order_of_the_input_is_kept() {
        assert_close(&benjamini_hochberg(&[0.05, 0.01, 0.04, 0.02, 0.03]), &[0.05; 5]);
        assert_close(&benjamini_hochberg(&[0.9, 0.001]), &[0.9, 0.002]);
    }

    #[test]
    fn edges() {
        assert!(benjamini_hochberg(&[]).is_empty() && holm(&[]).is_empty());
        assert_eq!(benjamini_hochberg(&[0.2]), [0.2]);
        assert_eq!(benjamini_hochberg(&[f64::NAN, 0.01, 7.0]), [1.0, 0.03, 1.0]);
        assert_eq!(holm(&[f64::NAN, 0.01, -1.0]), [1.0, 0.03, 1.0]);
    }
}
