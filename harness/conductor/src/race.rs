//! A race of two builds: generations go to the rows that are not decided yet.

use crate::generation::{Outcome, Purpose};
use crate::run::{Halt, Run};
use loopswap_report::comparison::Side;
use loopswap_report::record::{Arm, Plan, RacePlan, Role, Row};
use loopswap_report::{Standing, standing};
use loopswap_statistics::order_period;
use std::time::{Duration, Instant};

/// A generation with rounds shorter than this has whole periods of the order.
const LONG_PERIOD: Duration = Duration::from_millis(300);

/// Turns a plan of cases on runtimes into one of BASE against HEAD: a row for each case and runtime.
#[must_use]
pub fn race_plan(plan: Plan, race: RacePlan) -> Plan {
    let lanes = |arm: &Arm| {
        [(Role::Reference, Side::Base), (Role::Control, Side::Base), (Role::Contender, Side::Head)]
            .map(|(role, side)| Arm { role, side: Some(side), ..arm.clone() })
            .to_vec()
    };
    let rows = plan
        .rows
        .iter()
        .flat_map(|row| {
            let runtimes = row.arms.iter().filter(|arm| arm.role != Role::Control);
            runtimes.map(|arm| Row { arms: lanes(arm), ..row.clone() })
        })
        .collect();
    // A row is a case on one runtime here: those of an axis are no longer next to each other.
    Plan { race: Some(race), rows, axes: Vec::new(), ..plan }
}

impl Run<'_> {
    /// Measures until every row is decided, or the time is over.
    pub(crate) fn race(&mut self) -> Result<(), Halt> {
        let Some(race) = self.plan.race.clone() else { return Ok(()) };
        for row in 0..self.plan.rows.len() {
            self.smoke(row)?;
        }
        let deadline = self.times.budget;
        // In turn, from look to look: clear rows stop early, the others get the time that is left.
        let mut open: Vec<usize> = (0..self.plan.rows.len()).collect();
        while !open.is_empty() && Instant::now() < deadline {
            let mut still = Vec::new();
            for row in open {
                let Standing::Open { next } = self.standing(&race, row) else { continue };
                if self.screen(&race, row, next, deadline)? {
                    still.push(row);
                }
            }
            open = still;
        }
        // A suspect row is confirmed even after the deadline: without a second opinion it does not count.
        for row in 0..self.plan.rows.len() {
            while let Standing::Suspect { missing } = self.standing(&race, row) {
                let before = self.rows[row].complete.len();
                for _ in 0..missing {
                    self.play(&race, row, Purpose::Confirm)?;
                }
                if self.rows[row].complete.len() == before {
                    break;
                }
            }
        }
        Ok(())
    }

    fn standing(&self, race: &RacePlan, row: usize) -> Standing {
        standing(race, &self.plan.rows[row], &self.measured.rows[row])
    }

    /// Generations up to the next look. Returns whether the row can continue.
    fn screen(&mut self, race: &RacePlan, row: usize, next: u32, deadline: Instant) -> Result<bool, Halt> {
        loop {
            let screened = self.measured.rows[row].generations.values().filter(|found| !found.confirms).count();
            if screened >= next as usize {
                return Ok(true);
            }
            if Instant::now() > deadline || !self.play(race, row, Purpose::Measure)? {
                return Ok(false);
            }
        }
    }

    /// Rounds of a generation that takes about this long: whole periods of the order, in which every arm has
    /// every place equally often. Programs that wake each other can be a third slower at the end of a
    /// generation than at its beginning, and the order has to cancel that.
    fn whole_rounds(&self, row: usize, arms: &[usize], time: Duration) -> usize {
        let calibrations = &self.rows[row].calibrations;
        let round: Duration = arms.iter().map(|arm| Duration::from_nanos(calibrations[arm].ns)).sum();
        let period = order_period(arms.len());
        if round * u32::try_from(period).unwrap_or(u32::MAX) > LONG_PERIOD {
            // At least a mirrored pair, which cancels steady changes.
            return self.rounds(row, arms, time).next_multiple_of(2);
        }
        (self.rounds(row, arms, time) / period).max(1) * period
    }

    /// One generation. Returns whether there was anything to measure.
    fn play(&mut self, race: &RacePlan, row: usize, purpose: Purpose) -> Result<bool, Halt> {
        let arms = self.rows[row].willing();
        // One side alone says nothing.
        if arms.len() < self.plan.rows[row].arms.len() {
            return Ok(false);
        }
        if self.times.is_up() {
            return Err(Halt::TimeIsUp);
        }
        let rounds = self.whole_rounds(row, &arms, Duration::from_millis(race.generation_ms));
        let number = self.rows[row].complete.last().map_or(0, |last| last + 1);
        if self.lacks_peer(row, Some(number))? {
            return Ok(false);
        }
        match self.generation(row, number, &arms, rounds, purpose)? {
            Outcome::Complete => {
                self.rows[row].complete.insert(number);
                Ok(true)
            }
            Outcome::PeerGone => {
                self.replace_servers(row)?;
                Ok(false)
            }
        }
    }
}
