//! The messages: one JSON object a line, externally tagged by the message's name.

use crate::{Params, PeerKind, RuntimeInfo, Unavailable};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::net::SocketAddr;

/// Version of the protocol that this crate speaks; a runner that says another is refused.
pub const PROTOCOL: u32 = 1;

/// What the conductor writes to a runner's standard input.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Command {
    /// Get one case ready: connect, allocate.
    Prepare(Box<Prepare>),
    /// Do this much work and time it.
    Slice(Work),
    /// Do this much work and count what it takes; its time is not used.
    Count(Work),
    /// Close everything and exit with code 0.
    Bye {},
}

/// What a runner writes to its standard output.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reply {
    /// The first line: who is there.
    Hello(Hello),
    /// The case is prepared.
    Ready(Ready),
    /// A slice is done and verified.
    Slice(SliceDone),
    /// A slice of a case that has a rate is done and verified.
    Paced(Box<Paced>),
    /// A counting slice is done and verified.
    Count(Box<Counted>),
    /// This runtime cannot do this case, by its nature: not an error.
    Unsupported {
        /// Why.
        reason: String,
    },
    /// Something failed, or a check did: the slice has no time.
    Error {
        /// What failed.
        message: String,
    },
    /// The time limit passed within a slice; the runner exits after this line.
    Unfinished(Unfinished),
    /// The answer to `bye`.
    Bye {},
}

/// The first line of a runner.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hello {
    /// The protocol version spoken: [`PROTOCOL`].
    pub protocol: u32,
    /// The runtime within.
    pub runtime: RuntimeInfo,
    /// Names of the workloads that it has.
    pub workloads: Vec<String>,
    /// Set when the runtime cannot run on this machine now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unavailable: Option<Unavailable>,
}

/// One case to get ready.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Prepare {
    /// The case's name, for messages.
    pub case: String,
    /// Name of the workload.
    pub workload: String,
    /// Every parameter of the workload.
    pub params: Params,
    /// The peers to talk to, in the workload's order.
    #[serde(default)]
    pub peers: Vec<Peer>,
    /// Threads that the runtime may use.
    pub threads: usize,
    /// CPUs on which the conductor has already placed the process.
    #[serde(default)]
    pub cpus: Vec<usize>,
    /// Seed of anything random in the case.
    pub seed: u64,
    /// A slice that takes longer than this many milliseconds ends with `unfinished`.
    pub limit_ms: u64,
}

/// A server to talk to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Peer {
    /// What it serves.
    pub kind: PeerKind,
    /// Where it listens.
    pub address: SocketAddr,
    /// User name to authenticate with, if any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// Password to authenticate with, if any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password: Option<String>,
    /// Number of the database to select, if any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub database: Option<u32>,
}

/// How much work one slice is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Work {
    /// Operations, over all threads and shards.
    pub ops: u64,
}

/// The case is prepared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ready {
    /// Threads that the runtime really uses for tasks.
    pub threads: usize,
    /// Resident memory once prepared, in bytes.
    pub rss_bytes: u64,
}

/// One timed slice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SliceDone {
    /// Operations done and verified.
    pub ops: u64,
    /// Wall time of all of them, in nanoseconds, stamped inside the runtime.
    pub ns: u64,
    /// The median stretch scaled to the whole slice, in nanoseconds; equal to `ns` where the slice
    /// is too short to be cut into stretches.
    pub typical_ns: u64,
    /// CPU time of the whole process over the slice, in nanoseconds.
    pub cpu_ns: u64,
}

/// One timed slice of an open loop: the case has a `rate`, and every operation was stamped.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Paced {
    /// What any timed slice tells.
    #[serde(flatten)]
    pub slice: SliceDone,
    /// Response time of every operation in nanoseconds, from when it was meant to start to when it was
    /// verified: an HdrHistogram, V2 encoding, deflated, base64.
    pub response: String,
}

/// One counting slice.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Counted {
    /// Operations done and verified.
    pub ops: u64,
    /// Voluntary context switches of the process over the slice (`getrusage(2)`).
    pub voluntary_switches: u64,
    /// Involuntary context switches of the process over the slice.
    pub involuntary_switches: u64,
    /// Largest resident memory of the process so far, in bytes.
    pub rss_peak_bytes: u64,
    /// Latency of every operation in nanoseconds (its response time where the case has a rate): an HdrHistogram, V2 encoding, deflated, base64.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latency: Option<String>,
    /// Further figures by name, such as `spawn_ns` (time to start one task).
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub notes: BTreeMap<String, f64>,
}

/// How far a slice came before its time limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unfinished {
    /// Operations done.
    pub done: u64,
    /// Operations asked for.
    pub ops: u64,
    /// Wall time so far, in nanoseconds.
    pub ns: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wire_form_is_the_one_that_the_specification_shows() {
        let line = |command: &Command| serde_json::to_string(command).expect("plain data");
        assert_eq!(line(&Command::Slice(Work { ops: 1024 })), r#"{"slice":{"ops":1024}}"#);
        assert_eq!(line(&Command::Bye {}), r#"{"bye":{}}"#);
        let reply: Reply =
            serde_json::from_str(r#"{"slice":{"ops":8,"ns":2000,"typical_ns":1900,"cpu_ns":1800}}"#).expect("a slice");
        assert_eq!(reply, Reply::Slice(SliceDone { ops: 8, ns: 2000, typical_ns: 1900, cpu_ns: 1800 }));
    }

    #[test]
    fn a_slice_with_a_rate_tells_what_any_slice_does_and_its_response_times() {
        let line = r#"{"paced":{"ops":8,"ns":2000,"typical_ns":2000,"cpu_ns":1800,"response":"HIST"}}"#;
        let slice = SliceDone { ops: 8, ns: 2000, typical_ns: 2000, cpu_ns: 1800 };
        let paced = Reply::Paced(Box::new(Paced { slice, response: "HIST".into() }));
        assert_eq!(serde_json::from_str::<Reply>(line).expect("a slice"), paced);
        assert_eq!(serde_json::to_string(&paced).expect("plain data"), line);
    }

    #[test]
    fn a_reader_takes_fields_that_it_does_not_know() {
        let reply: Reply =
            serde_json::from_str(r#"{"ready":{"threads":1,"rss_bytes":7,"later":true}}"#).expect("additive change");
        assert_eq!(reply, Reply::Ready(Ready { threads: 1, rss_bytes: 7 }));
    }
}
