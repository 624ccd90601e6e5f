//! Words for what is found: the pieces of which reports and views make their sentences.
//!
//! Sentences are part of a report, so their words lie below it: no view is needed to judge.

mod damage;
mod number;
mod text;

pub(crate) use damage::damage;
pub(crate) use number::{
    COUNT, MEMORY, TIME, Unit, apart, bounded, change, duration, memory, percent, plain, plus_minus, supported, time,
    unit_for, wide,
};
pub(crate) use text::{clean, cut, left, right, width, wrap};

/// "a", "a and b", "a, b and c".
pub(crate) fn list(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [one] => one.clone(),
        [front @ .., last] => format!("{} and {last}", front.join(", ")),
    }
}

/// Text on one line: every run of white space becomes one space.
pub(crate) fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// "97 %", or "93 to 97 %" where the shares differ by more than a percent.
pub(crate) fn percent_range(shares: impl Iterator<Item = f64>) -> Option<String> {
    // CPU time is read a little later than the wall clock: 101 % of a CPU is all of it.
    let whole = |share: f64| if (1.0..1.03).contains(&share) { 1.0 } else { share };
    let percents: Vec<f64> = shares.map(|share| (whole(share) * 100.0).round()).collect();
    let lowest = percents.iter().copied().reduce(f64::min)?;
    let highest = percents.iter().copied().reduce(f64::max)?;
    Some(if highest - lowest <= 1.0 { format!("{highest} %") } else { format!("{lowest} to {highest} %") })
}

/// A p-value with its significant digits.
pub(crate) fn p_value(p: f64) -> String {
    match p {
        _ if p < P_LEAST => format!("< {P_LEAST}"),
        _ if p < 0.001 => format!("{p:.5}"),
        _ => format!("{p:.3}"),
    }
}

/// Smaller p-values are not told apart: nobody decides by them.
pub(crate) const P_LEAST: f64 = 0.0001;

/// What a p-value is held against, such as 0.0063; one that is tiny as a power of ten, not with all its zeros.
pub(crate) fn p_bound(bound: f64) -> String {
    if bound > 0.0 && bound < P_LEAST {
        return format!("{bound:.0e}");
    }
    let text = format!("{bound:.4}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// A ratio and its interval: "1.085 (1.071 to 1.098)".
pub(crate) fn ratio(value: f64, lower: f64, upper: f64) -> String {
    format!("{value:.3} ({lower:.3} to {upper:.3})")
}

/// "1 generation", "3 generations".
pub(crate) fn counted(count: usize, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_read_well() {
        assert_eq!(list(&["a".into(), "b".into(), "c".into()]), "a, b and c");
        assert_eq!(list(&["a".into()]), "a");
        assert_eq!(percent_range([0.934, 0.97].into_iter()).as_deref(), Some("93 to 97 %"));
        assert_eq!(percent_range([0.96, 0.97].into_iter()).as_deref(), Some("97 %"));
        assert_eq!(percent_range([1.012].into_iter()).as_deref(), Some("100 %"));
        assert_eq!(percent_range(std::iter::empty()), None);
        assert_eq!(counted(1, "round"), "1 round");
        assert_eq!(one_line("a\n  b\tc "), "a b c");
    }

    #[test]
    fn no_p_has_more_digits_than_are_read() {
        for (p, shown) in
            [(0.25, "0.250"), (0.00042, "0.00042"), (1e-5, "< 0.0001"), (1e-300, "< 0.0001"), (0.0, "< 0.0001")]
        {
            assert_eq!(p_value(p), shown);
        }
        for (bound, shown) in [(0.05, "0.05"), (0.0063, "0.0063"), (1.0, "1"), (0.0, "0"), (1e-300, "1e-300")] {
            assert_eq!(p_bound(bound), shown);
        }
    }
}
