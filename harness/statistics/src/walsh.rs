//! Walsh averages and the Hodges–Lehmann estimate of a symmetric centre.

use crate::quantiles::sorted;

/// The mean of every pair of values, each value paired with itself too: n (n + 1) / 2 of them,
/// in no particular order (Walsh, "Some significance tests for the median", 1949).
pub(crate) fn walsh_averages(values: &[f64]) -> Vec<f64> {
    let mut averages = Vec::with_capacity(values.len() * (values.len() + 1) / 2);
    for (index, &first) in values.iter().enumerate() {
        averages.extend(values[index..].iter().map(|&second| f64::midpoint(first, second)));
    }
    averages
}

/// Partly sorts `averages` and returns the values at the ascending positions `low` ≤ `high`.
///
/// Selection is linear where sorting is not, and a report asks this of thousands of rows.
pub(crate) fn select_pair(averages: &mut [f64], low: usize, high: usize) -> (f64, f64) {
    let (_, &mut upper, _) = averages.select_nth_unstable_by(high, f64::total_cmp);
    if low == high {
        return (upper, upper);
    }
    let (_, &mut lower, _) = averages[..high].select_nth_unstable_by(low, f64::total_cmp);
    (lower, upper)
}

/// The median of the Walsh averages of a sample: its centre, with the unit of `values`.
///
/// As precise as the mean on normal noise (95 % efficiency), yet up to 29 % of the values may be
/// arbitrarily wrong before it breaks. Hodges & Lehmann, "Estimates of location based on rank
/// tests" (1963). `None` if `values` is empty or one is not finite.
pub fn hodges_lehmann(values: &[f64]) -> Option<f64> {
    // Sorted first, so that the same values in another order give the same bits.
    let mut averages = walsh_averages(&sorted(values)?);
    Some(centre_of(&mut averages))
}

/// The median of a non-empty set of Walsh averages.
pub(crate) fn centre_of(averages: &mut [f64]) -> f64 {
    let last = averages.len() - 1;
    let (lower, upper) = select_pair(averages, last / 2, last.div_ceil(2));
    f64::midpoint(lower, upper)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn depression_scale_data_of_hollander_and_wolfe() {
        // Hollander & Wolfe, "Nonparametric Statistical Methods", chapter 3: nine
        // patients before and after a tranquilizer. Published estimate for after − before: −0.46.
        let sample = [0.952, -0.147, 1.022, 0.430, 0.620, 0.590, 0.490, -0.080, 0.010];
        assert!((hodges_lehmann(&sample).unwrap() - 0.46).abs() < 1e-12);
    }

    #[test]
    fn small_samples_by_hand() {
        assert_eq!(hodges_lehmann(&[]), None);
        assert_eq!(hodges_lehmann(&[f64::NAN]), None);
        assert_eq!(hodges_lehmann(&[2.0]), Some(2.0));
        // Walsh averages 1, 2, 3.
        assert_eq!(hodges_lehmann(&[1.0, 3.0]), Some(2.0));
        // Walsh averages 0, 0.5, 1, 5, 5.5, 10: the middle two are 1 and 5.
        assert_eq!(hodges_lehmann(&[0.0, 1.0, 10.0]), Some(3.0));
        assert_eq!(hodges_lehmann(&[0.25; 7]), Some(0.25));
    }
}
