//! A run under way: what is known of it, and how it is written down. What it does is in `measure`,
//! `smoke` and `generation`.

use crate::peer::PeerSource;
use crate::peers::Peers;
use crate::remedy::remedy;
use crate::runner::Trouble;
use crate::server::Server;
use crate::time::Times;
use crate::watch::{Phase, Step, Watch};
use crate::{Failure, Journal, pin};
use hdrhistogram::Histogram;
use loopswap_machine::{Cgroup, Throttle};
use loopswap_protocol::{Params, PeerKind, RuntimeInfo, Topology, Unavailable, listed, quoted, sentence};
use loopswap_report::comparison::Side;
use loopswap_report::record::{
    Calibration, Fault, FaultKind, Header, Line, OwnRunner, PeerIdentity, Placement, Plan, Reader, Record, Row, Slice,
    check_header,
};
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

/// Slices longer than this are not warmed up.
pub(crate) const LONG_SLICE: Duration = Duration::from_millis(50);

/// How to start the runner of a runtime.
#[derive(Clone, Debug)]
pub struct RuntimeCommand {
    /// Name of the runtime.
    pub name: String,
    /// Of which build, where two are raced.
    pub side: Option<Side>,
    /// Program and arguments.
    pub command: Vec<String>,
}

impl RuntimeCommand {
    /// Name of the runtime, where this is a program of loopswap's as the runner of one that is built in.
    #[must_use]
    pub fn built_in(&self) -> Option<&str> {
        match &self.command[..] {
            [_, verb, name, ..] if verb == "runner" => Some(name),
            _ => None,
        }
    }

    /// How to start a runner of a suite's own; `program` is this program.
    #[must_use]
    pub fn of(runner: &OwnRunner, program: &str) -> RuntimeCommand {
        let command = runner.command.iter().map(|word| word.replace("{loopswap}", program)).collect();
        RuntimeCommand { name: runner.name.clone(), side: None, command }
    }
}

/// What the peers count for one operation of a case with these parameters: [`WorkloadInfo::requests`](loopswap_protocol::WorkloadInfo::requests).
pub type Requests = fn(&Params) -> u64;

/// Why a run stops before its end.
#[derive(Debug)]
pub enum Halt {
    /// A signal asked it to.
    Interrupted,
    /// Its time is up: what is not measured by now is not reached.
    TimeIsUp,
    /// The record cannot be written.
    Record(io::Error),
    /// The system failed.
    System(Failure),
}

/// A run under way.
pub struct Run<'a> {
    pub(crate) plan: Plan,
    pub(crate) commands: &'a [RuntimeCommand],
    pub(crate) topologies: BTreeMap<String, Topology>,
    /// What the peers count for one operation, by workload.
    pub(crate) requests: BTreeMap<String, Requests>,
    pub(crate) source: PeerSource,
    pub(crate) servers: Vec<Server>,
    /// Counts how often a CPU quota halts the run.
    pub(crate) throttle: Throttle,
    /// Why there is no server of a kind that some row needs.
    pub(crate) missing: BTreeMap<PeerKind, String>,
    pub(crate) journal: Journal,
    /// What stands in the record so far, in order.
    pub(crate) measured: Reader,
    pub(crate) stop: &'a AtomicBool,
    pub(crate) watch: &'a mut dyn Watch,
    pub(crate) turn_around: Histogram<u64>,
    pub(crate) rows: Vec<RowState>,
    pub(crate) errors: usize,
    pub(crate) times: Times,
}

/// What is known of a row while it is being measured.
#[derive(Clone, Debug, Default)]
pub(crate) struct RowState {
    /// Work of a slice, by arm that works.
    pub(crate) calibrations: BTreeMap<usize, Calibration>,
    /// Failures in a row, by arm.
    pub(crate) failures: BTreeMap<usize, u32>,
    /// Generations that are complete.
    pub(crate) complete: BTreeSet<u32>,
    /// Set when the row's peer died: it is not gone on with.
    pub(crate) given_up: bool,
    /// Arms whose timed slices were asked to stamp operations and stamped none.
    pub(crate) stampless: BTreeSet<usize>,
    /// Arms that the smoke pass has been over.
    pub(crate) tried: BTreeSet<usize>,
    /// Why system calls cannot be counted from outside, by arm.
    pub(crate) untraced: BTreeMap<usize, String>,
}

