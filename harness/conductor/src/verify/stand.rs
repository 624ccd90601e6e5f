//! What all checks of a program share once it has said hello: its cases as rows of a plan, and their servers.

use super::program::Program;
use super::sheet::Tried;
use crate::asked::Asked;
use crate::command::prepare;
use crate::conversation::Trouble;
use crate::cpus::Cpus;
use crate::failure::Failure;
use crate::peer::PeerSource;
use crate::peers::Peers;
use crate::plan::{Filter, cpus_of, plan, smallest};
use crate::runner::Runner;
use crate::suite::{Suite, SuiteCase};
use loopswap_protocol::{Command, Hello, PeerKind, Prepare, Topology, WorkloadInfo};
use loopswap_report::record::{Plan, Row};
use std::time::Duration;

/// Time limit of a slice in a conversation that is to succeed: that of a suite that says nothing. Only a slice that
/// hangs comes near it, on a crowded machine too.
pub(super) const LIMIT: Duration = Duration::from_secs(60);
/// Length aimed at for a slice.
pub(super) const SLICE: Duration = Duration::from_millis(20);
/// Seed of the cases.
const SEED: u64 = 1;

/// A program with its cases and their servers.
pub(super) struct Stand<'a> {
    pub(super) program: Program<'a>,
    pub(super) plan: Plan,
    pub(super) peers: Peers,
    workloads: Vec<WorkloadInfo>,
    single_thread: bool,
    timer_early_ns: Option<u64>,
    /// Rows whose conversation succeeded, each with the time of its smallest slice.
    pub(super) works: Vec<(usize, Duration)>,
}

impl<'a> Stand<'a> {
    /// Makes the plan of these cases and starts their servers.
    pub(super) fn new(
        program: Program<'a>,
        hello: &Hello,
        cases: Vec<SuiteCase>,
        source: PeerSource,
    ) -> Result<Stand<'a>, Failure> {
        let name = hello.runtime.name.clone();
        let workloads = cases.iter().map(|chosen| chosen.case.workload).collect();
        let suite = Suite {
            name: "verify-runner".into(),
            about: String::new(),
            reference: name.clone(),
            runtimes: vec![name],
            generations: 1,
            rounds: None,
            slice: SLICE,
            limit: LIMIT,
            budget: Duration::ZERO,
            smt: false,
            runners: Vec::new(),
            cases,
            claims: Vec::new(),
        };
        let plan = plan(&suite, &Filter::default(), &Cpus::here(), SEED)?;
        let peers = Peers::start(&plan, source)?;
        let single_thread = hello.runtime.topology == Topology::SingleThread;
        let timer_early_ns = hello.runtime.made_of.timer_early_ns;
        Ok(Stand { program, plan, peers, workloads, single_thread, timer_early_ns, works: Vec::new() })
    }

    /// A trial of `ops` operations of a row.
    pub(super) fn asked(&self, index: usize, limit: Duration, ops: u64) -> Asked {
        Asked::of(self.row(index), limit, self.timer_early_ns, ops)
    }

    pub(super) fn row(&self, index: usize) -> &Row {
        &self.plan.rows[index]
    }

    /// What the workload of a row says of itself.
    pub(super) fn workload(&self, index: usize) -> &WorkloadInfo {
        &self.workloads[index]
    }

    /// Operations of the smallest slice of a row.
    pub(super) fn smallest(&self, index: usize) -> u64 {
        smallest(self.row(index))
    }

    /// The command that prepares the case of a row.
    pub(super) fn prepare(&self, index: usize, limit: Duration) -> Prepare {
        let row = self.row(index);
        let peers = self.peers.of(row).iter().map(|server| server.peer.clone()).collect();
        prepare(row, peers, self.cpus(index), SEED, u64::try_from(limit.as_millis()).unwrap_or(u64::MAX))
    }

    fn cpus(&self, index: usize) -> Vec<usize> {
        cpus_of(self.row(index), 0, |_| self.single_thread, 0)
    }

    /// A process that has been sent nothing, placed as for this row.
    pub(super) fn start(&self, index: usize) -> Result<Runner, Trouble> {
        self.program.again(&self.cpus(index))
    }

    /// A process that has been sent its case.
    pub(super) fn sent(&self, index: usize, limit: Duration) -> Result<Runner, Trouble> {
        let mut runner = self.start(index)?;
        runner.prepare(self.prepare(index, limit))?;
        Ok(runner)
    }

    /// A process whose case is ready.
    pub(super) fn ready(&self, index: usize, limit: Duration) -> Tried<Runner> {
        let mut runner = self.sent(index, limit)?;
        runner.ready(self.program.stop)?;
        Ok(runner)
    }

    /// A process that has said hello.
    pub(super) fn greeted(&self, index: usize) -> Tried<Runner> {
        let mut runner = self.start(index)?;
        runner.hello(self.program.stop)?;
        Ok(runner)
    }

    /// The row that is best for trying what is not about its workload: one that works, without a load client or
    /// better without any peer, whose slices are short, and without a rate.
    pub(super) fn handiest(&self) -> Option<usize> {
        let effort = |index: usize| {
            let row = self.row(index);
            (row.peers.contains(&PeerKind::Load), !row.peers.is_empty())
        };
        let closed = self.works.iter().filter(|(index, _)| self.row(*index).rate().is_none());
        closed.min_by_key(|(index, time)| (effort(*index), *time)).map(|(index, _)| *index)
    }

    /// A slice of the smallest size, as a command.
    pub(super) fn smallest_slice(&self, index: usize) -> Command {
        Command::Slice(loopswap_protocol::Work::of(self.smallest(index)))
    }
}
