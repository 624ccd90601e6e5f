//! Small pieces of sentences.

/// "a", "a and b", "a, b and c".
pub(super) fn list(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [one] => one.clone(),
        [front @ .., last] => format!("{} and {last}", front.join(", ")),
    }
}

/// Text on one line: every run of white space becomes one space.
pub(super) fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// "97 %", or "93 to 97 %" where the shares differ by more than a percent.
pub(super) fn percent_range(shares: impl Iterator<Item = f64>) -> Option<String> {
    // CPU time is read a little later than the wall clock: 101 % of a CPU is all of it.
    let whole = |share: f64| if (1.0..1.03).contains(&share) { 1.0 } else { share };
    let percents: Vec<f64> = shares.map(|share| (whole(share) * 100.0).round()).collect();
    let lowest = percents.iter().copied().reduce(f64::min)?;
    let highest = percents.iter().copied().reduce(f64::max)?;
    Some(if highest - lowest <= 1.0 { format!("{highest} %") } else { format!("{lowest} to {highest} %") })
}

/// "1 generation", "3 generations".
pub(super) fn counted(count: usize, noun: &str) -> String {
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
}
