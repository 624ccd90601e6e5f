//! One runtime and one program: both sides, generation by generation.

use crate::child::{Child, Runner};
use crate::peers::Peers;
use crate::placement::Placement;
use crate::program::Planned;
use crate::report::{Generation, Medians};
use crate::side::Side;
use loopswap_protocol::{Peer, Prepare, SliceDone};
use loopswap_statistics::median;
use std::process::Command;
use std::time::Duration;

/// Slices of a fresh process that are discarded.
const WARM_UP: usize = 2;
/// No slice needs this many operations: an hour at one operation a cycle.
const MOST_OPS: u64 = 1 << 44;
/// A slice that takes longer than this has hung.
const LIMIT_MS: u64 = 20_000;

/// How to measure a row.
pub(crate) struct Plan<'a> {
    pub(crate) runtime: &'a str,
    pub(crate) program: &'a Planned,
    /// What is divided by what: native by native for a control.
    pub(crate) sides: [Side; 2],
    pub(crate) cpus: &'a [usize],
    pub(crate) placement: Placement,
    pub(crate) rounds: usize,
    pub(crate) slice: Duration,
}

impl Plan<'_> {
    /// One generation: fresh processes of both sides on one CPU, which changes with the generation,
    /// slices in balanced order.
    ///
    /// `ops` is the number of operations in a slice; the first generation finds it.
    ///
    /// # Errors
    /// When a side cannot do the case, or does it wrong.
    pub(crate) fn generation(
        &self,
        number: usize,
        ops: &mut Option<u64>,
        peers: &mut Peers,
    ) -> Result<Generation, String> {
        let cpu = self.cpus[number % self.cpus.len()];
        let other = match self.placement {
            Placement::Split => self.cpus[(number + 1) % self.cpus.len()],
            Placement::SameCore => cpu,
        };
        let servers = self.program.peers.iter().map(|&kind| peers.get(kind, other)).collect::<Result<Vec<_>, _>>();
        let servers = servers.map_err(|error| format!("starting a server: {error}"))?;
        let mut arms: [Option<Runner>; 2] = [None, None];
        // Not in step with the CPU, or their effects could not be told apart.
        for arm in if (number / self.cpus.len()).is_multiple_of(2) { [0, 1] } else { [1, 0] } {
            arms[arm] = Some(self.start(arm, number, cpu, &servers)?);
        }
        let [Some(native), Some(via_trait)] = &mut arms else { return Err("an arm is missing".into()) };
        let ops = match *ops {
            Some(ops) => ops,
            None => *ops.insert(self.calibrate(native)?),
        };
        for _ in 0..WARM_UP {
            native.slice(ops)?;
            via_trait.slice(ops)?;
        }
        let mut slices: [Vec<SliceDone>; 2] = [Vec::new(), Vec::new()];
        for round in 0..self.rounds {
            // ABBA BAAB BAAB ABBA …: in every pair of rounds neither side is always first (the
            // Thue–Morse sequence).
            let native_first = (round.count_ones() as usize + number / (2 * self.cpus.len())).is_multiple_of(2);
            for arm in if native_first { [0, 1] } else { [1, 0] } {
                let runner = if arm == 0 { &mut *native } else { &mut *via_trait };
                slices[arm].push(runner.slice(ops)?);
            }
        }
        summary(cpu, &slices).ok_or_else(|| "there are no times".to_owned())
    }

    fn start(&self, arm: usize, number: usize, cpu: usize, servers: &[Peer]) -> Result<Runner, String> {
        let side = self.sides[arm].name();
        let program = std::env::current_exe().map_err(|error| error.to_string())?;
        let child = Child::spawn(Command::new(program).args(["runner", self.runtime, side]), cpu);
        let prepare = Prepare {
            case: self.program.name.into(),
            workload: self.program.workload.name.into(),
            params: self.program.params.clone(),
            peers: servers.to_vec(),
            threads: 1,
            cpus: vec![cpu],
            seed: number as u64,
            limit_ms: LIMIT_MS,
            tally_tasks: false,
        };
        let child = child.map_err(|error| format!("starting a runner: {error}"))?;
        Runner::prepare(child, prepare).map_err(|why| format!("{side}: {why}"))
    }

    /// Operations that take about as long as a slice should.
    fn calibrate(&self, runner: &mut Runner) -> Result<u64, String> {
        let granule = self.program.shape.granule.max(1);
        let wanted = self.slice.as_nanos() as f64;
        let mut ops = self.program.shape.in_flight.next_multiple_of(granule);
        loop {
            let took = runner.slice(ops)?.ns.max(1) as f64;
            if took >= wanted / 4.0 {
                let scaled = (ops as f64 * wanted / took).round() as u64;
                return Ok((scaled / granule * granule).max(granule));
            }
            if ops > MOST_OPS {
                return Err(format!(
                    "{ops} operations take {took} ns by the runner's own report: it does not do the work"
                ));
            }
            ops *= 2;
        }
    }
}

/// The generation's values: medians over pairs of rounds of the log ratio, so that a drift through
/// the four slices of a pair cancels.
fn summary(cpu: usize, slices: &[Vec<SliceDone>; 2]) -> Option<Generation> {
    let figure = |of: fn(&SliceDone) -> u64| {
        let logs = |arm: &[SliceDone]| arm.iter().map(|slice| (of(slice).max(1) as f64).ln()).sum::<f64>();
        let pairs = slices[0].chunks(2).zip(slices[1].chunks(2));
        let ratios: Vec<f64> =
            pairs.map(|(native, other)| (logs(other) - logs(native)) / native.len() as f64).collect();
        let per_op = |arm: &[SliceDone]| {
            median(&arm.iter().map(|slice| of(slice) as f64 / slice.ops as f64).collect::<Vec<_>>())
        };
        Some(Medians { log_ratio: median(&ratios)?, native_ns: per_op(&slices[0])?, trait_ns: per_op(&slices[1])? })
    };
    Some(Generation { cpu, wall: figure(|slice| slice.typical_ns)?, cpu_time: figure(|slice| slice.cpu_ns)? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_drift_through_a_pair_of_rounds_cancels() {
        let slice = |ns: f64| {
            let ns = ns.round() as u64;
            SliceDone { ops: 10, ns, typical_ns: ns, cpu_ns: ns }
        };
        // ABBA under a drift of 1 % a slice, B 5 % slower.
        let at = |turn: i32, factor: f64| slice(1e9 * factor * 1.01_f64.powi(turn));
        let native = vec![at(0, 1.0), at(3, 1.0)];
        let other = vec![at(1, 1.05), at(2, 1.05)];
        let generation = summary(0, &[native, other]).expect("two rounds");
        assert!((generation.wall.log_ratio - 1.05_f64.ln()).abs() < 1e-6);
    }
}
