//! The smoke pass: every arm is tried once, its results checked, and the work of one slice found.

use crate::asked::Timed;
use crate::generation::Missed;
use crate::plan::smallest;
use crate::plausible::time;
use crate::run::{Halt, LONG_SLICE, Run};
use crate::runner::{Runner, patience};
use crate::watch::Phase;
use loopswap_report::record::{Calibration, Fault, FaultKind, Line, NoHello, Role};
use std::time::{Duration, Instant};

/// Most growth from one trial to the next: the first ones are cold and tell little.
const GROWTH: u64 = 16;
/// Trials of each size.
const TRIALS: usize = 2;
/// How long filling a slice may take, unless waiting for a slice may take longer. Half a dozen trials of
/// milliseconds each are enough.
const LONGEST: Duration = Duration::from_secs(30);

impl Run<'_> {
    /// Tries every arm of a row.
    pub(crate) fn smoke(&mut self, row: usize) -> Result<(), Halt> {
        let arms = 0..self.plan.rows[row].arms.len();
        let untried: Vec<usize> = arms.filter(|arm| !self.rows[row].tried.contains(arm)).collect();
        if untried.is_empty() {
            return Ok(());
        }
        if self.lacks_peer(row, None)? {
            return Ok(());
        }
        if !self.place(row, None)? {
            return self.replace_servers(row);
        }
        for arm in untried {
            if Instant::now() >= self.times.trials {
                // An arm that is not tried was not reached, which is recorded at the end.
                return Ok(());
            }
            self.rows[row].tried.insert(arm);
            self.tell(row, Phase::Smoke, arm);
            let planned = self.plan.rows[row].arms[arm].clone();
            if let Some(unavailable) = planned.unavailable {
                let message = format!("{}; {}", unavailable.reason, unavailable.remedy);
                self.record_fault(fault(row, arm, FaultKind::Skipped, message))?;
                continue;
            }
            if let (Some(NoHello { kind, message, stderr }), false) = (planned.no_hello, planned.role == Role::Control)
            {
                self.record_fault(Fault { stderr, ..fault(row, arm, kind, message) })?;
                continue;
            }
            // The control is the reference under another name: the same work.
            let found = match (planned.role, self.rows[row].calibrations.get(&0)) {
                (Role::Control, Some(reference)) => Ok(*reference),
                (Role::Control, None) => {
                    let why = "the reference has no result".to_owned();
                    self.record_fault(fault(row, arm, FaultKind::Skipped, why))?;
                    continue;
                }
                // Two builds do the same work, whatever it costs either of them: their counts are compared
                // exactly.
                (Role::Contender, Some(base)) if self.plan.race.is_some() => {
                    let base = *base;
                    self.calibrate(row, arm).map(|own| Calibration {
                        ops: base.ops,
                        ns: (own.ns as f64 / own.ops as f64 * base.ops as f64) as u64,
                    })
                }
                (Role::Reference | Role::Contender, _) => self.calibrate(row, arm),
            };
            match found {
                Ok(calibration) => {
                    let Calibration { ops, ns } = calibration;
                    self.rows[row].calibrations.insert(arm, calibration);
                    self.write(&Line::Calibrated { row, arm, ops, ns })?;
                }
                Err(Missed::Halt(halt)) => return Err(halt),
                Err(Missed::Trouble(_)) if self.peer_gone(row, None)? => {
                    return self.replace_servers(row);
                }
                Err(Missed::Trouble(trouble)) => self.fault(row, Some(arm), None, trouble)?,
                Err(Missed::Unfinished(unfinished)) => self.unfinished(row, arm, None, unfinished)?,
            }
        }
        Ok(())
    }

    /// Finds how many operations fill a slice on this arm.
    fn calibrate(&self, row: usize, arm: usize) -> Result<Calibration, Missed> {
        let planned = &self.plan.rows[row];
        let mut runner = self.start(row, arm, 0, self.plan.seed)?;
        runner.ready(self.stop)?;
        let target = Duration::from_millis(planned.slice_ms.unwrap_or(self.plan.slice_ms));
        let found = match planned.rate() {
            // An open loop sets its own pace: the only question is whether it works.
            Some(rate) => {
                let ops = (rate as f64 * target.as_secs_f64()).round() as u64;
                let ops = ops.max(1).next_multiple_of(planned.granule.max(1));
                let Timed { done, .. } = self.slice(&mut runner, &self.asked(row, ops))?;
                Calibration { ops, ns: done.ns }
            }
            None => self.fill(row, &mut runner, target)?,
        };
        runner.end(self.stop)?;
        Ok(found)
    }

    /// Tries more and more operations until a slice is full enough.
    fn fill(&self, row: usize, runner: &mut Runner, target: Duration) -> Result<Calibration, Missed> {
        let smallest = smallest(&self.plan.rows[row]);
        let began = Instant::now();
        let mut ops = smallest;
        loop {
            let ns = self.trial(row, runner, ops)?;
            let filling = filling(ns, ops, smallest, target);
            // Full enough, or nothing smaller is possible.
            if u128::from(ns) * 2 >= target.as_nanos() || filling <= ops {
                let ns = (ns as f64 / ops as f64 * filling as f64) as u64;
                return Ok(Calibration { ops: filling, ns });
            }
            // Trials are shorter than a slice by the runner's own report, so this is many times what they
            // need.
            let taken = began.elapsed();
            if taken > patience(self.limit()).max(LONGEST) {
                let (told, taken) = (time(ns), humantime::format_duration(Duration::from_secs(taken.as_secs())));
                return Err(runner.implausible(&format!(
                    "no number of operations fills a slice: after {taken}, {ops} of them take {told} by its own report"
                )))?;
            }
            ops = filling.min(ops.saturating_mul(GROWTH));
        }
    }

    /// Time of a slice of `ops` operations: the fastest of a few. A neighbour's time slice or a cold start
    /// must not make slices small for the whole run.
    fn trial(&self, row: usize, runner: &mut Runner, ops: u64) -> Result<u64, Missed> {
        let mut ns = u64::MAX;
        let mut trials = 0;
        // A trial that reports far less than passed here is repeated until it is clear whether that was
        // chance.
        while trials < TRIALS || runner.is_doubted() {
            let Timed { done, .. } = self.slice(runner, &self.asked(row, ops))?;
            ns = ns.min(done.ns);
            trials += 1;
            if Duration::from_nanos(done.ns) > LONG_SLICE {
                break;
            }
        }
        Ok(ns)
    }
}

/// Operations that fill `target` at the speed seen: a multiple of the smallest slice, at least one.
fn filling(ns: u64, ops: u64, smallest: u64, target: Duration) -> u64 {
    let times = target.as_nanos() as f64 / (ns.max(1) as f64 / ops as f64 * smallest as f64);
    (times.round() as u64).max(1).saturating_mul(smallest)
}

fn fault(row: usize, arm: usize, kind: FaultKind, message: String) -> Fault {
    Fault { row, arm: Some(arm), generation: None, kind, message, stderr: String::new(), projected_ns: None }
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
