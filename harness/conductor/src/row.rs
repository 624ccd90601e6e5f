//! A row under way: what it shares with the others, which one it is, and what is known of it.

use crate::asked::{Asked, Sliced, Timed};
use crate::command::prepare;
use crate::conversation::Trouble;
use crate::fault::{Halt, Missed, Place};
use crate::machine::Sample;
use crate::pin;
use crate::remedy::remedy;
use crate::runner::Runner;
use crate::schedule::Schedule;
use crate::server::Served;
use crate::state::RowState;
use crate::time::patience;
use crate::turntable::Part;
use crate::watch::{Phase, Step};
use crate::world::World;
use loopswap_protocol::{Count, Counted, Prepare, Unfinished, quoted, sentence};
use loopswap_report::record::{Fault, FaultKind, Line, Row, RowRecord};
use std::time::{Duration, Instant};

/// The rows of a run under way.
pub(crate) struct Rows<'a> {
    pub(crate) world: World<'a>,
    /// One for each row of the plan.
    states: Vec<RowState>,
}

impl<'a> Rows<'a> {
    /// The rows of a run, of which this much is known already.
    pub(crate) fn new(world: World<'a>) -> Rows<'a> {
        let states = world.written.rows().iter().map(RowState::of).collect();
        Rows { world, states }
    }

    pub(crate) fn len(&self) -> usize {
        self.states.len()
    }

    /// The row with this index in the plan.
    pub(crate) fn row(&mut self, index: usize) -> RowRun<'_, 'a> {
        RowRun { world: &mut self.world, index, state: &mut self.states[index] }
    }
}

/// One row of a run under way.
pub(crate) struct RowRun<'r, 'a> {
    pub(crate) world: &'r mut World<'a>,
    /// Its index in the plan.
    pub(crate) index: usize,
    pub(crate) state: &'r mut RowState,
}

impl RowRun<'_, '_> {
    /// What is planned for it.
    pub(crate) fn planned(&self) -> &Row {
        &self.world.plan.rows[self.index]
    }

    /// What is in the record of it.
    pub(crate) fn record(&self) -> &RowRecord {
        &self.world.written.rows()[self.index]
    }

    /// Generations that are complete.
    pub(crate) fn complete(&self) -> u32 {
        u32::try_from(self.record().generations.len()).unwrap_or(u32::MAX)
    }

    /// How much its arms do, by what is known now.
    pub(crate) fn schedule(&self) -> Schedule<'_> {
        Schedule { plan: &self.world.plan, index: self.index, state: self.state }
    }

    /// The row itself as the place of a fault.
    pub(crate) fn place(&self, generation: Option<u32>) -> Place {
        Place { row: self.index, arm: None, generation }
    }

    /// An arm of it as the place of a fault.
    pub(crate) fn place_of(&self, arm: usize, generation: Option<u32>) -> Place {
        Place { row: self.index, arm: Some(arm), generation }
    }

    pub(crate) fn write(&mut self, line: Line) -> Result<(), Halt> {
        self.world.written.line(line)
    }

    /// Writes down that something went wrong.
    pub(crate) fn fault(&mut self, mut fault: Fault) -> Result<(), Halt> {
        if fault.kind.is_error() {
            if let Some(remedy) = remedy(&fault.message).or_else(|| remedy(&fault.stderr)) {
                fault.message += &format!("; {remedy}");
            }
            self.world.errors += 1;
            let Row { case, arms, .. } = self.planned();
            let who = fault.arm.map_or("", |arm| arms[arm].runtime.as_str());
            let line = format!("{} {}: {}", quoted(case), quoted(who), sentence(&fault.message));
            self.world.watch.line(&line);
        }
        if let Some(arm) = fault.arm {
            self.state.failed(arm, fault.kind);
        }
        self.write(Line::Fault(fault))
    }

    /// Writes down why an arm gave no reply. An interruption, or the end of the time, is not a fault.
    pub(crate) fn trouble(&mut self, place: Place, trouble: Trouble) -> Result<(), Halt> {
        self.fault(place.trouble(trouble)?)
    }

    /// Writes down that a slice did not finish, and how long it would have taken.
    pub(crate) fn unfinished(&mut self, place: Place, unfinished: Unfinished) -> Result<(), Halt> {
        let Unfinished { done, ops, ns } = unfinished;
        let (granule, rate) = (self.planned().granule, self.planned().rate());
        // A rate that was not reached says nothing about one operation.
        let projected_ns = (done > 0 && rate.is_none()).then(|| (ns as f64 / done as f64 * granule as f64) as u64);
        let limit = humantime::format_duration(self.world.limit());
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
        self.fault(Fault { projected_ns, ..place.fault(FaultKind::DidNotFinish, message) })
    }

    /// Writes down what the time was up for: arms that were not tried, or not measured. Nothing is written down
    /// twice.
    pub(crate) fn not_reached(&mut self) -> Result<(), Halt> {
        let record = self.record();
        if self.world.plan.race.is_some() && !record.faults.is_empty() {
            // The other side has nothing to be measured against.
            return Ok(());
        }
        let known = |arm: &usize| record.faults.iter().any(|fault| fault.arm.is_none_or(|faulty| faulty == *arm));
        let nothing = |arm: &usize| !self.state.tried.contains(arm) || record.generations.is_empty();
        let arms: Vec<usize> = (0..self.planned().arms.len()).filter(|arm| nothing(arm) && !known(arm)).collect();
        let given = humantime::format_duration(Duration::from_millis(self.world.plan.budget_ms));
        for arm in arms {
            let message = format!("not reached: the budget of {given} was used up; give the run more");
            self.fault(self.place_of(arm, None).fault(FaultKind::NotReached, message))?;
        }
        Ok(())
    }

