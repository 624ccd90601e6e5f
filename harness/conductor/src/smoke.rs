//! The smoke pass: every arm is tried once, its results checked, and the work of one slice found.

use crate::asked::Timed;
use crate::fault::{Halt, Missed};
use crate::plan::smallest;
use crate::plausible;
use crate::row::RowRun;
use crate::runner::Runner;
use crate::schedule::LONG_SLICE;
use crate::time::patience;
use crate::turntable::Part;
use crate::watch::Phase;
use loopswap_report::record::{Arm, Calibration, Fault, FaultKind, Line, NoHello, Role};
use std::time::{Duration, Instant};

/// Most growth from one trial to the next: the first ones are cold and tell little.
const GROWTH: u64 = 16;
/// Trials of each size.
const TRIALS: usize = 2;
/// How long filling a slice may take, unless waiting for a slice may take longer. Half a dozen trials of
/// milliseconds each are enough.
const LONGEST: Duration = Duration::from_secs(30);

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
        None => fill(row, arm, &mut runner, target)?,
    };
    runner.end(row.world.stop)?;
    Ok(found)
}

/// Tries more and more operations until a slice is full enough.
fn fill(row: &RowRun<'_, '_>, arm: usize, runner: &mut Runner, target: Duration) -> Result<Calibration, Missed> {
    let smallest = smallest(row.planned());
    let began = Instant::now();
    let mut ops = smallest;
    loop {
        let ns = trial(row, arm, runner, ops)?;
        let filling = filling(ns, ops, smallest, target);
        // Full enough, or nothing smaller is possible.
        if u128::from(ns) * 2 >= target.as_nanos() || filling <= ops {
            let ns = (ns as f64 / ops as f64 * filling as f64) as u64;
            return Ok(Calibration { ops: filling, ns });
        }
        // Trials are shorter than a slice by the runner's own report, so this is many times what they need.
        let taken = began.elapsed();
        if taken > patience(row.world.limit()).max(LONGEST) {
            let taken = humantime::format_duration(Duration::from_secs(taken.as_secs()));
            let told = plausible::time(ns);
            let what = format!(
                "no number of operations fills a slice: after {taken}, {ops} of them take {told} by its own report"
            );
            return Err(runner.implausible(&what).into());
        }
        ops = filling.min(ops.saturating_mul(GROWTH));
    }
}

/// Time of a slice of `ops` operations: the fastest of a few. A neighbour's time slice or a cold start must not
/// make slices small for the whole run.
fn trial(row: &RowRun<'_, '_>, arm: usize, runner: &mut Runner, ops: u64) -> Result<u64, Missed> {
    let mut ns = u64::MAX;
    let mut trials = 0;
    // A trial that reports far less than passed here is repeated until it is clear whether that was chance.
    while trials < TRIALS || runner.is_doubted() {
        let Timed { done, .. } = row.slice(runner, &row.asked(arm, ops))?;
        ns = ns.min(done.ns);
        trials += 1;
        if Duration::from_nanos(done.ns) > LONG_SLICE {
            break;
        }
    }
    Ok(ns)
}

/// Operations that fill `target` at the speed seen: a multiple of the smallest slice, at least one.
fn filling(ns: u64, ops: u64, smallest: u64, target: Duration) -> u64 {
    let times = target.as_nanos() as f64 / (ns.max(1) as f64 / ops as f64 * smallest as f64);
    (times.round() as u64).max(1).saturating_mul(smallest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slice_is_filled_with_whole_granules() {
        let target = Duration::from_millis(10);
        assert_eq!(filling(1_000_000, 100, 1, target), 1000);
        assert_eq!(filling(1_000_000, 100, 100, target), 1000);
        assert_eq!(filling(300_000_000, 1000, 1000, target), 1000, "never less than one granule");
    }
}
