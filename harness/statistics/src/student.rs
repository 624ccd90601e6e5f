//! Student's t distribution with whole degrees of freedom.

use std::f64::consts::PI;

/// The probability that |t| with `freedom` ≥ 1 degrees of freedom exceeds `t` ≥ 0.
///
/// The finite series of Abramowitz & Stegun 26.7.3 and 26.7.4. Far out, where 1 − P would cancel, it goes on
/// from a point that is safe as (freedom + t²) to the power of −freedom / 2 does: the right order of
/// magnitude, of a p-value below 1e-10.
pub(crate) fn two_tails(t: f64, freedom: u32) -> f64 {
    let inside = inside(t, freedom);
    if 1.0 - inside > 1e-10 {
        return 1.0 - inside;
    }
    let mut safe = t;
    while 1.0 - self::inside(safe, freedom) <= 1e-10 {
        safe /= 2.0;
    }
    let freedom_or_so = f64::from(freedom);
    let falls = ((freedom_or_so + safe * safe) / (freedom_or_so + t * t)).powf(freedom_or_so / 2.0);
    ((1.0 - self::inside(safe, freedom)) * falls).max(f64::MIN_POSITIVE)
}

/// The probability that |t| is at most `t`.
fn inside(t: f64, freedom: u32) -> f64 {
    let angle = (t / f64::from(freedom).sqrt()).atan();
    let (sine, cosine) = angle.sin_cos();
    let square = cosine * cosine;
    let (first, start) = if freedom.is_multiple_of(2) { (1.0, 1) } else { (cosine, 2) };
    let (mut term, mut sum) = (first, first);
    for k in (start..).step_by(2).take_while(|k| k + 2 < freedom.max(1)) {
        term *= square * f64::from(k) / f64::from(k + 1);
        sum += term;
    }
    match (freedom % 2, freedom) {
        (0, _) => sine * sum,
        (_, 1) => 2.0 * angle / PI,
        _ => 2.0 / PI * (angle + sine * sum),
    }
}

/// The t that |t| exceeds with probability `tails`, which is strictly between 0 and 1.
pub(crate) fn two_sided_quantile(tails: f64, freedom: u32) -> f64 {
    let mut high = 1.0;
    while two_tails(high, freedom) > tails {
        high *= 2.0;
    }
    let mut low = 0.0;
    for _ in 0..80 {
        let middle = f64::midpoint(low, high);
        if two_tails(middle, freedom) > tails { low = middle } else { high = middle }
    }
    f64::midpoint(low, high)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tails_match_the_tables() {
        // Abramowitz & Stegun, table 26.10; scipy.stats.t.ppf(1 − tails / 2, freedom).
        for (t, freedom, tails) in [
            (12.706_205, 1, 0.05),
            (4.302_653, 2, 0.05),
            (3.182_446, 3, 0.05),
            (2.776_445, 4, 0.05),
            (2.570_582, 5, 0.05),
            (5.840_909, 3, 0.01),
            (4.604_095, 4, 0.01),
            (2.200_985, 11, 0.05),
            (4.436_979, 11, 0.001),
            (2.045_230, 29, 0.05),
        ] {
            assert!((two_tails(t, freedom) / tails - 1.0).abs() < 1e-5, "{t}, {freedom}: {}", two_tails(t, freedom));
            assert!((two_sided_quantile(tails, freedom) / t - 1.0).abs() < 1e-5, "{tails}, {freedom}");
        }
        assert_eq!(two_tails(0.0, 7), 1.0);
    }

    #[test]
    fn far_tails_go_on_falling() {
        let tails: Vec<f64> = [10.0, 100.0, 1e3, 1e4, 1e6].iter().map(|t| two_tails(*t, 11)).collect();
        assert!(tails.windows(2).all(|pair| pair[1] < pair[0] && pair[1] > 0.0), "{tails:?}");
        // With four degrees of freedom the density falls as 12 / t⁵, so both tails as 6 / t⁴.
        assert!((two_tails(1e4, 4) / 6e-16 - 1.0).abs() < 0.01, "{}", two_tails(1e4, 4));
    }
}
