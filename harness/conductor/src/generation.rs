//! One generation: fresh processes for every arm of a row, then rounds of slices.

use crate::asked::{Asked, Timed};
use crate::fault::{Halt, Missed};
use crate::machine::{Taken, Watched};
use crate::row::RowRun;
use crate::runner::Runner;
use crate::schedule::Act;
use crate::server::{Served, disagreement};
use crate::tally::tally;
use crate::time::nanos;
use crate::turntable::{Part, Turntable};
use crate::watch::Phase;
use loopswap_protocol::Count;
use loopswap_report::record::{Closed, FaultKind, Line, Slice, Started};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// Pause between two turns. A runner that has answered still has to return to its read; without the pause its
/// answer would wake this process first, and the next slice would share its CPU with the remaining work of up
/// to seven others.
const SETTLE: Duration = Duration::from_micros(50);

/// In the first generations of a row the processes start one after the other: side by side they take the CPU from each
/// other, and none shows how long it takes to start. In all of them it would cost a hundredth of a run.
const ALONE: u32 = 3;

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

/// A generation under way.
pub(crate) struct Generation<'g, 'r, 'a> {
    row: &'g mut RowRun<'r, 'a>,
    number: u32,
    purpose: Purpose,
    seed: u64,
    /// The processes that have not failed, by arm.
    playing: BTreeMap<usize, Turntable>,
}

impl<'g, 'r, 'a> Generation<'g, 'r, 'a> {
    pub(crate) fn new(row: &'g mut RowRun<'r, 'a>, number: u32, purpose: Purpose) -> Self {
        let seed = match (purpose, &row.world.plan.race) {
            (Purpose::Confirm, Some(race)) => race.confirm_seed,
            _ => row.world.plan.seed,
        };
        Generation { row, number, purpose, seed, playing: BTreeMap::new() }
    }

    /// Measures this many rounds of these arms.
    pub(crate) fn measure(mut self, arms: &[usize], rounds: usize) -> Result<Outcome, Halt> {
        let (began, before) = (Instant::now(), self.row.sample());
        if !self.row.pin(Some(self.number))? {
            return Ok(Outcome::PeerGone);
        }
        let of = self.row.world.plan.generations;
        self.row.tell(Phase::Generation { number: self.number, of }, arms[0]);
        let served = self.row.served();

        let Some(processes) = self.start(arms)? else { return Ok(Outcome::PeerGone) };
        let confirms = self.purpose == Purpose::Confirm;
        self.row.write(Line::Generation { row: self.row.index, number: self.number, processes, confirms })?;
        let present = self.playing.len();
        let Some(timed_ns) = self.rounds(rounds)? else { return Ok(Outcome::PeerGone) };
        // A runner that left early was asked for more than it reported.
        let all_stayed = self.playing.len() == present && present == arms.len();
        let asked = self.end()?.filter(|_| all_stayed);
        if let Some(asked) = asked {
            self.agree(asked, &served)?;
        }

        let Taken { foreign_ns, steal_ns, throttled } = self.row.sample().since(before);
        let (row, number, wall_ns) = (self.row.index, self.number, nanos(began.elapsed()));
        self.row.write(Line::Closed(Closed { row, number, wall_ns, timed_ns, foreign_ns, steal_ns, throttled }))?;
        Ok(Outcome::Complete)
    }

    /// Starts the processes of these arms; `None` if a peer died.
    fn start(&mut self, arms: &[usize]) -> Result<Option<Vec<Started>>, Halt> {
        let alone = self.number < ALONE;
        let mut processes = Vec::new();
        // Side by side all start first and prepare, then each is waited for.
        for group in arms.chunks(if alone { 1 } else { arms.len().max(1) }) {
            let starting: Vec<_> = group.iter().map(|arm| self.begin(*arm)).collect::<Result<_, _>>()?;
            for (part, mut runner) in starting.into_iter().flatten() {
                let (row, arm) = (&mut *self.row, part.arm);
                match runner.ready(row.world.stop) {
                    Ok((ready, start_up)) => {
                        let start_up = alone.then_some(start_up);
                        processes.push(Started { arm, cpus: row.cpus(arm, self.number), ready, start_up });
                        self.playing.insert(arm, Turntable { part, runner, asked: 0, told: true });
                    }
                    Err(_) if row.peer_gone(Some(self.number))? => return Ok(None),
                    Err(trouble) => row.trouble(row.place_of(arm, Some(self.number)), trouble)?,
                }
            }
        }
        Ok(Some(processes))
    }

    /// Starts the process of an arm, which then prepares its case; `None` if it cannot be started.
    fn begin(&mut self, arm: usize) -> Result<Option<(Part, Runner)>, Halt> {
        let part = Part { arm, generation: self.number, seed: self.seed };
        match self.row.start(part) {
            Ok(runner) => Ok(Some((part, runner))),
            Err(trouble) => {
                self.row.trouble(self.row.place_of(arm, Some(self.number)), trouble)?;
                Ok(None)
            }
        }
    }

