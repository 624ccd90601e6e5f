//! What all rows of a run share.

use crate::command::{Commands, Requests, RuntimeCommand};
use crate::failure::Failure;
use crate::fault::Halt;
use crate::journal::Journal;
use crate::peer::PeerSource;
use crate::peers::Peers;
use crate::time::Times;
use crate::watch::Watch;
use crate::written::Written;
use hdrhistogram::Histogram;
use loopswap_machine::{Cgroup, Throttle};
use loopswap_report::record::{Header, Plan};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

/// What a run is made with, besides what its record begins with.
pub struct Setup<'a> {
    /// How to start the runners.
    pub commands: &'a [RuntimeCommand],
    /// What the peers count for one operation, by workload, as in
    /// [`WorkloadInfo`](loopswap_protocol::WorkloadInfo::requests); a workload that is not named is not checked.
    pub requests: BTreeMap<String, Requests>,
    /// How to get the servers.
    pub source: PeerSource,
    /// Where the record is written.
    pub journal: Journal,
    /// Set from outside when the run is to stop.
    pub stop: &'a AtomicBool,
    /// Who is told of its progress.
    pub watch: &'a mut dyn Watch,
}

/// What all rows of a run share.
pub(crate) struct World<'a> {
    pub(crate) plan: Plan,
    pub(crate) commands: Commands<'a>,
    /// What the peers count for one operation, by workload.
    pub(crate) requests: BTreeMap<String, Requests>,
    pub(crate) peers: Peers,
    /// Counts how often a CPU quota halts the run.
    pub(crate) throttle: Throttle,
    pub(crate) written: Written,
    pub(crate) stop: &'a AtomicBool,
    pub(crate) watch: &'a mut dyn Watch,
    /// Time around timed slices, in nanoseconds.
    pub(crate) turn_around: Histogram<u64>,
    pub(crate) errors: usize,
    pub(crate) times: Times,
}

impl<'a> World<'a> {
    /// The world of a run whose servers are up; `write` begins or resumes its record.
    pub(crate) fn new(
        header: &Header,
        peers: Peers,
        setup: Setup<'a>,
        write: impl FnOnce(Journal) -> Result<Written, Halt>,
    ) -> Result<World<'a>, Halt> {
        let Setup { commands, requests, journal, stop, watch, source: _ } = setup;
        let turn_around = Histogram::new_with_max(60_000_000_000, 3)
            .map_err(|error| Halt::System(Failure::internal(error.to_string())))?;
        let times = Times::of(&header.plan);
        watch.begun(header);
        Ok(World {
            plan: header.plan.clone(),
            commands: Commands::new(commands, &header.runtimes),
            requests,
            peers,
            throttle: Cgroup::find(Path::new("/")).throttle(),
            written: write(journal)?,
            stop,
            watch,
            turn_around,
            errors: 0,
            times,
        })
    }

    /// Time limit of a slice.
    pub(crate) fn limit(&self) -> Duration {
        Duration::from_millis(self.plan.limit_ms)
    }

    /// Share of the run that is measured, 0 to 1.
    pub(crate) fn done(&self) -> f64 {
        let total = f64::from(self.plan.generations) * self.plan.rows.len() as f64;
        let complete: usize = self.written.rows().iter().map(|row| row.generations.len()).sum();
        complete as f64 / total
    }
}
