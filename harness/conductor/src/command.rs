//! How the runner of a runtime is started, and what it is told of its case.

use crate::conversation::Trouble;
use crate::plan::cpus_of;
use loopswap_protocol::{Params, Peer, Prepare, RuntimeInfo, Topology, quoted};
use loopswap_report::comparison::Side;
use loopswap_report::record::{Arm, OwnRunner, Row};
use std::collections::BTreeMap;

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

/// The commands of a run, and what was said of its runtimes.
pub(crate) struct Commands<'a> {
    commands: &'a [RuntimeCommand],
    /// The runtimes that said hello, by name.
    runtimes: BTreeMap<String, RuntimeInfo>,
}

impl<'a> Commands<'a> {
    pub(crate) fn new(commands: &'a [RuntimeCommand], runtimes: &[RuntimeInfo]) -> Commands<'a> {
        let named = |info: &RuntimeInfo| (info.name.clone(), info.clone());
        Commands { commands, runtimes: runtimes.iter().map(named).collect() }
    }

    /// Program and arguments of the runner of an arm.
    pub(crate) fn of(&self, arm: &Arm) -> Result<&'a [String], Trouble> {
        let Arm { runtime, side, .. } = arm;
        let found = self.commands.iter().find(|command| command.name == *runtime && command.side == *side);
        let found = found.ok_or_else(|| Trouble::failed(format!("there is no runner for `{}`", quoted(runtime))))?;
        Ok(&found.command)
    }

    /// The CPUs of an arm in a generation.
    pub(crate) fn cpus(&self, row: &Row, arm: usize, generation: u32) -> Vec<usize> {
        let single_thread =
            |runtime: &str| self.runtimes.get(runtime).is_some_and(|info| info.topology == Topology::SingleThread);
        cpus_of(row, arm, single_thread, generation)
    }

    /// How much before their time the timers of an arm's runtime may go off, in nanoseconds, if it says so.
    pub(crate) fn timer_early_ns(&self, arm: &Arm) -> Option<u64> {
        self.runtimes.get(&arm.runtime)?.made_of.timer_early_ns
    }
}

/// What a runner is told of the case of a row.
pub(crate) fn prepare(row: &Row, peers: Vec<Peer>, cpus: Vec<usize>, seed: u64, limit_ms: u64) -> Prepare {
    Prepare {
        case: row.case.clone(),
        workload: row.workload.clone(),
        params: row.params.clone(),
        peers,
        threads: cpus.len(),
        cpus,
        seed,
        limit_ms,
        tally_tasks: false,
    }
}
