//! One arm of a row that stays: for callers with their own schedule of slices, such as a benchmark library.
//! The runner and its servers are the same processes, in the same places, as in a run.

use crate::asked::{Asked, Sliced};
use crate::command::{RuntimeCommand, prepare};
use crate::conversation::Trouble;
use crate::failure::Failure;
use crate::peer::PeerSource;
use crate::plan::smallest;
use crate::runner::Runner;
use crate::server::Server;
use loopswap_protocol::{Unavailable, Unfinished};
use loopswap_report::record::{FaultKind, Row};
use std::io;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

/// No slice is expected to take more than this part of the time limit: a long measurement must not look like
/// an arm that does not finish.
const PART_OF_LIMIT: u32 = 4;

/// A runner with its case prepared, and the servers that it talks to. All end with it.
#[derive(Debug)]
pub struct Resident {
    runner: Runner,
    /// Kept alive until the runner ends.
    _servers: Vec<Server>,
    /// Operations of a granule.
    granule: u64,
    /// Granules of the smallest slice.
    smallest: u64,
    limit: Duration,
    /// Operations that are meant to start in a second, if the case has a rate.
    rate: Option<u64>,
    /// Time of one granule in the previous slice, in nanoseconds.
    granule_ns: Option<f64>,
    stop: AtomicBool,
}

/// Why an arm has no time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Absent {
    /// It cannot run here, cannot do the case, or would take too long: a result, not a failure.
    Skipped(String),
    /// Something that should have worked did not.
    Failed(String),
}

/// Which arm is to stay, and how it is started.
#[derive(Clone, Debug)]
pub struct Residence<'a> {
    /// Its row.
    pub row: &'a Row,
    /// How to start its runner.
    pub command: &'a RuntimeCommand,
    /// The CPUs of its runner.
    pub cpus: Vec<usize>,
    /// How to get its servers.
    pub source: &'a PeerSource,
    /// Seed of the case.
    pub seed: u64,
    /// Time limit of a slice.
    pub limit: Duration,
}

impl Resident {
    /// Starts the servers of the row on its peer CPUs and the runner on its own, and waits until the case is
    /// ready.
    ///
    /// # Errors
    /// Why the arm cannot be measured.
    pub fn start(residence: Residence<'_>) -> Result<Resident, Absent> {
        let Residence { row, command, cpus, source, seed, limit } = residence;
        let mut servers = Vec::new();
        for kinds in row.peers.chunk_by(|one, other| one == other) {
            servers.extend(source.start(kinds[0], kinds.len())?);
        }
        servers.iter().try_for_each(|server| server.place(&row.peer_cpus)).map_err(|error| failed(&error))?;
        let stop = AtomicBool::new(false);
        let mut runner = Runner::of(&command.command, &cpus)?;
        let peers = servers.iter().map(|server| server.peer.clone()).collect();
        let limit_ms = u64::try_from(limit.as_millis()).unwrap_or(u64::MAX);
        runner.prepare(prepare(row, peers, cpus, seed, limit_ms))?;
        runner.ready(&stop)?;
        let granule = row.granule.max(1);
        let smallest = smallest(row) / granule;
        Ok(Resident { runner, _servers: servers, granule, smallest, limit, rate: row.rate(), granule_ns: None, stop })
    }

    /// Time of `granules` granules, as the runner stamps it inside its runtime.
    ///
    /// Fewer than the smallest slice takes are measured in one smallest slice, and its time is scaled.
    ///
    /// # Errors
    /// Why there is no time; the runner cannot be used any more.
    pub fn time(&mut self, granules: u64) -> Result<Duration, Absent> {
        let mut left = granules;
        let mut ns = 0.0;
        while left > 0 {
            let now = left.min(self.most());
            let done = now.max(self.smallest);
            let done_ns = self.slice(done)?;
            self.granule_ns = Some(done_ns / done as f64);
            ns += done_ns * now as f64 / done as f64;
            left -= now;
        }
        Ok(Duration::from_nanos(ns.round() as u64))
    }

    /// Most granules of one slice; the fewest possible while nothing is known.
    fn most(&self) -> u64 {
        let room = (self.limit / PART_OF_LIMIT).as_nanos() as f64;
        self.granule_ns.map_or(0, |ns| (room / ns.max(1.0)) as u64).max(self.smallest)
    }

    /// Wall time of one slice, in nanoseconds.
    fn slice(&mut self, granules: u64) -> Result<f64, Absent> {
        let ops = granules.saturating_mul(self.granule);
        let asked = Asked { ops, limit: self.limit, rate: self.rate, counts: false, stamp_one_in: 0, least_ns: 0 };
        match self.runner.slice(&asked, &self.stop)? {
            Sliced::Done(timed) => Ok(timed.done.ns as f64),
            Sliced::Unfinished(Unfinished { done, ops, .. }) => Err(Absent::Skipped(format!(
                "did not finish: {done} of {ops} operations were done within {}",
                humantime::format_duration(self.limit)
            ))),
        }
    }

    /// Says bye to the runner and waits for its end.
    ///
    /// # Errors
    /// When it does not end in order.
    pub fn end(self) -> Result<(), Absent> {
        let Resident { mut runner, stop, .. } = self;
        runner.end(&stop)?;
        Ok(())
    }
}

fn failed(error: &io::Error) -> Absent {
    Absent::Failed(error.to_string())
}

impl From<Failure> for Absent {
    fn from(failure: Failure) -> Self {
        Absent::Failed(failure.what)
    }
}

impl From<Trouble> for Absent {
    fn from(trouble: Trouble) -> Self {
        match trouble {
            Trouble::Interrupted | Trouble::TimeIsUp => Absent::Failed("interrupted".into()),
            Trouble::Unavailable(Unavailable { reason, remedy }) => Absent::Skipped(format!("{reason}; {remedy}")),
            Trouble::Runner { kind, message, .. } if !kind.is_error() => {
                let unsupported = if kind == FaultKind::Unsupported { "unsupported: " } else { "" };
                Absent::Skipped(format!("{unsupported}{message}"))
            }
            Trouble::Runner { message, stderr, .. } => {
                Absent::Failed(format!("{message} {stderr}").trim_end().to_owned())
            }
        }
    }
}
