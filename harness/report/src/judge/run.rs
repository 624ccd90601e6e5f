//! The verdicts of a run: all rows together, since the p-values of all are one family, and a machine that
//! drifts does so for all of them.

use super::pairs::{Pairs, series};
use super::{ALPHA, LEVEL, MARGIN_MAX, MARGIN_MIN, POWER, SAME_MAX, SerialCorrelation};
use loopswap_statistics::{self as statistics, Contender, FamilyRules, Judged, serial};

/// A row of a run, as it is judged.
pub(crate) struct Group<'a> {
    /// Every arm that is compared with the reference, in the order of the plan, and whether it is a contender;
    /// else it is the control.
    pub(crate) arms: Vec<(&'a Pairs, bool)>,
    /// Smallest difference that the row calls one, as a fraction.
    pub(crate) margin: f64,
    /// Whether its control came out fine: else it has no verdicts.
    pub(crate) trusted: bool,
}

impl<'a> Group<'a> {
    /// Its contenders; `correlation` of neighbouring generations is allowed for.
    fn contenders(&self, correlation: f64) -> Vec<Contender<'a>> {
        let (margin, trusted) = (self.margin.ln_1p(), self.trusted);
        let judged = self.arms.iter().filter(|(_, contender)| *contender).map(|(pairs, _)| *pairs);
        judged.map(|pairs| Contender { values: &pairs.logs, margin, trusted, correlation }).collect()
    }
}

/// What is found of all rows together.
pub(crate) struct Family {
    /// Whether generations resemble their neighbours, over all rows.
    pub(crate) serial: Option<SerialCorrelation>,
    /// The same of each row.
    pub(crate) serials: Vec<Option<SerialCorrelation>>,
    /// What is found of the contenders of all rows, in order.
    pub(crate) judged: Vec<Option<Judged>>,
}

/// The margin of a row whose control's interval reaches this far, as fractions.
pub(crate) fn margin(spread: f64) -> f64 {
    spread.clamp(MARGIN_MIN, MARGIN_MAX)
}

/// Looks at the order of the generations, adjusts the p-values over all contenders of all rows, and gives the
/// verdicts.
pub(crate) fn judge(rows: &[Group<'_>]) -> Family {
    let found = serial(&rows.iter().map(|row| series(row.arms.iter().map(|(pairs, _)| *pairs))).collect::<Vec<_>>());
    let contenders = rows.iter().zip(&found.allowed).flat_map(|(row, allowed)| row.contenders(*allowed));
    let contenders: Vec<Contender<'_>> = contenders.collect();
    let everywhere = found.allowed.iter().copied().reduce(f64::min).unwrap_or(0.0);
    let of_row = |(serial, allowed): (&Option<statistics::Serial>, &f64)| {
        serial.as_ref().map(|serial| SerialCorrelation::of(serial, *allowed))
    };
    Family {
        serial: found.all.map(|all| SerialCorrelation::of(&all, everywhere)),
        serials: found.rows.iter().zip(&found.allowed).map(of_row).collect(),
        judged: statistics::judge(&contenders, &rules()),
    }
}

/// The rule of a report, on the log scale.
fn rules() -> FamilyRules {
    FamilyRules { alpha: ALPHA, level: LEVEL, margin: MARGIN_MIN.ln_1p(), same_max: SAME_MAX.ln_1p(), power: POWER }
}
