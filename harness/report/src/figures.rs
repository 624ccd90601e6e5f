//! The figures of a file, checked before anything is computed from them.

use loopswap_protocol::quoted;
use serde_json::Value;

/// No figure of loopswap is larger, in any unit: whole numbers of 64 bits, divided by each other, in
/// nanoseconds of a second.
const FIGURE_MAX: f64 = 1e30;
/// The largest bound of a claim, before its unit: a second has 10^9 of the smallest unit, so no bound exceeds
/// the largest figure.
pub(crate) const BOUND_MAX: f64 = 1e18;

/// From this on a difference is none that a machine shows, as a fraction: a million times as much.
const VISIBLE_MAX: f64 = 1e6;

/// The figure, or the largest that can be read again: whatever is written must be readable, and an interval of
/// figures that scatter enough has no end.
pub(crate) fn bounded(figure: f64) -> f64 {
    figure.clamp(-FIGURE_MAX, FIGURE_MAX)
}

/// A logarithm as the factor that it is of; neither zero nor beyond the largest figure.
pub(crate) fn factor(log: f64) -> f64 {
    log.exp().clamp(1.0 / FIGURE_MAX, FIGURE_MAX)
}

/// A logarithm as a change, a fraction: 0.01 is 1 % more.
pub(crate) fn fraction(log: f64) -> f64 {
    bounded(log.exp_m1())
}

/// The smallest difference that would have been seen, as a fraction; `None` if it is larger than any machine
/// shows: then none would have been seen.
pub(crate) fn visible(log: f64) -> Option<f64> {
    Some(log.exp_m1()).filter(|visible| *visible <= VISIBLE_MAX)
}

/// Refuses a fraction or a figure that is beyond everything that can be measured: its percentage would be
/// infinite. Names the field. Whole numbers have their own bounds.
pub(crate) fn figures(value: &Value) -> Result<(), String> {
    let (path, figure) = match absurd(value) {
        None => return Ok(()),
        Some(found) => found,
    };
    Err(format!(
        "`{}` is {figure:e}, which is larger than anything that can be measured",
        quoted(path.trim_start_matches('.'))
    ))
}

fn absurd(value: &Value) -> Option<(String, f64)> {
    match value {
        Value::Number(number) if number.is_f64() => {
            number.as_f64().filter(|figure| figure.abs() > FIGURE_MAX).map(|figure| (String::new(), figure))
        }
        Value::Array(elements) => elements
            .iter()
            .enumerate()
            .find_map(|(index, element)| absurd(element).map(|(path, figure)| (format!("[{index}]{path}"), figure))),
        Value::Object(fields) => fields
            .iter()
            .find_map(|(name, field)| absurd(field).map(|(path, figure)| (format!(".{name}{path}"), figure))),
        _ => None,
    }
}

/// Counts in a report, a comparison or a self-test. The largest of them are rounds: one takes a few milliseconds.
const COUNTS: [&str; 19] = [
    "generations",
    "confirm_generations",
    "looks",
    "rounds",
    "disturbed_rounds",
    "throttled_rounds",
    "n",
    "races",
    "comparisons",
    "suspect",
    "regression",
    "improvement",
    "equivalent",
    "inconclusive",
    "not_trustworthy",
    "covered",
    "with_interval",
    "found_within_10_s",
    "found_within_30_s",
];
const COUNT_MAX: u64 = 10_000_000;

/// Refuses a count in a report, a comparison or a self-test that nobody lives to see, and that no column has room for.
/// Names the field.
pub(crate) fn counts(value: &Value) -> Result<(), String> {
    let Some((path, count)) = uncounted("", value) else { return Ok(()) };
    let path = quoted(path.trim_start_matches('.'));
    Err(format!("`{path}` is {count}, and the most that can be counted is {COUNT_MAX}"))
}

fn uncounted(key: &str, value: &Value) -> Option<(String, u64)> {
    match value {
        Value::Number(number) if COUNTS.contains(&key) => {
            number.as_u64().filter(|count| *count > COUNT_MAX).map(|count| (String::new(), count))
        }
        Value::Array(elements) => elements
            .iter()
            .enumerate()
            .find_map(|(index, element)| uncounted(key, element).map(|(path, n)| (format!("[{index}]{path}"), n))),
        Value::Object(fields) => fields
            .iter()
            .find_map(|(name, field)| uncounted(name, field).map(|(path, n)| (format!(".{name}{path}"), n))),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{COUNT_MAX, FIGURE_MAX, counts, factor, figures, fraction, visible};
    use serde_json::json;

    #[test]
    fn a_count_that_nobody_counts_is_named() {
        assert_eq!(counts(&json!({"seed": u64::MAX, "rows": [{"generations": COUNT_MAX}]})), Ok(()));
        let told = counts(&json!({"rules": {"looks": [12, u64::MAX]}})).expect_err("too large");
        assert_eq!(told, "`rules.looks[1]` is 18446744073709551615, and the most that can be counted is 10000000");
        counts(&json!({"settings": [{"comparisons": u64::MAX}]})).expect_err("too large");
    }

    #[test]
    fn what_is_computed_is_no_larger_than_what_is_read() {
        for log in [f64::MIN, -1e3, -70.0, 0.0, 70.0, 1e3, f64::MAX] {
            assert_eq!(figures(&json!([factor(log), fraction(log), visible(log)])), Ok(()), "{log}");
            assert!(factor(log) > 0.0);
        }
        assert_eq!((factor(1e3), factor(-1e3), fraction(-1e3)), (FIGURE_MAX, 1.0 / FIGURE_MAX, -1.0));
        assert_eq!((visible(0.0), visible(20.0)), (Some(0.0), None));
    }

    #[test]
    fn a_figure_beyond_everything_is_named() {
        assert_eq!(figures(&json!({"seed": u64::MAX, "rows": [{"ratio": 1.5}]})), Ok(()));
        let told = figures(&json!({"rows": [{"ratio": 1.5}, {"ratio": -1e300}]})).expect_err("too small");
        assert_eq!(told, "`rows[1].ratio` is -1e300, which is larger than anything that can be measured");
    }
}
