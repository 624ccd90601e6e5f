//! Median, quantile and median absolute deviation: the plain order statistics.

/// Copies `values` in ascending order, or `None` if there are none or one is not finite.
///
/// Every public function begins here, so that "what is a usable sample" has one answer.
pub(crate) fn sorted(values: &[f64]) -> Option<Vec<f64>> {
    if values.is_empty() || values.iter().any(|value| !value.is_finite()) {
        return None;
    }
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    Some(sorted)
}

/// The middle value, or the mean of the two middle values of an even number.
///
/// The result has the unit of `values`. `None` if `values` is empty or one is not finite.
pub fn median(values: &[f64]) -> Option<f64> {
    sorted(values).map(|sorted| median_of_sorted(&sorted))
}

/// The median of a non-empty ascending slice.
pub(crate) fn median_of_sorted(sorted: &[f64]) -> f64 {
    let upper = sorted.len() / 2;
    if sorted.len() % 2 == 1 { sorted[upper] } else { f64::midpoint(sorted[upper - 1], sorted[upper]) }
}

/// The value below which a fraction `q` of the sample lies (`q` = 0.5 is the median).
///
/// Between two sample values it interpolates linearly: type 7 of Hyndman & Fan, "Sample quantiles
/// in statistical packages" (1996), the default of R and NumPy. The result has the unit of
/// `values`. `None` if `values` is empty or one is not finite, or if `q` is not in `0.0..=1.0`.
pub fn quantile(values: &[f64], q: f64) -> Option<f64> {
    if !(0.0..=1.0).contains(&q) {
        return None;
    }
    let sorted = sorted(values)?;
    let position = q * (sorted.len() - 1) as f64;
    let below = position.floor() as usize;
    let above = (below + 1).min(sorted.len() - 1);
    let weight = position - below as f64;
    // The clamp keeps rounding from leaving the two neighbours it interpolates between.
    let value = sorted[below] + weight * (sorted[above] - sorted[below]);
    Some(value.clamp(sorted[below], sorted[above]))
}

/// The median distance of the values from their median: a spread that outliers cannot move.
///
/// Hampel, "The influence curve and its role in robust estimation" (1974). It is *not* scaled; for
/// normal noise, 1.4826 times this is the standard deviation. The result has the unit of `values`.
/// `None` if `values` is empty or one is not finite.
pub fn median_absolute_deviation(values: &[f64]) -> Option<f64> {
    let centre = median(values)?;
    let distances: Vec<f64> = values.iter().map(|value| (value - centre).abs()).collect();
    median(&distances)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn median_takes_the_middle_or_the_mean_of_two() {
        assert_eq!(median(&[3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(&[4.0, 1.0, 2.0, 3.0]), Some(2.5));
        assert_eq!(median(&[7.0]), Some(7.0));
    }

    #[test]
    fn unusable_samples_have_no_answer() {
        for sample in [&[][..], &[1.0, f64::NAN][..], &[f64::INFINITY][..]] {
            assert_eq!(median(sample), None);
            assert_eq!(quantile(sample, 0.5), None);
            assert_eq!(median_absolute_deviation(sample), None);
        }
        for q in [-0.1, 1.1, f64::NAN] {
            assert_eq!(quantile(&[1.0, 2.0], q), None);
        }
    }

    #[test]
    fn quantile_matches_numpy() {
        // np.quantile([1, 2, 4, 8, 16], [0, .1, .25, .5, .9, 1]) -> 1, 1.4, 2, 4, 12.8, 16
        let sample = [16.0, 1.0, 8.0, 2.0, 4.0];
        let expected = [(0.0, 1.0), (0.1, 1.4), (0.25, 2.0), (0.5, 4.0), (0.9, 12.8), (1.0, 16.0)];
        for (q, value) in expected {
            assert!((quantile(&sample, q).unwrap() - value).abs() < 1e-12, "q = {q}");
        }
    }

    #[test]
    fn median_absolute_deviation_matches_scipy() {
        // scipy.stats.median_abs_deviation([1, 1, 2, 2, 4, 6, 9]) -> 1.0
        let sample = [1.0, 1.0, 2.0, 2.0, 4.0, 6.0, 9.0];
        assert_eq!(median_absolute_deviation(&sample), Some(1.0));
    }
}
