//! One generation: fresh processes for every arm of a row, then rounds of slices.

use crate::asked::{Asked, Sliced, Timed};
use crate::machine::{Taken, Watched};
use crate::plan::cpus_of;
use crate::run::{Halt, LONG_SLICE, Run};
use crate::runner::{Runner, Trouble, nanos};
use crate::server::{Served, Server};
use crate::watch::Phase;
use loopswap_protocol::{Count, Prepare, Topology, Unfinished, quoted};
use loopswap_report::record::{Arm, Closed, Fault, FaultKind, Line, Slice, Started};
use loopswap_statistics::order;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// Pause between two turns. A runner that has answered still has to return to its read; without the pause its
/// answer would wake this process first, and the next slice would share its CPU with the remaining work of up
/// to seven others.
const SETTLE: Duration = Duration::from_micros(50);

/// The outcome of a generation.
pub(crate) enum Outcome {
    /// It is in the record.
    Complete,
    /// A peer died; the generation does not count.
    PeerGone,
}

/// The purpose of a generation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// To measure.
    Measure,
    /// To give a second opinion on a suspect row, with a seed of its own.
    Confirm,
}

/// An arm's process in this generation.
pub(crate) struct Turntable {
    pub(crate) arm: usize,
    pub(crate) runner: Runner,
    /// Operations asked for so far.
    pub(crate) asked: u64,
    /// Whether that is all: a process that failed while it was traced may have done less.
    pub(crate) told: bool,
    /// Number of the generation, which decides its CPUs.
    pub(crate) generation: u32,
    /// Seed of its case.
    pub(crate) seed: u64,
}

