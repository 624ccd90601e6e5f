//! The record: everything that a run measured, losslessly, one JSON value a line.
//!
//! The first line is the [`Header`]; then come, for every row, [`Line::Calibrated`] and
//! [`Line::Fault`] of the smoke pass, and for every generation [`Line::Generation`], its slices,
//! [`Line::Count`]s and a [`Line::Closed`]. A generation without its `closed` line was cut short and
//! takes no part in the analysis. Neither does one with a damaged line: it is incomplete.

mod axis;
mod check;
mod cpus;
mod damage;
mod environment;
mod plan;
mod race;
mod read;
mod reader;
mod round;
mod rules;
mod slice;
mod throttled;

pub use axis::{Axis, AxisKind, AxisPoint};
pub use check::{counted as check_counted, header as check_header, plan as check_plan};
pub use cpus::CpuChoice;
pub use damage::{Damage, DamagedLine};
pub use environment::Environment;
pub use plan::{Arm, Claim, NoHello, OwnRunner, Placement, Plan, ROUNDS_MAX, ROWS_MAX, Role, Row};
pub use race::{Build, RacePlan, Side};
pub use read::{Calibration, Generation, Process, ReadError, Record, RowRecord, read, read_bytes};
pub use reader::Reader;
pub use round::Round;
pub use rules::Rules;
pub use slice::Slice;
pub use throttled::Throttled;

use loopswap_protocol::{Counted, PeerKind, Ready, RuntimeInfo};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Version of the record format; a reader takes records up to its own.
pub const RECORD_SCHEMA: u32 = 1;

/// One line of a record. A bare array is a [`Slice`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Line {
    /// The first line.
    Header(Box<Header>),
    /// A run that was cut short goes on from here.
    Resumed {
        /// When, RFC 3339.
        at: String,
    },
    /// The smoke pass found how much work one slice of an arm is.
    Calibrated {
        /// Index of the row.
        row: usize,
        /// Index of the arm in the row.
        arm: usize,
        /// Operations of a slice.
        ops: u64,
        /// Wall time of such a slice, in nanoseconds.
        ns: u64,
    },
    /// Fresh processes for a row.
    Generation {
        /// Index of the row.
        row: usize,
        /// Number of the generation within the row, from 0.
        number: u32,
        /// One for each arm that takes part.
        processes: Vec<Started>,
        /// Whether it gives a second opinion on a suspect row of a race.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        confirms: bool,
    },
    /// A round is over; the other load on the machine during it.
    Round(Round),
    /// A slice that was timed to warm up and takes no part in the analysis.
    WarmUp(Slice),
    /// The response times of the slice before it, which is one of an open loop.
    Response {
        /// Index of the arm in the row.
        arm: usize,
        /// Of every operation, in nanoseconds: an HdrHistogram, V2 encoding, deflated, base64.
        response: String,
    },
    /// What the timed slices of a generation stamped, once it is over for the arm.
    Sampled {
        /// Index of the arm in the row.
        arm: usize,
        /// Latency of one in several operations, in nanoseconds: an HdrHistogram, V2 encoding, deflated, base64.
        latency: String,
    },
    /// A counting slice.
    Count {
        /// Index of the arm in the row.
        arm: usize,
        /// What it counted.
        counted: Box<Counted>,
    },
    /// An arm has no result, or has lost it.
    Fault(Fault),
    /// A generation is complete.
    Closed(Closed),
    /// The run has ended.
    End(End),
}

/// What is known before anything is measured.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Header {
    /// Version of this format: [`RECORD_SCHEMA`].
    pub schema: u32,
    /// Version of loopswap.
    pub loopswap: String,
    /// When the run began, RFC 3339 in UTC.
    pub created: String,
    /// What is to be measured.
    pub plan: Plan,
    /// The machine and the build.
    pub environment: Environment,
    /// The runtimes that said hello.
    pub runtimes: Vec<RuntimeInfo>,
    /// The peers that serve.
    pub peers: Vec<PeerIdentity>,
}

