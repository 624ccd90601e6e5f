//! Numbers for people: no more digits than their interval supports, units with every number.

/// Most digits that are shown, however narrow an interval is.
const DIGITS_MAX: i32 = 4;
/// A half of an interval beyond this part of its ratio is not shown as one.
const WIDE: f64 = 0.5;
/// Digits of a figure that has no interval.
const DIGITS_PLAIN: i32 = 3;

/// A unit and what one of it is in the base unit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Unit {
    /// Its sign, such as `µs`; empty for plain numbers.
    pub(crate) name: &'static str,
    /// Base units in one of it.
    pub(crate) scale: f64,
}

/// Units of time; the base unit is the nanosecond.
pub(crate) const TIME: &[Unit] = &[unit("ns", 1.0), unit("µs", 1e3), unit("ms", 1e6), unit("s", 1e9)];
/// Prefixes of plain counts.
pub(crate) const COUNT: &[Unit] = &[unit("", 1.0), unit("k", 1e3), unit("M", 1e6), unit("G", 1e9)];
/// Units of memory; the base unit is the byte.
pub(crate) const MEMORY: &[Unit] =
    &[unit("B", 1.0), unit("KiB", 1024.0), unit("MiB", 1_048_576.0), unit("GiB", 1_073_741_824.0)];

const fn unit(name: &'static str, scale: f64) -> Unit {
    Unit { name, scale }
}

/// The largest unit in which `value` is at least 1, or the smallest unit.
pub(crate) fn unit_for(units: &[Unit], value: f64) -> Unit {
    units.iter().rev().find(|unit| value.abs() >= unit.scale).or(units.first()).copied().unwrap_or(unit("", 1.0))
}

/// The power of ten of the first digit; 0 for zero.
fn magnitude(value: f64) -> i32 {
    if value == 0.0 || !value.is_finite() { 0 } else { value.abs().log10().floor() as i32 }
}

/// The power of ten of the last digit that an interval of ± `half` supports: that of its own first
/// digit, but at most [`DIGITS_MAX`] digits and at least the first.
fn place(value: f64, half: f64) -> i32 {
    let first = magnitude(value);
    let finest = first - DIGITS_MAX + 1;
    if half > 0.0 { magnitude(half).clamp(finest, first) } else { first - DIGITS_PLAIN + 1 }
}

/// `value` rounded to a multiple of 10^`place`.
fn rounded(value: f64, place: i32) -> String {
    // Far outside the units of a table only the size matters.
    if value.abs() >= 1e9 || (value != 0.0 && value.abs() < 1e-6) {
        return format!("{value:.1e}");
    }
    if place >= 0 {
        let step = 10_f64.powi(place);
        format!("{:.0}", (value / step).round() * step)
    } else {
        format!("{value:.*}", place.unsigned_abs() as usize)
    }
}

/// `value` with the digits that ± `half` supports.
pub(crate) fn supported(value: f64, half: f64) -> String {
    rounded(value, place(value, half))
}

/// `value` and `half` to the same place; a half that is not zero is never shown as zero.
pub(crate) fn plus_minus(value: f64, half: f64) -> (String, String) {
    let place = place(value, half);
    let least = if half > 0.0 { half.max(10_f64.powi(place)) } else { 0.0 };
    (rounded(value, place), rounded(least, place))
}

/// `value` and its bounds in units of `scale`, all to one place more than the interval supports: a reader
/// must see on which side of a limit a bound lies.
pub(crate) fn bounded(value: f64, lower: f64, upper: f64, scale: f64) -> [String; 3] {
    let place = place(value / scale, (upper - lower) / 20.0 / scale);
    [value, lower, upper].map(|number| rounded(number / scale, place))
}

/// The bounds of a ratio where ± would promise more than it can: a half so large reaches, or nearly, what no
/// ratio can be. Each has two or three digits.
pub(crate) fn wide(lower: f64, value: f64, upper: f64) -> Option<String> {
    let half = (upper - lower) / 2.0;
    let bound = |bound: f64| supported(bound, bound.abs() * 0.05);
    (half > value * WIDE).then(|| format!("{} to {}", bound(lower), bound(upper)))
}

/// `value` with three digits, for figures without an interval.
pub(crate) fn plain(value: f64) -> String {
    let place = magnitude(value) - DIGITS_PLAIN + 1;
    // 9.996 becomes 10.0, not 10.00.
    let step = 10_f64.powi(place);
    let up = (value / step).round() * step;
    rounded(value, magnitude(if up.is_finite() { up } else { value }) - DIGITS_PLAIN + 1)
}

/// Two values with three decimals at most, or with as many as it takes to tell them apart; without trailing zeros.
pub(crate) fn apart(one: f64, other: f64) -> [String; 2] {
    let with = |places: usize| {
        [one, other].map(|value| format!("{value:.places$}").trim_end_matches('0').trim_end_matches('.').to_owned())
    };
    (3..=12).map(with).find(|[one, other]| one != other).unwrap_or_else(|| with(3))
}

/// A time with its unit.
pub(crate) fn time(ns: f64) -> String {
    with_unit(TIME, ns)
}

/// A size with its unit.
pub(crate) fn memory(bytes: f64) -> String {
    with_unit(MEMORY, bytes)
}

fn with_unit(units: &[Unit], value: f64) -> String {
    let unit = unit_for(units, value);
    let number = plain(value / unit.scale);
    // A trailing `.0` suggests precision that is not there: 2 s, not 2.00 s.
    let number = if number.contains('.') { number.trim_end_matches('0').trim_end_matches('.') } else { &number };
    format!("{number} {}", unit.name)
}

/// A fraction as a percentage: `0.9 %`, `12 %`.
pub(crate) fn percent(fraction: f64) -> String {
    let percent = fraction * 100.0;
    match percent.abs() {
        0.0 => "0 %".into(),
        small if small < 0.05 => "< 0.1 %".into(),
        medium if medium < 9.95 => format!("{percent:.1} %"),
        large if large < 1e6 => format!("{percent:.0} %"),
        _ => format!("{percent:.0e} %"),
    }
}

/// A ratio as the percent by which one takes more or less than the other: `+4.98 %`.
pub(crate) fn change(ratio: f64) -> String {
    let change = ratio - 1.0;
    let sign = if change < 0.0 { "-" } else { "+" };
    // Finer than percentages elsewhere: a verdict may depend on a tenth.
    let shown = change.abs() * 100.0;
    match shown {
        small if small < 9.995 => format!("{sign}{small:.2} %"),
        medium if medium < 99.95 => format!("{sign}{medium:.1} %"),
        _ => format!("{sign}{}", percent(change.abs())),
    }
}

/// A duration as clocks show it: `42s`, `1m 12s`, `2h 05m`.
pub(crate) fn duration(seconds: f64) -> String {
    if seconds < 9.95 {
        return format!("{:.1}s", seconds.max(0.0));
    }
    let seconds = seconds.round() as u64;
    match (seconds / 3600, seconds / 60 % 60, seconds % 60) {
        (0, 0, seconds) => format!("{seconds}s"),
        (0, minutes, seconds) => format!("{minutes}m {seconds:02}s"),
        (hours, minutes, _) => format!("{hours}h {minutes:02}m"),
    }
}

#[cfg(test)]
mod tests;