impl Run<'_> {
    /// Measures one generation of a row.
    pub(crate) fn generation(
        &mut self,
        row: usize,
        number: u32,
        arms: &[usize],
        rounds: usize,
        purpose: Purpose,
    ) -> Result<Outcome, Halt> {
        let began = Instant::now();
        let before = self.sample(row);
        if !self.place(row, Some(number))? {
            return Ok(Outcome::PeerGone);
        }
        self.tell(row, Phase::Generation { number, of: self.plan.generations }, arms[0]);
        let served_before = self.served(row);

        let mut playing = BTreeMap::new();
        let mut starting = Vec::new();
        // All start first and prepare side by side; then each is waited for.
        for arm in arms {
            match self.start(row, *arm, number, self.seed(purpose)) {
                Ok(runner) => starting.push((*arm, runner)),
                Err(trouble) => self.fault(row, Some(*arm), Some(number), trouble)?,
            }
        }
        let mut processes = Vec::new();
        for (arm, mut runner) in starting {
            match runner.ready(self.stop) {
                Ok(ready) => {
                    processes.push(Started { arm, cpus: self.cpus_of(row, arm, number), ready });
                    let seed = self.seed(purpose);
                    playing.insert(arm, Turntable { arm, runner, asked: 0, told: true, generation: number, seed });
                }
                Err(_) if self.peer_gone(row, Some(number))? => return Ok(Outcome::PeerGone),
                Err(trouble) => self.fault(row, Some(arm), Some(number), trouble)?,
            }
        }
        let confirms = purpose == Purpose::Confirm;
        self.write(&Line::Generation { row, number, processes, confirms })?;

        let present = playing.len();
        let timed_ns = match self.rounds_of(row, number, rounds, purpose, &mut playing)? {
            Some(timed_ns) => timed_ns,
            None => return Ok(Outcome::PeerGone),
        };

        // A runner that left early was asked for more than it reported.
        let mut all_told = playing.len() == present && present == arms.len();
        let mut asked = 0;
        // All get their `bye` before the first is waited for, so that they end at the same time.
        for turntable in playing.values_mut() {
            turntable.runner.dismiss();
        }
        for (arm, turntable) in playing {
            asked += turntable.asked;
            all_told &= turntable.told;
            match turntable.runner.end(self.stop) {
                Ok(latency) => {
                    self.sampled(row, arm, latency)?;
                    self.rows[row].failures.insert(arm, 0);
                }
                Err(trouble) => {
                    all_told = false;
                    self.fault(row, Some(arm), Some(number), trouble)?;
                }
            }
        }
        if all_told {
            self.agree(row, number, asked, &served_before)?;
        }
        let Taken { foreign_ns, steal_ns, throttled } = self.sample(row).since(before);
        let wall_ns = nanos(began.elapsed());
        self.write(&Line::Closed(Closed { row, number, wall_ns, timed_ns, foreign_ns, steal_ns, throttled }))?;
        Ok(Outcome::Complete)
    }

    /// Warm-up, rounds and counting of all arms. Returns the wall time of the timed slices, `None` if a peer
    /// died.
    fn rounds_of(
        &mut self,
        row: usize,
        number: u32,
        rounds: usize,
        purpose: Purpose,
        playing: &mut BTreeMap<usize, Turntable>,
    ) -> Result<Option<u64>, Halt> {
        let present: Vec<usize> = playing.keys().copied().collect();
        let long = |run: &Self, arm: usize| Duration::from_nanos(run.rows[row].calibrations[&arm].ns) > LONG_SLICE;
        let mut timed_ns = 0;

        let mut turns: Vec<(usize, Act)> = Vec::new();
        turns.extend(present.iter().filter(|arm| !long(self, **arm)).map(|arm| (*arm, Act::WarmUp)));
        for round in order(self.seed(purpose) ^ row as u64, u64::from(number), rounds, present.len()) {
            turns.extend(round.into_iter().map(|place| (present[place], Act::Slice)));
            // The list is empty if every arm failed to start.
            if let Some((_, act)) = turns.last_mut() {
                *act = Act::LastOfRound;
            }
        }
        turns.extend(present.iter().filter_map(|arm| Some((*arm, self.counts(row, *arm, number)?))));

        let mut watched = None;
        for (arm, act) in turns {
            if matches!(act, Act::Slice | Act::LastOfRound) {
                watched.get_or_insert_with(|| Watched::begin(self.sample(row)));
            }
            let Some(turntable) = playing.get_mut(&arm) else { continue };
            let ops = self.ops(row, arm, act);
            match self.turn(row, turntable, act, ops) {
                Ok((ns, cpu_ns)) => {
                    timed_ns += ns;
                    if let Some(watched) = &mut watched {
                        watched.ours(cpu_ns);
                    }
                }
                Err(Missed::Halt(halt)) => return Err(halt),
                Err(Missed::Trouble(_)) if self.peer_gone(row, Some(number))? => return Ok(None),
                Err(Missed::Trouble(trouble)) => {
                    playing.remove(&arm);
                    self.fault(row, Some(arm), Some(number), trouble)?;
                }
                Err(Missed::Unfinished(unfinished)) => {
                    playing.remove(&arm);
                    self.unfinished(row, arm, Some(number), unfinished)?;
                }
            }
            if let (Act::LastOfRound, Some(watched)) = (act, &mut watched) {
                // Some milliseconds where runtimes have many threads; only a race judges by the round.
                let pids = self.plan.race.is_some().then(|| playing.values().map(|turntable| turntable.runner.pid()));
                let round = watched.round(self.sample(row), pids);
                self.write(&Line::Round(round))?;
            }
        }
        Ok(Some(timed_ns))
    }

    /// One turn of one arm: a command, its reply, its line in the record. Returns the wall time of a timed
    /// slice (0 otherwise), and the CPU time that the turn took in the runner, both in nanoseconds.
    fn turn(&mut self, row: usize, turntable: &mut Turntable, act: Act, ops: u64) -> Result<(u64, u64), Missed> {
        turntable.asked += ops;
        std::thread::sleep(SETTLE);
        if matches!(act, Act::Count | Act::CountBriefly) {
            let mut counted = self.count(&mut turntable.runner, Count { ops, tally: false, traced: false })?;
            // Registering the kernel's counter takes some 50 ms a process: a run counts only on request, a
            // race whenever it can, since it compares.
            if act == Act::Count && (self.plan.counters || self.plan.race.is_some()) {
                counted.tally = Some(self.tally(row, turntable)?);
            }
            self.write(&Line::Count { arm: turntable.arm, counted })?;
            return Ok((0, 0));
        }
        let stamp_one_in = if act == Act::WarmUp { 0 } else { self.stamp_one_in(row, turntable.arm) };
        let peer_before = self.peer_cpu_ns(row);
        let asked = Asked { counts: act != Act::WarmUp, stamp_one_in, ..self.asked(row, ops) };
        let Timed { done, response, around_ns } = self.slice(&mut turntable.runner, &asked)?;
        let peer_cpu_ns = peer_before.zip(self.peer_cpu_ns(row)).map(|(before, after)| after.saturating_sub(before));
        let slice = Slice::new(turntable.arm, done, peer_cpu_ns);
        if act == Act::WarmUp {
            self.write(&Line::WarmUp(slice))?;
            return Ok((0, done.cpu_ns));
        }
        self.turn_around.saturating_record(around_ns);
        self.write_slice(slice)?;
        if let Some(response) = response.filter(|_| self.plan.rows[row].rate().is_some()) {
            self.write(&Line::Response { arm: turntable.arm, response })?;
        }
        Ok((done.ns, done.cpu_ns))
    }

    /// One timed slice.
    pub(crate) fn slice(&self, runner: &mut Runner, asked: &Asked) -> Result<Timed, Missed> {
        match runner.slice(asked, self.stop)? {
            Sliced::Done(timed) => Ok(timed),
            Sliced::Unfinished(unfinished) => Err(Missed::Unfinished(unfinished)),
        }
    }

    pub(crate) fn seed(&self, purpose: Purpose) -> u64 {
        match (purpose, &self.plan.race) {
            (Purpose::Confirm, Some(race)) => race.confirm_seed,
            _ => self.plan.seed,
        }
    }

    pub(crate) fn limit(&self) -> Duration {
        Duration::from_millis(self.plan.limit_ms)
    }

    /// Starts an arm's process and sends it its case.
    pub(crate) fn start(&self, row: usize, arm: usize, generation: u32, seed: u64) -> Result<Runner, Trouble> {
        self.start_for(row, arm, generation, seed, |_| ())
    }

    /// Starts an arm's process with a changed `prepare`.
    pub(crate) fn start_for(
        &self,
        row: usize,
        arm: usize,
        generation: u32,
        seed: u64,
        change: impl FnOnce(&mut Prepare),
    ) -> Result<Runner, Trouble> {
        let planned = &self.plan.rows[row];
        let Arm { runtime, side, .. } = &planned.arms[arm];
        let command = self
            .commands
            .iter()
            .find(|command| command.name == *runtime && command.side == *side)
            .ok_or_else(|| Trouble::failed(format!("there is no runner for `{}`", quoted(runtime))))?;
        let cpus = self.cpus_of(row, arm, generation);
        let mut runner = Runner::again(&command.command, &cpus)?;
        let mut prepare = Prepare {
            case: planned.case.clone(),
            workload: planned.workload.clone(),
            params: planned.params.clone(),
            peers: self.servers_of(row).iter().map(|server| server.peer.clone()).collect(),
            threads: cpus.len(),
            cpus,
            seed,
            limit_ms: self.plan.limit_ms,
            tally_tasks: false,
        };
        change(&mut prepare);
        runner.until(self.times.end);
        runner.prepare(prepare)?;
        Ok(runner)
    }

    fn cpus_of(&self, row: usize, arm: usize, generation: u32) -> Vec<usize> {
        let single_thread = |runtime: &str| self.topologies.get(runtime) == Some(&Topology::SingleThread);
        cpus_of(&self.plan.rows[row], arm, single_thread, generation)
    }

    /// Records that a slice did not finish, and how long it would have taken.
    pub(crate) fn unfinished(
        &mut self,
        row: usize,
        arm: usize,
        generation: Option<u32>,
        unfinished: Unfinished,
    ) -> Result<(), Halt> {
        let Unfinished { done, ops, ns } = unfinished;
        let granule = self.plan.rows[row].granule;
        let rate = self.plan.rows[row].rate();
        // A rate that was not reached says nothing about one operation.
        let projected_ns = (done > 0 && rate.is_none()).then(|| (ns as f64 / done as f64 * granule as f64) as u64);
        let limit = humantime::format_duration(self.limit());
        let message = match (rate, projected_ns) {
            (Some(rate), _) => format!(
                "asked for {rate} operations per second, {:.0} were done until the limit of {limit}",
                done as f64 * 1e9 / ns.max(1) as f64
            ),
            (None, Some(projected)) => format!(
                "would take about {:.1} s (limit {limit}): {done} of {ops} operations were done",
                projected as f64 / 1e9
            ),
            (None, None) => format!("nothing was done within the limit of {limit}"),
        };
        self.record_fault(Fault {
            row,
            arm: Some(arm),
            generation,
            kind: FaultKind::DidNotFinish,
            message,
            stderr: String::new(),
            projected_ns,
        })
    }

    fn peer_cpu_ns(&self, row: usize) -> Option<u64> {
        let servers = self.servers_of(row);
        if servers.is_empty() { None } else { servers.into_iter().map(Server::cpu_ns).sum() }
    }

    /// What the row's servers report to have served.
    fn served(&self, row: usize) -> Vec<Option<Served>> {
        // A server that does not answer shows as dead, or as a failure of the runners.
        self.servers_of(row).into_iter().map(|server| server.served().ok().flatten()).collect()
    }

    /// Client and peer must agree on how much was asked for.
    fn agree(&mut self, row: usize, number: u32, asked: u64, before: &[Option<Served>]) -> Result<(), Halt> {
        let planned = &self.plan.rows[row];
        let Some(requests) = self.requests.get(&planned.workload) else { return Ok(()) };
        let wanted = asked * requests(&planned.params);
        let mut served = 0;
        for (before, after) in before.iter().zip(self.served(row)) {
            let (Some(before), Some(after)) = (before, after) else { return Ok(()) };
            served += after.requests.saturating_sub(before.requests + after.reading);
        }
        if before.is_empty() || served == wanted {
            return Ok(());
        }
        self.record_fault(Fault {
            row,
            arm: None,
            generation: Some(number),
            kind: FaultKind::Peer,
            message: format!("the runners asked for {wanted} (answers, or bytes of an echo), the peer counts {served}"),
            stderr: String::new(),
            projected_ns: None,
        })
    }
}

/// What an arm does in a turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Act {
    WarmUp,
    Slice,
    /// A timed slice after which the round is over.
    LastOfRound,
    Count,
    /// A counting slice for latencies only.
    CountBriefly,
}

/// Why a turn gave no figures.
pub(crate) enum Missed {
    Trouble(Trouble),
    Unfinished(Unfinished),
    Halt(Halt),
}

impl From<Trouble> for Missed {
    fn from(trouble: Trouble) -> Self {
        Missed::Trouble(trouble)
    }
}

impl From<Halt> for Missed {
    fn from(halt: Halt) -> Self {
        Missed::Halt(halt)
    }
}