    /// Warm-up, rounds and counting of all arms. Returns the wall time of the timed slices, `None` if a peer
    /// died.
    fn rounds(&mut self, rounds: usize) -> Result<Option<u64>, Halt> {
        let present: Vec<usize> = self.playing.keys().copied().collect();
        let turns = self.row.schedule().turns(&present, self.number, rounds, self.seed);
        let mut timed_ns = 0;
        let mut watched = None;
        for (arm, act) in turns {
            if matches!(act, Act::Slice | Act::LastOfRound) {
                watched.get_or_insert_with(|| Watched::begin(self.row.sample()));
            }
            let Some(turntable) = self.playing.get_mut(&arm) else { continue };
            match turn(self.row, turntable, act) {
                Ok((ns, cpu_ns)) => {
                    timed_ns += ns;
                    if let Some(watched) = &mut watched {
                        watched.ours(cpu_ns);
                    }
                }
                Err(Missed::Trouble(_)) if self.row.peer_gone(Some(self.number))? => return Ok(None),
                Err(missed) => self.leave(arm, missed)?,
            }
            if let (Act::LastOfRound, Some(watched)) = (act, &mut watched) {
                // Some milliseconds where runtimes have many threads; only a race judges by the round.
                let pids = || self.playing.values().map(|turntable| turntable.runner.pid());
                let round = watched.round(self.row.sample(), self.row.world.plan.race.is_some().then(pids));
                self.row.write(Line::Round(round))?;
            }
        }
        Ok(Some(timed_ns))
    }

    /// An arm has missed a turn and has no more of them.
    fn leave(&mut self, arm: usize, missed: Missed) -> Result<(), Halt> {
        self.playing.remove(&arm);
        let place = self.row.place_of(arm, Some(self.number));
        match missed {
            Missed::Halt(halt) => Err(halt),
            Missed::Trouble(trouble) => self.row.trouble(place, trouble),
            Missed::Unfinished(unfinished) => self.row.unfinished(place, unfinished),
        }
    }

    /// Ends all processes. Returns the operations that they were asked for, if they have told of them all.
    fn end(&mut self) -> Result<Option<u64>, Halt> {
        let mut playing = std::mem::take(&mut self.playing);
        // All get their `bye` before the first is waited for, so that they end at the same time.
        for turntable in playing.values_mut() {
            turntable.runner.talk.dismiss();
        }
        let mut all = Some(0);
        for (arm, Turntable { mut runner, asked, told, .. }) in playing {
            all = all.filter(|_| told).map(|all| all + asked);
            match runner.end(self.row.world.stop) {
                Ok(latency) => self.sampled(arm, latency)?,
                Err(trouble) => {
                    all = None;
                    self.row.trouble(self.row.place_of(arm, Some(self.number)), trouble)?;
                }
            }
        }
        Ok(all)
    }

    /// An arm has come to its end: records what its timed slices stamped. If they were asked to stamp and did
    /// not, they are not asked again: the workload knows latencies in counting slices only, or the runner is
    /// older than stamps.
    fn sampled(&mut self, arm: usize, latency: Option<String>) -> Result<(), Halt> {
        let row = &mut *self.row;
        match latency {
            Some(latency) => row.write(Line::Sampled { arm, latency })?,
            None => {
                if row.state.calibrations.contains_key(&arm) && row.schedule().stamp_one_in(arm) > 0 {
                    row.state.stampless.insert(arm);
                }
            }
        }
        row.state.succeeded(arm);
        Ok(())
    }

    /// Client and peer must agree on how much was asked for.
    fn agree(&mut self, asked: u64, before: &[Option<Served>]) -> Result<(), Halt> {
        let planned = self.row.planned();
        let Some(requests) = self.row.world.requests.get(&planned.workload) else { return Ok(()) };
        let wanted = asked * requests(&planned.params);
        let Some(message) = disagreement(wanted, before, &self.row.served()) else { return Ok(()) };
        self.row.fault(self.row.place(Some(self.number)).fault(FaultKind::Peer, message))
    }
}

/// One turn of one arm: a command, its reply, its line in the record. Returns the wall time of a timed slice (0
/// otherwise), and the CPU time that the turn took in the runner, both in nanoseconds.
fn turn(row: &mut RowRun<'_, '_>, turntable: &mut Turntable, act: Act) -> Result<(u64, u64), Missed> {
    let arm = turntable.part.arm;
    let ops = row.schedule().ops(arm, act);
    turntable.asked += ops;
    std::thread::sleep(SETTLE);
    if matches!(act, Act::Count | Act::CountBriefly) {
        let mut counted = row.count(&mut turntable.runner, Count { ops, tally: false, traced: false })?;
        // Registering the kernel's counter takes some 50 ms a process: a run counts only on request, a race
        // whenever it can, since it compares.
        if act == Act::Count && (row.world.plan.counters || row.world.plan.race.is_some()) {
            counted.tally = Some(tally(row, turntable)?);
        }
        row.write(Line::Count { arm, counted })?;
        return Ok((0, 0));
    }
    let stamp_one_in = if act == Act::WarmUp { 0 } else { row.schedule().stamp_one_in(arm) };
    let peer_before = row.peer_cpu_ns();
    let asked = Asked { counts: act != Act::WarmUp, stamp_one_in, ..row.asked(arm, ops) };
    let Timed { done, response, around_ns } = row.slice(&mut turntable.runner, &asked)?;
    let peer_cpu_ns = peer_before.zip(row.peer_cpu_ns()).map(|(before, after)| after.saturating_sub(before));
    let slice = Slice::new(arm, done, peer_cpu_ns);
    if act == Act::WarmUp {
        row.write(Line::WarmUp(slice))?;
        return Ok((0, done.cpu_ns));
    }
    row.world.turn_around.saturating_record(around_ns);
    row.world.written.slice(slice)?;
    if let Some(response) = response.filter(|_| row.planned().rate().is_some()) {
        row.write(Line::Response { arm, response })?;
    }
    Ok((done.ns, done.cpu_ns))
}
