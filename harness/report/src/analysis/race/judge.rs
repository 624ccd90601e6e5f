//! The decision of one row: used while it is being measured, and again when its record is read.

use super::values::{Measured, Part};
use crate::analysis::{CONTROL_ALPHA, LEVEL};
use crate::comparison::Rules;
use crate::model::SerialCorrelation;
use crate::record::{RacePlan, Row, RowRecord};
use loopswap_statistics::{self as statistics, LookOutcome, RaceRules};

/// Fewer generations than this carry no verdict.
pub(super) const FEWEST: usize = 8;

/// Where a row of a race stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It needs more generations, up to this many.
    Open {
        /// Generations at which it is looked at next.
        next: u32,
    },
    /// It looks changed: it needs this many more generations that confirm.
    Suspect {
        /// Confirming generations that are missing.
        missing: u32,
    },
    /// It is decided, or no further look is planned.
    Done,
}

/// What one look sees.
pub(super) struct Seen {
    /// Log ratios HEAD ÷ BASE, one a generation.
    pub(super) values: Vec<f64>,
    /// Their centre and 95 % interval, widened where generations resemble their neighbours.
    pub(super) estimate: statistics::Estimate,
    /// Two-sided p, likewise allowed for.
    pub(super) p: f64,
    /// What their order shows.
    pub(super) serial: Option<SerialCorrelation>,
    /// Difference, on the log scale, beyond which it counts.
    pub(super) threshold: f64,
    /// The outcome of the look.
    pub(super) outcome: LookOutcome,
}

/// Looks at the screening generations of a row as they are; `last` when no more are to come.
pub(super) fn look(rules: &Rules, measured: &Measured<'_>, part: Part, last: bool) -> Option<Seen> {
    let time = measured.time();
    let values = measured.head(part, time);
    let weighed = statistics::weigh(&values, LEVEL)?;
    let threshold = threshold(rules, measured);
    let outcome = if values.len() < FEWEST {
        if last { LookOutcome::Inconclusive } else { LookOutcome::GoOn }
    } else {
        statistics::look(&values, &race_rules(rules), threshold, last)
    };
    let serial = weighed.serial.map(|found| SerialCorrelation {
        lag1: found.lag1,
        p: found.p,
        series: found.series,
        allowed: weighed.correlation,
    });
    Some(Seen { values, estimate: weighed.estimate, p: weighed.p, serial, threshold, outcome })
}

/// The rules as the statistics take them, on the log scale.
pub(crate) fn race_rules(rules: &Rules) -> RaceRules {
    RaceRules {
        suspect_p: rules.suspect_p,
        margin: rules.margin.ln_1p(),
        equivalence: rules.equivalence.ln_1p(),
        ..RaceRules::up_to(rules.looks.last().copied().unwrap_or(0))
    }
}

/// The largest of the margin, the floor, and the difference of BASE from itself that is allowed for.
fn threshold(rules: &Rules, measured: &Measured<'_>) -> f64 {
    let time = measured.time();
    let base = statistics::median(&crate::analysis::samples::medians(&measured.screening(measured.lanes().base), time));
    let floor = base.map_or(0.0, |base| (rules.floor_ns / base).ln_1p());
    race_rules(rules).threshold(&measured.control(Part::Screening, time)).max(floor)
}

/// Whether BASE differs from itself in one part of the generations.
pub(super) fn control(rules: &Rules, measured: &Measured<'_>, part: Part) -> Option<statistics::Control> {
    let values = measured.control(part, measured.time());
    statistics::control(&values, CONTROL_ALPHA, rules.margin.ln_1p())
}

/// How many generations must confirm a row that became suspect after `screened`.
fn wanted(rules: &Rules, screened: u32) -> u32 {
    if rules.confirm_generations == 0 { 0 } else { race_rules(rules).fresh(screened).max(rules.confirm_generations) }
}

/// Where the row stands, by what is measured of it.
#[must_use]
pub fn standing(race: &RacePlan, row: &Row, record: &RowRecord) -> Standing {
    let rules = &race.rules;
    let done = |confirms: bool| {
        let count = record.generations.values().filter(|generation| generation.confirms == confirms).count();
        u32::try_from(count).unwrap_or(u32::MAX)
    };
    let (screened, confirmed) = (done(false), done(true));
    let next = rules.looks.iter().copied().find(|look| *look > screened);
    if screened == 0 || !rules.looks.contains(&screened) {
        return next.map_or(Standing::Done, |next| Standing::Open { next });
    }
    let seen = Measured::of(row, record).and_then(|measured| look(rules, &measured, Part::Screening, next.is_none()));
    match seen.map(|seen| seen.outcome) {
        Some(LookOutcome::Suspect) if confirmed < wanted(rules, screened) => {
            Standing::Suspect { missing: wanted(rules, screened) - confirmed }
        }
        Some(LookOutcome::Suspect | LookOutcome::Equivalent | LookOutcome::Inconclusive) => Standing::Done,
        Some(LookOutcome::GoOn) | None => next.map_or(Standing::Done, |next| Standing::Open { next }),
    }
}
