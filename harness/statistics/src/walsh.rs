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

/// Partly sorts `averages`, of which there is at least one, and returns their median and the values that
/// have `outside` others below or above them, at most half of all.
///
/// The median first: the two others are then looked for in one half each.
pub(crate) fn centre_and_pair(averages: &mut [f64], outside: usize) -> (f64, f64, f64) {
    let last = averages.len() - 1;
    let middle = last.div_ceil(2);
    let (below, &mut upper_middle, above) = averages.select_nth_unstable_by(middle, f64::total_cmp);
    // Of an even number there are two in the middle: the other one is the largest of the lower half.
    let lower_middle = match below.iter().copied().max_by(f64::total_cmp) {
        Some(largest) if last % 2 == 1 => largest,
        _ => upper_middle,
    };
    let at = |half: &mut [f64], place: usize| *half.select_nth_unstable_by(place, f64::total_cmp).1;
    let lower = if outside < middle { at(below, outside) } else { upper_middle };
    let upper = if last - outside > middle { at(above, last - outside - middle - 1) } else { upper_middle };
    (f64::midpoint(lower_middle, upper_middle), lower, upper)
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
    fn centre_and_pair_are_those_of_sorted_averages() {
        let mut random = crate::random::SplitMix64::new(7);
        for n in 1..=40_usize {
            // Every third sample has ties.
            let unit = |random: &mut crate::random::SplitMix64| {
                let unit = random.unit();
                if n % 3 == 0 { (unit * 4.0).floor() } else { unit }
            };
            let values: Vec<f64> = (0..n).map(|_| unit(&mut random)).collect();
            let mut sorted = walsh_averages(&values);
            sorted.sort_unstable_by(f64::total_cmp);
            let last = sorted.len() - 1;
            for outside in [0, 1, last / 4, last / 2] {
                let outside = outside.min(last / 2);
                let found = centre_and_pair(&mut walsh_averages(&values), outside);
                let centre = crate::quantiles::median_of_sorted(&sorted);
                assert_eq!(found, (centre, sorted[outside], sorted[last - outside]), "{n} values, {outside} outside");
            }
        }
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