impl<'a> Run<'a> {
    /// Starts the servers and writes the header of a new record.
    ///
    /// `header` gets the peers filled in; `requests` are those of [`loopswap_protocol::WorkloadInfo`]
    /// by workload.
    ///
    /// # Errors
    /// When a server does not come up or the record cannot be written.
    pub fn begin(
        mut header: Header,
        commands: &'a [RuntimeCommand],
        requests: BTreeMap<String, Requests>,
        source: PeerSource,
        journal: Journal,
        stop: &'a AtomicBool,
        watch: &'a mut dyn Watch,
    ) -> Result<Run<'a>, Halt> {
        check_header(&header).map_err(|what| {
            Halt::System(Failure::usage(what).help("a record that begins like this could not be read again"))
        })?;
        let peers = Peers::start(&header.plan, &source).map_err(Halt::System)?;
        header.peers = identities(&peers.servers);
        let mut run = Run::with(&header, commands, requests, source, peers, journal, stop, watch)?;
        run.watch.begun(&header);
        run.write(&Line::Header(Box::new(header)))?;
        Ok(run)
    }

    /// Goes on with a record that was cut short.
    ///
    /// # Errors
    /// When its CPUs are not there, the servers are not those of the record or do not come up, or the record
    /// cannot be written.
    pub fn resume(
        record: &Record,
        commands: &'a [RuntimeCommand],
        requests: BTreeMap<String, Requests>,
        source: PeerSource,
        journal: Journal,
        stop: &'a AtomicBool,
        watch: &'a mut dyn Watch,
    ) -> Result<Run<'a>, Halt> {
        there(&record.header.plan).map_err(Halt::System)?;
        let peers = Peers::start(&record.header.plan, &source).map_err(Halt::System)?;
        let (now, then) = (identities(&peers.servers), &record.header.peers);
        if now != *then {
            let names = |peers: &[PeerIdentity]| listed(peers.iter().map(|peer| peer.name.as_str()));
            let failure =
                Failure::usage(format!("the record was made against {}, here serve {}", names(then), names(&now)))
                    .help("unlike peers are never compared: start a new run");
            return Err(Halt::System(peers.missing.into_values().fold(failure, Failure::help)));
        }
        let mut run = Run::with(&record.header, commands, requests, source, peers, journal, stop, watch)?;
        for (state, row) in run.rows.iter_mut().zip(&record.rows) {
            state.calibrations.clone_from(&row.calibrations);
            let reached = row.faults.iter().filter(|fault| fault.kind != FaultKind::NotReached);
            let faulty = reached.filter(|fault| fault.generation.is_none()).filter_map(|fault| fault.arm);
            state.tried = row.calibrations.keys().copied().chain(faulty).collect();
            state.complete = row.generations.keys().copied().collect();
            for fault in &row.faults {
                if let Some(arm) = fault.arm.filter(|_| fault.kind.is_final()) {
                    state.calibrations.remove(&arm);
                }
            }
        }
        run.measured.rows.clone_from(&record.rows);
        run.watch.begun(&record.header);
        run.write(&Line::Resumed { at: jiff::Timestamp::now().to_string() })?;
        Ok(run)
    }

    #[expect(clippy::too_many_arguments, reason = "private: the two public ways in fill it")]
    fn with(
        header: &Header,
        commands: &'a [RuntimeCommand],
        requests: BTreeMap<String, Requests>,
        source: PeerSource,
        peers: Peers,
        journal: Journal,
        stop: &'a AtomicBool,
        watch: &'a mut dyn Watch,
    ) -> Result<Run<'a>, Halt> {
        let topology = |info: &RuntimeInfo| (info.name.clone(), info.topology);
        let turn_around = Histogram::new_with_max(60_000_000_000, 3)
            .map_err(|error| Halt::System(Failure::internal(error.to_string())))?;
        Ok(Run {
            topologies: header.runtimes.iter().map(topology).collect(),
            rows: vec![RowState::default(); header.plan.rows.len()],
            plan: header.plan.clone(),
            commands,
            requests,
            source,
            servers: peers.servers,
            missing: peers.missing,
            throttle: Cgroup::find(Path::new("/")).throttle(),
            journal,
            measured: Reader::new(&header.plan),
            stop,
            watch,
            turn_around,
            errors: 0,
            times: Times::of(&header.plan),
        })
    }

    pub(crate) fn write(&mut self, line: &Line) -> Result<(), Halt> {
        self.journal.line(line).map_err(Halt::Record)?;
        if !matches!(line, Line::Header(_)) {
            self.measured.take(line.clone()).map_err(|what| Halt::System(Failure::internal(what)))?;
        }
        Ok(())
    }

    pub(crate) fn write_slice(&mut self, slice: Slice) -> Result<(), Halt> {
        self.journal.slice(&slice).map_err(Halt::Record)?;
        self.measured.slice(slice).map_err(|what| Halt::System(Failure::internal(what)))
    }

    /// Writes down that something went wrong. An interruption, or the end of the time, is not a fault.
    pub(crate) fn fault(
        &mut self,
        row: usize,
        arm: Option<usize>,
        generation: Option<u32>,
        trouble: Trouble,
    ) -> Result<(), Halt> {
        let (kind, message, stderr) = match trouble {
            Trouble::Interrupted => return Err(Halt::Interrupted),
            Trouble::TimeIsUp => return Err(Halt::TimeIsUp),
            Trouble::Unavailable(Unavailable { reason, remedy }) => {
                (FaultKind::Skipped, format!("{reason}; {remedy}"), String::new())
            }
            Trouble::Runner { kind, message, stderr } => (kind, message, stderr),
        };
        self.record_fault(Fault { row, arm, generation, kind, message, stderr, projected_ns: None })
    }

    pub(crate) fn record_fault(&mut self, mut fault: Fault) -> Result<(), Halt> {
        if fault.kind.is_error() {
            if let Some(remedy) = remedy(&fault.message).or_else(|| remedy(&fault.stderr)) {
                fault.message += &format!("; {remedy}");
            }
            self.errors += 1;
            let Row { case, arms, .. } = &self.plan.rows[fault.row];
            let who = fault.arm.map_or("", |arm| arms[arm].runtime.as_str());
            self.watch.line(&format!("{} {}: {}", quoted(case), quoted(who), sentence(&fault.message)));
        }
        if let Some(arm) = fault.arm {
            let state = &mut self.rows[fault.row];
            if fault.kind.is_final() {
                state.calibrations.remove(&arm);
            } else if fault.kind != FaultKind::NotReached {
                *state.failures.entry(arm).or_default() += 1;
            }
        }
        self.write(&Line::Fault(fault))
    }

    /// The servers of a row, in the order in which its workload wants them.
    pub(crate) fn servers_of(&self, row: usize) -> Vec<&Server> {
        let mut taken = BTreeMap::<PeerKind, usize>::new();
        let mut servers = Vec::new();
        for kind in &self.plan.rows[row].peers {
            let nth = taken.entry(*kind).or_default();
            servers.extend(self.servers.iter().filter(|server| server.peer.kind == *kind).nth(*nth));
            *nth += 1;
        }
        servers
    }

    pub(crate) fn tell(&mut self, row: usize, phase: Phase, arm: usize) {
        let total = f64::from(self.plan.generations) * self.plan.rows.len() as f64;
        let complete: usize = self.rows.iter().map(|state| state.complete.len()).sum();
        let Row { case, arms, .. } = &self.plan.rows[row];
        self.watch.step(&Step {
            case,
            phase,
            runtime: &arms[arm].runtime,
            done: complete as f64 / total,
            left: (phase != Phase::Smoke).then(|| self.times.budget.saturating_duration_since(Instant::now())),
            errors: self.errors,
        });
    }
}

/// Whether the CPUs of a plan can be used here.
fn there(plan: &Plan) -> Result<(), Failure> {
    if let (Some(why), true) = (pin::refused(), plan.rows.iter().any(|row| row.placement != Placement::Free)) {
        return Err(Failure::usage(format!("the record was made with processes pinned to CPUs; here {why}"))
            .help("go on where it was made, or start a new run"));
    }
    let allowed = pin::allowed();
    let of_rows = plan.rows.iter().flat_map(|row| row.runner_cpus.iter().chain(&row.peer_cpus));
    match plan.cpus.iter().chain(of_rows).find(|cpu| !allowed.contains(cpu)) {
        None => Ok(()),
        Some(cpu) => Err(Failure::usage(format!("the record was made on CPU {cpu}, which cannot be used here"))
            .help("go on where it was made, or start a new run")),
    }
}

fn identities(servers: &[Server]) -> Vec<PeerIdentity> {
    servers.iter().map(|server| server.identity.clone()).collect()
}
