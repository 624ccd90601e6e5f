//! The smoke pass: every arm is tried once, its results checked, and the work of one slice found.

use crate::asked::Timed;
use crate::fault::{Halt, Missed};
use crate::filling::Filling;
use crate::plan::smallest;
use crate::row::RowRun;
use crate::turntable::Part;
use crate::watch::Phase;
use loopswap_report::record::{Arm, Calibration, Fault, FaultKind, Line, NoHello, Role};
use std::time::{Duration, Instant};

/// Tries every arm of a row.
pub(crate) fn smoke(row: &mut RowRun<'_, '_>) -> Result<(), Halt> {
    let arms = 0..row.planned().arms.len();
    let untried: Vec<usize> = arms.filter(|arm| !row.state.tried.contains(arm)).collect();
    if untried.is_empty() || row.lacks_peer(None)? {
        return Ok(());
    }
    if !row.pin(None)? {
        return row.replace_servers();
    }
    for arm in untried {
        if Instant::now() >= row.world.times.trials {
            // An arm that is not tried was not reached, which is recorded at the end.
            return Ok(());
        }
        row.state.tried.insert(arm);
        row.tell(Phase::Smoke, arm);
        if let Some(fault) = known(row, arm) {
            row.fault(fault)?;
            continue;
        }
        match work(row, arm) {
            Ok(calibration) => {
                let Calibration { ops, ns } = calibration;
                row.state.calibrations.insert(arm, calibration);
                row.write(Line::Calibrated { row: row.index, arm, ops, ns })?;
            }
            Err(Missed::Halt(halt)) => return Err(halt),
            Err(Missed::Trouble(_)) if row.peer_gone(None)? => return row.replace_servers(),
            Err(Missed::Trouble(trouble)) => row.trouble(row.place_of(arm, None), trouble)?,
            Err(Missed::Unfinished(unfinished)) => row.unfinished(row.place_of(arm, None), unfinished)?,
        }
    }
    Ok(())
}

/// Why an arm has no result, if that is known without a trial.
fn known(row: &RowRun<'_, '_>, arm: usize) -> Option<Fault> {
    let Arm { role, unavailable, no_hello, .. } = &row.planned().arms[arm];
    let place = row.place_of(arm, None);
    if let Some(unavailable) = unavailable {
        return Some(place.skipped(unavailable));
    }
    match (role, no_hello) {
        (Role::Control, _) => {
            let reference = row.state.calibrations.get(&0);
            reference.is_none().then(|| place.fault(FaultKind::Skipped, "the reference has no result"))
        }
        (_, Some(NoHello { kind, message, stderr })) => {
            Some(Fault { stderr: stderr.clone(), ..place.fault(*kind, message) })
        }
        (_, None) => None,
    }
}

/// The work of one slice of an arm.
fn work(row: &RowRun<'_, '_>, arm: usize) -> Result<Calibration, Missed> {
    match (row.planned().arms[arm].role, row.state.calibrations.get(&0)) {
        // The control is the reference under another name: the same work.
        (Role::Control, Some(reference)) => Ok(*reference),
        // Two builds do the same work, whatever it costs either of them: their counts are compared exactly.
        (Role::Contender, Some(base)) if row.world.plan.race.is_some() => {
            let own = calibrate(row, arm)?;
            Ok(Calibration { ops: base.ops, ns: (own.ns as f64 / own.ops as f64 * base.ops as f64) as u64 })
        }
        _ => calibrate(row, arm),
    }
}

/// Finds how many operations fill a slice on this arm.
fn calibrate(row: &RowRun<'_, '_>, arm: usize) -> Result<Calibration, Missed> {
    let planned = row.planned();
    let mut runner = row.start(Part { arm, generation: 0, seed: row.world.plan.seed })?;
    runner.ready(row.world.stop)?;
    let target = Duration::from_millis(planned.slice_ms.unwrap_or(row.world.plan.slice_ms));
    let found = match planned.rate() {
        // An open loop sets its own pace: the only question is whether it works.
        Some(rate) => {
            let ops = (rate as f64 * target.as_secs_f64()).round() as u64;
            let ops = ops.max(1).next_multiple_of(planned.granule.max(1));
            let Timed { done, .. } = row.slice(&mut runner, &row.asked(arm, ops))?;
            Calibration { ops, ns: done.ns }
        }
        None => {
            let filling = Filling { smallest: smallest(planned), target, limit: row.world.limit() };
            filling.fill(&mut runner, |runner, ops| row.slice(runner, &row.asked(arm, ops)))?
        }
    };
    runner.end(row.world.stop)?;
    Ok(found)
}
