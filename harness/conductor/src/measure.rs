//! What a run does: the smoke pass, then every row's generations.

use crate::generation::{Outcome, Purpose};
use crate::run::{Halt, RowState, Run};
use crate::runner::nanos;
use loopswap_report::record::{End, EndReason, Fault, FaultKind, Line};
use std::time::{Duration, Instant};

/// With fewer generations than this there is no verdict, so the budget yields to them.
const FEWEST_GENERATIONS: u32 = 8;
impl RowState {
    /// The arms that work, none where the row is not gone on with.
    pub(crate) fn willing(&self) -> Vec<usize> {
        let failures = |arm: &usize| self.failures.get(arm).copied().unwrap_or(0);
        self.calibrations.keys().copied().filter(|arm| !self.given_up && failures(arm) < MOST_FAILURES).collect()
    }
}

/// More rounds than this in one generation teach little: only generations are independent.
const MOST_ROUNDS: usize = 40;
/// What starting and preparing one process takes, about.
const START_COST: Duration = Duration::from_millis(6);
/// An arm that failed this often in a row is left alone.
const MOST_FAILURES: u32 = 3;

impl Run<'_> {
    /// Measures everything planned, and writes how it ended. Returns whether any target failed.
    ///
    /// # Errors
    /// Why it stopped before its end; what was measured is in the record all the same.
    pub fn finish(mut self) -> Result<bool, Halt> {
        let outcome = if self.plan.race.is_some() { self.race() } else { self.measure() };
        if !matches!(outcome, Err(Halt::Record(_) | Halt::Interrupted | Halt::System(_))) {
            self.not_reached()?;
        }
        let reason = match &outcome {
            Ok(()) | Err(Halt::TimeIsUp) => EndReason::Finished,
            Err(Halt::Interrupted) => EndReason::Interrupted,
            Err(Halt::Record(_) | Halt::System(_)) => EndReason::Failed,
        };
        let end = End {
            reason,
            wall_ns: nanos(self.times.began.elapsed()),
            turn_around_p50_ns: self.turn_around.value_at_quantile(0.5),
            turn_around_p99_ns: self.turn_around.value_at_quantile(0.99),
        };
        if let Err(Halt::Record(error)) = &outcome {
            self.journal.release();
            let row = self.rows.iter().position(|row| row.complete.len() < self.plan.generations as usize);
            // The last words: if even they do not fit, the terminal has them.
            let _ = self.journal.line(&Line::Fault(Fault {
                row: row.unwrap_or(0),
                arm: None,
                generation: None,
                kind: FaultKind::Record,
                message: format!("the record could not be written: {error}"),
                stderr: String::new(),
                projected_ns: None,
            }));
            let _ = self.journal.line(&Line::End(end));
        } else {
            self.write(&Line::End(end))?;
        }
        match outcome {
            Ok(()) | Err(Halt::TimeIsUp) => Ok(self.errors > 0),
            Err(halt) => Err(halt),
        }
    }

    /// Writes down what the time was up for: arms that were not tried, or not measured.
    fn not_reached(&mut self) -> Result<(), Halt> {
        (0..self.plan.rows.len()).try_for_each(|row| self.not_reached_in(row))
    }

    /// The same for one row; nothing is written down twice.
    fn not_reached_in(&mut self, row: usize) -> Result<(), Halt> {
        let state = &self.rows[row];
        let faults = &self.measured.rows[row].faults;
        if self.plan.race.is_some() && !faults.is_empty() {
            // The other side has nothing to be measured against.
            return Ok(());
        }
        let known = |arm: &usize| faults.iter().any(|fault| fault.arm.is_none_or(|faulty| faulty == *arm));
        let nothing = |arm: &usize| !state.tried.contains(arm) || state.complete.is_empty();
        let arms = (0..self.plan.rows[row].arms.len()).filter(|arm| nothing(arm) && !known(arm));
        for arm in arms.collect::<Vec<_>>() {
            let given = humantime::format_duration(Duration::from_millis(self.plan.budget_ms));
            let message = format!("not reached: the budget of {given} was used up; give the run more");
            self.record_fault(Fault {
                row,
                arm: Some(arm),
                generation: None,
                kind: FaultKind::NotReached,
                message,
                stderr: String::new(),
                projected_ns: None,
            })?;
        }
        Ok(())
    }

    fn measure(&mut self) -> Result<(), Halt> {
        let rows = self.plan.rows.len();
        // What a run had finished before it was cut short does not wait for the smoke pass of the others.
        let before = (0..rows).take_while(|row| self.is_finished(*row)).count();
        for row in 0..before {
            self.watch.row(row, &self.measured.rows[row]);
        }
        let deadline = self.times.budget;
        for row in before..rows {
            // The first row is on the screen early; then every arm is tried before a second row takes its time.
            let tried_now = match row - before {
                0 => row..row + 1,
                1 => row..rows,
                _ => row..row,
            };
            tried_now.into_iter().try_for_each(|row| self.smoke(row))?;
            let rows_left = u32::try_from(rows - row).unwrap_or(1);
            let share = deadline.saturating_duration_since(Instant::now()) / rows_left;
            self.measure_row(row, Instant::now() + share)?;
            // Nothing of the row is reached any more.
            self.not_reached_in(row)?;
            self.watch.row(row, &self.measured.rows[row]);
        }
        Ok(())
    }

    /// Whether every arm of a row has been tried, and every generation measured that can be.
    fn is_finished(&self, row: usize) -> bool {
        let state = &self.rows[row];
        let tried = (0..self.plan.rows[row].arms.len()).all(|arm| state.tried.contains(&arm));
        tried && (state.complete.len() >= self.plan.generations as usize || state.willing().is_empty())
    }

    fn measure_row(&mut self, row: usize, deadline: Instant) -> Result<(), Halt> {
        for number in 0..self.plan.generations {
            let state = &self.rows[row];
            if state.complete.contains(&number) {
                continue;
            }
            // Without the reference there is nothing to divide by, but the figures of the others count.
            let arms = state.willing();
            if arms.is_empty() || self.lacks_peer(row, Some(number))? {
                return Ok(());
            }
            let done = u32::try_from(self.rows[row].complete.len()).unwrap_or(u32::MAX);
            if done >= FEWEST_GENERATIONS && Instant::now() > deadline + Duration::from_secs(2) {
                return Ok(());
            }
            if self.times.is_up() {
                return Err(Halt::TimeIsUp);
            }
            let generations_left = (self.plan.generations - done).max(1);
            let share = deadline.saturating_duration_since(Instant::now()) / generations_left;
            let rounds = self.rounds(row, &arms, share);
            match self.generation(row, number, &arms, rounds, Purpose::Measure)? {
                Outcome::Complete => {
                    self.rows[row].complete.insert(number);
                }
                Outcome::PeerGone => self.replace_servers(row)?,
            }
        }
        Ok(())
    }

    /// Rounds that fit into the time of one generation: at least one.
    pub(crate) fn rounds(&self, row: usize, arms: &[usize], time: Duration) -> usize {
        let calibrations = &self.rows[row].calibrations;
        let round: Duration = arms.iter().map(|arm| Duration::from_nanos(calibrations[arm].ns)).sum();
        // Warm-up takes about an eighth of a round, counting a quarter.
        let beside = START_COST * u32::try_from(arms.len()).unwrap_or(1) + round * 3 / 8;
        let fit = time.saturating_sub(beside).as_nanos() / round.as_nanos().max(1);
        usize::try_from(fit).unwrap_or(MOST_ROUNDS).clamp(1, MOST_ROUNDS)
    }
}
