//! What the numbers look like, and what they must never do.

use super::*;
use proptest::prelude::*;

#[test]
fn digits_follow_the_interval() {
    assert_eq!(supported(11.1234, 0.13), "11.1");
    assert_eq!(supported(11.1234, 1.3), "11");
    assert_eq!(supported(1234.5, 30.0), "1230");
    assert_eq!(supported(1.002_341, 0.000_4), "1.002", "four digits at most");
    assert_eq!(supported(5.0, 30.0), "5", "one digit at least");
    assert_eq!(supported(5.128, 0.0), "5.13", "no interval, three digits");
}

#[test]
fn both_sides_of_plus_minus_end_at_the_same_place() {
    let shown = |value, half| {
        let (value, half) = plus_minus(value, half);
        format!("{value} ± {half}")
    };
    assert_eq!(shown(0.6123, 0.034), "0.61 ± 0.03");
    assert_eq!(shown(1.0234, 0.0121), "1.02 ± 0.01");
    assert_eq!(shown(1.002_34, 0.000_04), "1.002 ± 0.001", "never ± 0 for what is not certain");
    assert_eq!(shown(153.2, 21.0), "150 ± 20");
    assert_eq!(shown(0.009_9, 0.000_2), "0.0099 ± 0.0002");
    assert_eq!(shown(1.0, 0.0), "1.00 ± 0.00");
}

#[test]
fn figures_without_an_interval_have_three_digits() {
    for (value, text) in [(9.996, "10.0"), (561.4, "561"), (1234.0, "1230"), (0.012_34, "0.0123"), (0.0, "0.00")] {
        assert_eq!(plain(value), text);
    }
}

#[test]
fn units_are_named() {
    assert_eq!(time(10_120_000_000.0), "10.1 s");
    assert_eq!(time(2_000_000_000.0), "2 s");
    assert_eq!(time(0.4), "0.4 ns");
    assert_eq!(memory(12.0 * 1_048_576.0), "12 MiB");
    assert_eq!(unit_for(COUNT, 11_100.0).name, "k");
    assert_eq!(percent(0.0123), "1.2 %");
    assert_eq!(percent(0.5), "50 %");
    assert_eq!(percent(0.0001), "< 0.1 %");
    assert_eq!(duration(72.4), "1m 12s");
    assert_eq!(duration(7500.0), "2h 05m");
    assert_eq!(duration(3.21), "3.2s");
}

/// Digits from the first that is not zero to the last that is shown, less trailing zeros of a
/// whole number, which only fill up.
fn digits_shown(text: &str) -> usize {
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let digits = digits.trim_start_matches('0');
    if text.contains('.') { digits.len() } else { digits.trim_end_matches('0').len() }
}

proptest! {
    #[test]
    fn no_finite_value_panics(value in proptest::num::f64::ANY, half in proptest::num::f64::ANY) {
        prop_assume!(value.is_finite() && half.is_finite());
        for text in [supported(value, half), plain(value), time(value), memory(value), percent(value), duration(value)] {
            prop_assert!(!text.is_empty() && text.len() < 40, "{text}");
        }
        plus_minus(value, half);
    }

    #[test]
    fn no_digit_is_finer_than_the_interval(value in 1e-3f64..1e6, relative in 1e-6f64..2.0) {
        let half = value * relative;
        let text = supported(value, half);
        prop_assert!(digits_shown(&text) <= 4, "{} ± {}: {}", value, half, text);
        if let Some((_, decimals)) = text.split_once('.') {
            // One more digit would be a tenth of the interval's own first digit.
            prop_assert!(10_f64.powi(-(decimals.len() as i32)) > half / 10.0 || digits_shown(&text) == 4);
            prop_assert!(10_f64.powi(-(decimals.len() as i32)) * 10.0 > half, "{} ± {}: {}", value, half, text);
        }
        let shown: f64 = text.parse().expect("a number");
        prop_assert!((shown - value).abs() <= half.max(value * 6e-4).max(value * 0.5), "{} ± {}: {}", value, half, text);
    }
}

#[test]
fn bounds_show_on_which_side_they_lie() {
    assert_eq!(bounded(1.84, 1.23, 3.61, 1.0), ["1.8", "1.2", "3.6"]);
    assert_eq!(bounded(102_300.0, 101_900.0, 106_200.0, 1000.0), ["102.3", "101.9", "106.2"]);
    assert_eq!(bounded(2.0, 2.0, 2.0, 1.0), ["2.00", "2.00", "2.00"]);
}

#[test]
fn a_wide_ratio_shows_its_bounds() {
    assert_eq!(wide(0.5, 1.0, 1.5), None, "± 50 % is still a half");
    assert_eq!(wide(0.213, 1.02, 4.81).as_deref(), Some("0.21 to 4.8"));
    assert_eq!(wide(0.0213, 1.0, 60.4).as_deref(), Some("0.021 to 60"));
}

#[test]
fn two_values_have_the_decimals_that_tell_them_apart() {
    assert_eq!(apart(6.0, 7.25), ["6", "7.25"]);
    assert_eq!(apart(16.2619, 16.2621), ["16.2619", "16.2621"]);
    assert_eq!(apart(16.5, 16.5), ["16.5", "16.5"]);
}