    /// Whether it lacks a peer that could not be started. If so, writes that down once and gives the row up.
    pub(crate) fn lacks_peer(&mut self, generation: Option<u32>) -> Result<bool, Halt> {
        let planned = &self.world.plan.rows[self.index];
        let Some(kind) = self.world.peers.lacking(planned) else { return Ok(false) };
        if !self.state.given_up {
            let why = self.world.peers.why_missing(kind, planned);
            self.state.given_up = true;
            self.fault(self.place(generation).fault(FaultKind::Peer, why))?;
        }
        Ok(true)
    }

    /// A peer died: the row ends with what it has, the others get new servers.
    pub(crate) fn replace_servers(&mut self) -> Result<(), Halt> {
        self.state.given_up = true;
        self.world.peers.restart(&self.world.plan).map_err(Halt::System)
    }

    /// Writes down a dead peer, if one of its peers is dead.
    pub(crate) fn peer_gone(&mut self, generation: Option<u32>) -> Result<bool, Halt> {
        let dead = self.world.peers.ended(&self.world.plan.rows[self.index]);
        let Some(message) = dead else { return Ok(false) };
        self.fault(self.place(generation).fault(FaultKind::Peer, message))?;
        Ok(true)
    }

    /// Pins the peers and this process to CPUs as the row wants them. False if a peer is gone, which is
    /// written down.
    pub(crate) fn pin(&mut self, generation: Option<u32>) -> Result<bool, Halt> {
        let planned = self.planned();
        let number = generation.unwrap_or(0) as usize;
        // On the CPUs of the runner: a wake-up between the two then needs no interrupt across CPUs, and this
        // process sleeps while something is timed.
        let own = [planned.runner_cpus[number % planned.runner_cpus.len()]];
        let placed = self.world.peers.place(planned);
        let Err(error) = placed.and_then(|()| pin::pin(0, &own)) else { return Ok(true) };
        if !self.peer_gone(generation)? {
            let message = format!("placing processes on CPUs: {error}");
            self.fault(self.place(generation).fault(FaultKind::Peer, message))?;
        }
        Ok(false)
    }

    /// CPU time of its peers so far, in nanoseconds, where it is known.
    pub(crate) fn peer_cpu_ns(&self) -> Option<u64> {
        self.world.peers.cpu_ns(self.planned())
    }

    /// What its peers report to have served.
    pub(crate) fn served(&self) -> Vec<Option<Served>> {
        self.world.peers.served(self.planned())
    }

    /// Samples its CPUs now.
    pub(crate) fn sample(&self) -> Sample {
        Sample::take(&self.world.plan.watched(self.planned()), self.world.peers.servers(), &self.world.throttle)
    }

    /// The CPUs of an arm in a generation.
    pub(crate) fn cpus(&self, arm: usize, generation: u32) -> Vec<usize> {
        self.world.commands.cpus(self.planned(), arm, generation)
    }

    /// Starts the process of an arm and sends it its case.
    pub(crate) fn start(&self, part: Part) -> Result<Runner, Trouble> {
        self.start_for(part, |_| ())
    }

    /// Starts a process of an arm with a changed `prepare`.
    pub(crate) fn start_for(&self, part: Part, change: impl FnOnce(&mut Prepare)) -> Result<Runner, Trouble> {
        let planned = self.planned();
        let command = self.world.commands.of(&planned.arms[part.arm])?;
        let cpus = self.cpus(part.arm, part.generation);
        let mut runner = Runner::again(command, &cpus)?;
        let peers = self.world.peers.of(planned).iter().map(|server| server.peer.clone()).collect();
        let mut prepare = prepare(planned, peers, cpus, part.seed, self.world.plan.limit_ms);
        change(&mut prepare);
        runner.talk.until(self.world.times.end);
        runner.prepare(prepare)?;
        Ok(runner)
    }

    /// What an arm is asked for, to be timed.
    pub(crate) fn asked(&self, arm: usize, ops: u64) -> Asked {
        let early_ns = self.world.commands.timer_early_ns(&self.planned().arms[arm]);
        self.schedule().asked(ops, early_ns)
    }

    /// One timed slice.
    pub(crate) fn slice(&self, runner: &mut Runner, asked: &Asked) -> Result<Timed, Missed> {
        match runner.slice(asked, self.world.stop)? {
            Sliced::Done(timed) => Ok(timed),
            Sliced::Unfinished(unfinished) => Err(Missed::Unfinished(unfinished)),
        }
    }

    /// One counting slice.
    pub(crate) fn count(&self, runner: &mut Runner, count: Count) -> Result<Box<Counted>, Missed> {
        Ok(runner.count(count, patience(self.world.limit()), self.world.stop)?)
    }

    /// Shows what is happening with it.
    pub(crate) fn tell(&mut self, phase: Phase, arm: usize) {
        let Row { case, arms, .. } = &self.world.plan.rows[self.index];
        let left = || self.world.times.budget.saturating_duration_since(Instant::now());
        let step = Step {
            case,
            phase,
            runtime: &arms[arm].runtime,
            done: self.world.done(),
            left: (phase != Phase::Smoke).then(left),
            errors: self.world.errors,
        };
        self.world.watch.step(&step);
    }
}
