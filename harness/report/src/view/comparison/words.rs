//! A row of a comparison in words, the same in every view.

use crate::comparison::{Comparison, Confirmation, CounterChange, Missing, RowComparison, Verdict};
use crate::judge::{Estimate, Figure};
use crate::model::ClaimReport;
use crate::record::Side;
use crate::words::{P_LEAST, TIME, Unit, clean, p_value, percent, plain, plus_minus, supported, unit_for, wide};

/// The sign of a verdict.
pub(in crate::view) fn sign(verdict: Verdict) -> char {
    match verdict {
        Verdict::Regression => '▼',
        Verdict::Improvement => '▲',
        Verdict::Equivalent => '=',
        Verdict::Inconclusive => '?',
        Verdict::NotTrustworthy | Verdict::Error => '!',
        Verdict::NotMeasured => ' ',
    }
}

/// What the signs mean.
pub(super) const LEGEND: &str = "▼ slower, ▲ faster, = equivalent, ? inconclusive, ! not trustworthy or failed; sees: smallest change that would \
     have been seen";

/// The word for a verdict.
pub(in crate::view) fn word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Regression => "slower",
        Verdict::Improvement => "faster",
        Verdict::Equivalent => "equivalent",
        Verdict::Inconclusive => "inconclusive",
        Verdict::NotTrustworthy => "not trustworthy",
        Verdict::Error => "failed",
        Verdict::NotMeasured => "not measured",
    }
}

/// Whether a person has to look at the row.
pub(super) fn is_flagged(row: &RowComparison) -> bool {
    matches!(row.verdict, Verdict::Regression | Verdict::Error | Verdict::Improvement)
        || row.changed_counters().next().is_some()
}

/// The flagged rows, the worst first.
pub(super) fn flagged(comparison: &Comparison) -> Vec<&RowComparison> {
    let mut rows: Vec<&RowComparison> = comparison.rows.iter().filter(|row| is_flagged(row)).collect();
    let rank = |row: &RowComparison| match row.verdict {
        Verdict::Error => 0,
        Verdict::Regression => 1,
        Verdict::Improvement => 3,
        _ => 2,
    };
    rows.sort_by_key(|row| rank(row));
    rows
}

/// The unit of time in which every figure of the rows is at least 1.
pub(super) fn unit(rows: &[&RowComparison]) -> Unit {
    let times = rows.iter().flat_map(|row| row.sides()).flatten().map(|time| time.value);
    let smallest = times.filter(|time| *time > 0.0).reduce(f64::min);
    unit_for(TIME, smallest.unwrap_or(0.0))
}

/// A time in a unit, with the digits that its interval supports.
pub(super) fn time(time: Option<&Estimate>, unit: Unit) -> String {
    match time {
        None => "–".into(),
        Some(time) if time.half_width() > 0.0 => {
            let value = supported(time.value / unit.scale, time.half_width() / unit.scale);
            format!("{value} ± {}", time.relative().map_or_else(String::new, percent))
        }
        Some(time) => plain(time.value / unit.scale),
    }
}

/// A ratio with half of its interval, or with its bounds where it is wide. A single generation has none.
pub(super) fn ratio(ratio: Option<&Estimate>) -> String {
    let Some(ratio) = ratio else { return "–".into() };
    if ratio.n < 2 {
        return plain(ratio.value);
    }
    wide(ratio.lower, ratio.value, ratio.upper).unwrap_or_else(|| {
        let (value, half) = plus_minus(ratio.value, ratio.half_width());
        format!("{value} ± {half}")
    })
}

/// Which quantity the ratio of a row is about, and why, if not about the figures next to it.
pub(super) fn judged_otherwise(row: &RowComparison) -> Option<&'static str> {
    match row.judged_by {
        Figure::Cpu => Some("HEAD ÷ BASE is of the CPU time per operation, since the peer limits the time"),
        Figure::Time if row.is_open_loop() => {
            Some("HEAD ÷ BASE is of the time of an operation, since the rate was not reached")
        }
        Figure::Time | Figure::Response => None,
    }
}

/// What the figures of BASE and HEAD are.
pub(super) fn leading(row: &RowComparison) -> String {
    let what = if row.is_open_loop() { "99th percentile of the response time" } else { "time" };
    clean(&format!("{what} of one {}", row.operation))
}

/// The smallest change that would have been seen.
pub(super) fn sees(row: &RowComparison) -> String {
    row.smallest_visible.map_or_else(|| "–".into(), percent)
}

/// The remarks under a row: counters, the second opinion, disturbance, acceptance.
pub(super) fn remarks(row: &RowComparison) -> Vec<String> {
    let mut said: Vec<String> = row.changed_counters().map(CounterChange::said).collect();
    said.extend(row.contradiction.as_ref().map(|said| format!("no verdict: {said}")));
    said.extend(row.confirmation.as_ref().map(confirmation));
    let without = match row.same_without_disturbed {
        Some(false) => Some("the finding is another without them"),
        None if row.disturbed_rounds > 0 => Some("too few remain without them to tell whether the finding is the same"),
        Some(true) | None => None,
    };
    said.extend(without.map(|without| {
        format!("{} of {} rounds were disturbed by neighbours, and {without}", row.disturbed_rounds, row.rounds)
    }));
    said.extend(row.acknowledged.as_ref().map(|accepted| {
        let what: Vec<&str> = accepted.directions.iter().map(|direction| direction.word()).collect();
        format!("acknowledged ({}) until {}: {}", what.join(" and "), accepted.until, accepted.why)
    }));
    said.iter().map(|text| clean(text)).collect()
}

fn confirmation(found: &Confirmation) -> String {
    let Confirmation { ratio, generations, seed, confirmed, p_adjusted, .. } = found;
    let word = if *confirmed { "confirmed" } else { "not confirmed" };
    let figures = ratio.map_or_else(|| "no figures".to_owned(), |ratio| ratio.told());
    format!("{word} by {generations} fresh generations, seed {seed:x}: {figures}, adjusted p {}", p(*p_adjusted))
}

/// A p-value with its significant digits.
pub(super) fn p(p: f64) -> String {
    if p < P_LEAST { p_value(p) } else { format!("{p:.4}") }
}

/// A claim that does not hold.
pub(super) fn claim(claim: &ClaimReport) -> String {
    clean(&format!("claim does not hold on HEAD: {}: {}", claim.says, claim.sentence))
}

/// What one side lacks.
pub(in crate::view) fn missing(missing: &Missing) -> String {
    let side = match missing.lacking {
        Side::Base => "BASE",
        Side::Head => "HEAD",
    };
    let why = missing.why.as_deref().map_or_else(String::new, |why| format!(": {why}"));
    clean(&format!("{side} lacks {} on {}{why}", missing.case, missing.runtime))
}
