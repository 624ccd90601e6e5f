//! The verdict of one row of a race: used while it is being measured, and again when its record is read.

mod disturbed;
mod values;

pub(crate) use values::{Lanes, Measured, Part, Told};

use super::{Figure, GENERATIONS_MIN, LEVEL, MARGIN_MAX, POWER, SerialCorrelation, Twins, samples, twins};
use crate::figures::{bounded, visible};
use crate::record::{RacePlan, Row, RowRecord, Rules};
use loopswap_statistics::{self as statistics, LookOutcome, RaceRules};

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
pub(crate) struct Seen {
    /// Log ratios HEAD ÷ BASE, one a generation.
    pub(crate) values: Vec<f64>,
    /// Their centre and 95 % interval, widened where generations resemble their neighbours.
    pub(crate) estimate: statistics::Estimate,
    /// Two-sided p, likewise allowed for.
    pub(crate) p: f64,
    /// What their order shows.
    pub(crate) serial: Option<SerialCorrelation>,
    /// Difference, on the log scale, beyond which it counts.
    pub(crate) threshold: f64,
    /// The outcome of the look.
    pub(crate) outcome: LookOutcome,
}

/// What fresh processes show of a difference that was seen.
pub(crate) struct SecondOpinion {
    /// Whether it is the same difference again.
    pub(crate) again: bool,
    /// Centre and interval on the log scale, widened where generations resemble their neighbours.
    pub(crate) estimate: statistics::Estimate,
    /// Two-sided p, likewise allowed for.
    pub(crate) p: f64,
}

/// The rules as the statistics take them, on the log scale.
pub(crate) fn race_rules(rules: &Rules) -> RaceRules {
    RaceRules {
        suspect_p: rules.suspect_p,
        margin: rules.margin.ln_1p(),
        margin_max: MARGIN_MAX.ln_1p(),
        equivalence: rules.equivalence.ln_1p(),
        ..RaceRules::up_to(rules.looks.last().copied().unwrap_or(0))
    }
}

/// How many generations must confirm a row that became suspect after `screened`.
pub(crate) fn confirming(rules: &Rules, screened: u32) -> u32 {
    if rules.confirm_generations == 0 { 0 } else { race_rules(rules).fresh(screened).max(rules.confirm_generations) }
}

/// One figure of a row, by the rules of its race.
pub(crate) struct Judge<'a> {
    rules: &'a Rules,
    measured: &'a Measured<'a>,
    figure: Figure,
}

impl<'a> Judge<'a> {
    /// Of one figure.
    pub(crate) fn of(rules: &'a Rules, measured: &'a Measured<'a>, figure: Figure) -> Judge<'a> {
        Judge { rules, measured, figure }
    }

    /// The rules.
    pub(crate) fn rules(&self) -> &Rules {
        self.rules
    }

    /// Looks at one part of the generations as they are; `last` when no more are to come.
    pub(crate) fn look(&self, part: Part, last: bool) -> Option<Seen> {
        let values = self.measured.head(part, self.of_slice());
        let weighed = statistics::weigh(&values, LEVEL)?;
        let threshold = self.threshold();
        let outcome = if values.len() < GENERATIONS_MIN {
            if last { LookOutcome::Inconclusive } else { LookOutcome::GoOn }
        } else {
            statistics::look(&values, &race_rules(self.rules), threshold, last)
        };
        let serial = weighed.serial.map(|found| SerialCorrelation::of(&found, weighed.correlation));
        Some(Seen { values, estimate: weighed.estimate, p: weighed.p, serial, threshold, outcome })
    }

    /// What fresh processes show of what was seen; `None` without enough of them.
    pub(crate) fn second_opinion(&self, seen: &Seen) -> Option<SecondOpinion> {
        let values = self.measured.head(Part::Confirming, self.of_slice());
        let weighed = statistics::weigh(&values, LEVEL).filter(|_| values.len() >= GENERATIONS_MIN)?;
        let again = statistics::confirmed(&seen.values, &values, &race_rules(self.rules), seen.threshold);
        Some(SecondOpinion { again, estimate: weighed.estimate, p: weighed.p })
    }

    /// BASE against itself in one part of the generations.
    pub(crate) fn control(&self, part: Part) -> Option<Twins> {
        twins(&self.measured.control(part, self.of_slice()), self.rules.margin)
    }

    /// The floor as a share of the figure of one operation of BASE; 0 without a floor.
    pub(crate) fn floor(&self) -> f64 {
        let base = self.measured.screening(self.measured.lanes().base);
        statistics::median(&samples::medians(&base, self.of_slice()))
            .map_or(0.0, |base| bounded(self.rules.floor_ns / base))
    }

    /// The smallest change that would have been suspected, and confirmed, four times out of five; a fraction.
    pub(crate) fn smallest_visible(&self, seen: &Seen) -> Option<f64> {
        let rules = race_rules(self.rules);
        statistics::smallest_confirmed(&seen.values, &rules, seen.threshold, POWER).and_then(visible)
    }

    /// The largest of the margin, the floor, and the difference of BASE from itself that is allowed for; on the
    /// log scale.
    fn threshold(&self) -> f64 {
        let control = self.measured.control(Part::Screening, self.of_slice());
        race_rules(self.rules).threshold(&control).max(self.floor().ln_1p())
    }

    fn of_slice(&self) -> fn(&crate::record::Slice) -> f64 {
        self.measured.of_slice(self.figure)
    }
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
    let outcome = Measured::of(row, record).and_then(|measured| {
        let seen = Judge::of(rules, &measured, Figure::Time).look(Part::Screening, next.is_none())?;
        Some(seen.outcome)
    });
    match outcome {
        Some(LookOutcome::Suspect) if confirmed < confirming(rules, screened) => {
            Standing::Suspect { missing: confirming(rules, screened) - confirmed }
        }
        Some(LookOutcome::Suspect | LookOutcome::Equivalent | LookOutcome::Inconclusive) => Standing::Done,
        Some(LookOutcome::GoOn) | None => next.map_or(Standing::Done, |next| Standing::Open { next }),
    }
}