/// Who served: part of a case's identity, since unlike peers are never compared.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PeerIdentity {
    /// What it serves.
    pub kind: PeerKind,
    /// Name and version, such as `redis-server 7.0.15`.
    pub name: String,
    /// Whether loopswap started it (and so placed it and read its CPU time).
    pub started_here: bool,
}

/// A runner process that is ready to be measured.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Started {
    /// Index of the arm in the row.
    pub arm: usize,
    /// CPUs that it was placed on.
    pub cpus: Vec<usize>,
    /// What it said when it was ready.
    pub ready: Ready,
    /// How long it took to start; absent where others started beside it, and in older records.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start_up: Option<StartUp>,
}

/// How long a runner took from the start of its process, in nanoseconds by the conductor's clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct StartUp {
    /// Until it had said hello: the program is loaded.
    pub hello_ns: u64,
    /// Until its case was ready: what the case needs is loaded, and connections are open.
    pub ready_ns: u64,
}

/// Why an arm has no result.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fault {
    /// Index of the row.
    pub row: usize,
    /// Index of the arm in the row; `None` if the fault is the row's (a peer that died).
    pub arm: Option<usize>,
    /// Number of the generation; `None` in the smoke pass.
    pub generation: Option<u32>,
    /// What happened.
    pub kind: FaultKind,
    /// The cause, as a sentence.
    pub message: String,
    /// The end of what the process wrote to its standard error.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub stderr: String,
    /// Where a slice did not finish: how long a granule would have taken, in nanoseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub projected_ns: Option<u64>,
}

/// The kinds of faults.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum FaultKind {
    /// The runtime cannot run on this machine now.
    Skipped,
    /// The runtime cannot do the case, by its nature or for want of room on this machine.
    Unsupported,
    /// A slice outlasted the time limit.
    DidNotFinish,
    /// A check or an operation failed.
    Failed,
    /// The process ended by itself, or was killed.
    Crashed,
    /// The process did not answer.
    Hung,
    /// What the process said is not the protocol.
    Garbled,
    /// A peer is gone or wrong.
    Peer,
    /// The record could not be written.
    Record,
    /// The time of the run was up before it came to that.
    NotReached,
}

impl FaultKind {
    /// Whether something that should have worked did not.
    #[must_use]
    pub fn is_error(self) -> bool {
        !matches!(self, FaultKind::Skipped | FaultKind::Unsupported | FaultKind::DidNotFinish | FaultKind::NotReached)
    }

    /// Whether it says something of the runtime that the next generation would only repeat.
    #[must_use]
    pub fn is_final(self) -> bool {
        matches!(self, FaultKind::Skipped | FaultKind::Unsupported | FaultKind::DidNotFinish)
    }
}

/// What a generation took, and the other load on the machine during it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Closed {
    /// Index of the row.
    pub row: usize,
    /// Number of the generation.
    pub number: u32,
    /// Wall time from before its first process started to after its last ended, in nanoseconds.
    pub wall_ns: u64,
    /// Wall time of its slices, in nanoseconds.
    pub timed_ns: u64,
    /// CPU time that others took on the CPUs of the run, in nanoseconds (`/proc/stat` less our own).
    pub foreign_ns: u64,
    /// CPU time that the hypervisor took, in nanoseconds (`steal` of `/proc/stat`).
    pub steal_ns: u64,
    /// How often the CPU quota halted the run; absent where there is no quota.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub throttled: Option<Throttled>,
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct End {
    /// Why it ended.
    pub reason: EndReason,
    /// Wall time since it began or was resumed, in nanoseconds.
    pub wall_ns: u64,
    /// Time from sending a command to having its reply, less the time of the slice: median, in
    /// nanoseconds.
    pub turn_around_p50_ns: u64,
    /// The same, 99th percentile.
    pub turn_around_p99_ns: u64,
}

/// Why a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum EndReason {
    /// Everything planned is measured.
    Finished,
    /// A signal asked it to stop.
    Interrupted,
    /// It could not go on.
    Failed,
    /// The record has no end: the process was killed, or still runs.
    Unknown,
}
