//! A race of two builds: generations go to the rows that are not decided yet.

use crate::failure::Failure;
use crate::fault::Halt;
use crate::generation::{Generation, Outcome, Purpose};
use crate::plan::fits;
use crate::row::{RowRun, Rows};
use crate::smoke::smoke;
use loopswap_report::comparison::Side;
use loopswap_report::record::{Arm, Plan, RacePlan, Role, Row};
use loopswap_report::{Standing, standing};
use std::time::{Duration, Instant};

/// Turns a plan of cases on runtimes into one of BASE against HEAD: a row for each case and runtime.
///
/// # Errors
/// When these are more rows than a record may have.
pub fn race_plan(plan: Plan, race: RacePlan) -> Result<Plan, Failure> {
    let contenders = |row: &Row| row.arms.iter().filter(|arm| arm.role != Role::Control).count();
    fits(plan.rows.iter().map(contenders).sum())?;
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
    Ok(Plan { race: Some(race), rows, axes: Vec::new(), ..plan })
}

/// Measures until every row is decided, or the time is over.
pub(crate) fn race(run: &mut Rows<'_>, race: &RacePlan) -> Result<(), Halt> {
    for row in 0..run.len() {
        smoke(&mut run.row(row))?;
    }
    let deadline = run.world.times.budget;
    // In turn, from look to look: clear rows stop early, the others get the time that is left.
    let mut open: Vec<usize> = (0..run.len()).collect();
    while !open.is_empty() && Instant::now() < deadline {
        let mut still = Vec::new();
        for index in open {
            let mut row = run.row(index);
            let Standing::Open { next } = stands(race, &row) else { continue };
            if screen(race, &mut row, next, deadline)? {
                still.push(index);
            }
        }
        open = still;
    }
    // A suspect row is confirmed even after the deadline: without a second opinion it does not count.
    for index in 0..run.len() {
        confirm(race, &mut run.row(index))?;
    }
    Ok(())
}

fn stands(race: &RacePlan, row: &RowRun<'_, '_>) -> Standing {
    standing(race, row.planned(), row.record())
}

/// Generations up to the next look. Returns whether the row can continue.
fn screen(race: &RacePlan, row: &mut RowRun<'_, '_>, next: u32, deadline: Instant) -> Result<bool, Halt> {
    loop {
        let screened = row.record().generations.values().filter(|found| !found.confirms).count();
        if screened >= next as usize {
            return Ok(true);
        }
        if Instant::now() > deadline || !play(race, row, Purpose::Measure)? {
            return Ok(false);
        }
    }
}

/// The generations that confirm a row, as long as it is suspect and they can be measured.
fn confirm(race: &RacePlan, row: &mut RowRun<'_, '_>) -> Result<(), Halt> {
    while let Standing::Suspect { missing } = stands(race, row) {
        let before = row.complete();
        for _ in 0..missing {
            play(race, row, Purpose::Confirm)?;
        }
        if row.complete() == before {
            break;
        }
    }
    Ok(())
}

/// One generation. Returns whether there was anything to measure.
fn play(race: &RacePlan, row: &mut RowRun<'_, '_>, purpose: Purpose) -> Result<bool, Halt> {
    let arms = row.state.willing();
    // One side alone says nothing.
    if arms.len() < row.planned().arms.len() {
        return Ok(false);
    }
    if row.world.times.is_up() {
        return Err(Halt::TimeIsUp);
    }
    let rounds = row.schedule().whole_rounds(&arms, Duration::from_millis(race.generation_ms));
    let number = row.record().generations.keys().last().map_or(0, |last| last + 1);
    if row.lacks_peer(Some(number))? {
        return Ok(false);
    }
    match Generation::new(row, number, purpose).measure(&arms, rounds)? {
        Outcome::Complete => Ok(true),
        Outcome::PeerGone => {
            row.replace_servers()?;
            Ok(false)
        }
    }
}
