//! What a run does: the smoke pass, then every row's generations.

use crate::fault::Halt;
use crate::generation::{Generation, Outcome, Purpose};
use crate::row::{RowRun, Rows};
use crate::smoke::smoke;
use std::time::{Duration, Instant};

/// With fewer generations than this there is no verdict, so the budget yields to them.
const FEWEST_GENERATIONS: u32 = 8;

/// Measures every row.
pub(crate) fn measure(run: &mut Rows<'_>) -> Result<(), Halt> {
    let rows = run.len();
    // What a run had finished before it was cut short does not wait for the smoke pass of the others.
    let before = (0..rows).take_while(|row| is_finished(&run.row(*row))).count();
    for row in 0..before {
        show(&mut run.row(row));
    }
    let deadline = run.world.times.budget;
    for row in before..rows {
        // The first row is on the screen early; then every arm is tried before a second row takes its time.
        let tried_now = match row - before {
            0 => row..row + 1,
            1 => row..rows,
            _ => row..row,
        };
        tried_now.into_iter().try_for_each(|row| smoke(&mut run.row(row)))?;
        let rows_left = u32::try_from(rows - row).unwrap_or(1);
        let share = deadline.saturating_duration_since(Instant::now()) / rows_left;
        let mut row = run.row(row);
        generations(&mut row, Instant::now() + share)?;
        // Nothing of the row is reached any more.
        row.not_reached()?;
        show(&mut row);
    }
    Ok(())
}

/// Says that a row is finished.
fn show(row: &mut RowRun<'_, '_>) {
    row.world.watch.row(row.index, &row.world.written.rows()[row.index]);
}

/// Whether every arm of a row has been tried, and every generation measured that can be.
fn is_finished(row: &RowRun<'_, '_>) -> bool {
    let tried = (0..row.planned().arms.len()).all(|arm| row.state.tried.contains(&arm));
    tried && (row.complete() >= row.world.plan.generations || row.state.willing().is_empty())
}

/// The generations of a row.
fn generations(row: &mut RowRun<'_, '_>, deadline: Instant) -> Result<(), Halt> {
    for number in 0..row.world.plan.generations {
        if row.record().generations.contains_key(&number) {
            continue;
        }
        // Without the reference there is nothing to divide by, but the figures of the others count.
        let arms = row.state.willing();
        if arms.is_empty() || row.lacks_peer(Some(number))? {
            return Ok(());
        }
        let done = row.complete();
        if done >= FEWEST_GENERATIONS && Instant::now() > deadline + Duration::from_secs(2) {
            return Ok(());
        }
        if row.world.times.is_up() {
            return Err(Halt::TimeIsUp);
        }
        let generations_left = (row.world.plan.generations - done).max(1);
        let share = deadline.saturating_duration_since(Instant::now()) / generations_left;
        let rounds = row.schedule().rounds(&arms, share);
        match Generation::new(row, number, Purpose::Measure).measure(&arms, rounds)? {
            Outcome::Complete => {}
            Outcome::PeerGone => row.replace_servers()?,
        }
    }
    Ok(())
}
