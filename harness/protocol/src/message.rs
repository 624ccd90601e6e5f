//! The messages: one JSON object a line, externally tagged by the message's name.

use crate::{Params, PeerKind, RuntimeInfo, Unavailable};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::net::SocketAddr;

/// Version of the protocol that this crate speaks; a runner with another version is refused.
pub const PROTOCOL: u32 = 1;

/// Environment variable of a runner process: what is known of whether its runtime can run here.
pub const PREFLIGHT: &str = "LOOPSWAP_PREFLIGHT";

/// Value of [`PREFLIGHT`] once another process of the same runner has said hello without `unavailable`: a
/// check that takes time, as a trial start of the runtime, need not be repeated.
pub const PREFLIGHT_PASSED: &str = "passed";

/// What the conductor writes to a runner's standard input.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Command {
    /// Get one case ready: connect, allocate.
    Prepare(Box<Prepare>),
    /// Do this much work and time it.
    Slice(Work),
    /// Do this much work and count what it takes; its time is not used.
    Count(Count),
    /// Close everything and exit with code 0.
    Bye {},
}

/// What a runner writes to its standard output.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reply {
    /// The first line: which runtime this runner is.
    Hello(Box<Hello>),
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
    /// This runtime cannot run on this machine, and what would change that: not an error. Also sent instead
    /// of the hello if the runner could not even start.
    Unavailable(Unavailable),
    /// Something failed, or a check did: the slice has no time.
    Error {
        /// What failed.
        message: String,
    },
    /// The time limit passed within a slice; the runner exits after this line.
    Unfinished(Unfinished),
    /// The answer to `bye`.
    Bye {
        /// Latency in nanoseconds of the operations that timed slices stamped, if any was asked to: an
        /// HdrHistogram, V2 encoding, deflated, base64.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        latency: Option<String>,
    },
}

/// The first line of a runner.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hello {
    /// The protocol version spoken: [`PROTOCOL`].
    pub protocol: u32,
    /// The runtime of this runner.
    pub runtime: RuntimeInfo,
    /// Names of the workloads that it has.
    pub workloads: Vec<String>,
    /// Names of the counters that it can [tally](Tally), here or elsewhere; a runner that names none is never
    /// asked for one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub counters: Vec<String>,
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
    /// This process exists to count polls and wake-ups only; nothing in it is timed, so it may spend any
    /// amount of work on counting.
    #[serde(default, skip_serializing_if = "is_false")]
    pub tally_tasks: bool,
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
    /// Host and user of every account of a MySQL server: the rows that its table `user` must answer with,
    /// as the conductor found them before the run.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub accounts: Vec<(String, String)>,
}

impl Peer {
    /// A server without credentials, with no database selected.
    #[must_use]
    pub fn new(kind: PeerKind, address: SocketAddr) -> Peer {
        Peer { kind, address, user: None, password: None, database: None, accounts: Vec::new() }
    }
}

/// How much work one slice is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Work {
    /// Operations, over all threads and shards.
    pub ops: u64,
    /// Stamp about one in this many operations, and report all stamps in the answer to `bye`; 0 stamps none.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub stamp_one_in: u64,
}

impl Work {
    /// A slice that stamps no operation.
    #[must_use]
    pub fn of(ops: u64) -> Work {
        Work { ops, stamp_one_in: 0 }
    }
}

/// How much work one counting slice is, and what it counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Count {
    /// Operations, over all threads and shards.
    pub ops: u64,
    /// Count what the process does ([`Tally`]) and record no latencies, which would add to it.
    #[serde(default, skip_serializing_if = "is_false")]
    pub tally: bool,
    /// System calls are being counted from outside, by ptrace(2): [mark](crate::mark) where the slice's first
    /// operation begins and where its last has ended, and do not count them.
    #[serde(default, skip_serializing_if = "is_false")]
    pub traced: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
fn is_false(flag: &bool) -> bool {
    !flag
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
fn is_zero(number: &u64) -> bool {
    *number == 0
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
    /// The median stretch scaled to the whole slice, in nanoseconds; equal to `ns` if the slice is too short
    /// to be cut into stretches.
    pub typical_ns: u64,
    /// CPU time of the whole process over the slice, in nanoseconds.
    pub cpu_ns: u64,
}

/// One timed slice of an open loop: the case has a `rate`, and every operation was stamped.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Paced {
    /// The figures of any timed slice.
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
    /// Latency of every operation in nanoseconds (its response time if the case has a rate): an HdrHistogram,
    /// V2 encoding, deflated, base64.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latency: Option<String>,
    /// Further figures by name, such as `spawn_ns` (time to start one task).
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub notes: BTreeMap<String, f64>,
    /// What the process did over the slice, if that was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tally: Option<Tally>,
}

/// What a process did over one slice, by the name of the counter.
///
/// Counters that every reader knows: `syscalls`, `allocations` (calls that ask the allocator for
/// memory), `allocated_bytes` (what they ask for), `polls` (of tasks), `wakeups` (calls of their
/// wakers).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// Operations of the slice.
    pub ops: u64,
    /// Totals over the slice.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub counters: BTreeMap<String, u64>,
    /// Why a counter is missing, and the remedy.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub unavailable: BTreeMap<String, String>,
    /// How a counter was counted, if there is more than one way: `syscalls` by
    /// [`TRACEPOINT`](crate::TRACEPOINT), the default.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub methods: BTreeMap<String, String>,
}

impl Tally {
    /// Records a total.
    pub fn count(&mut self, name: &str, total: u64) {
        self.counters.insert(name.to_owned(), total);
    }

    /// Records a total that can be counted in several ways, and the way.
    pub fn count_by(&mut self, name: &str, method: &str, total: u64) {
        self.count(name, total);
        self.methods.insert(name.to_owned(), method.to_owned());
    }

    /// Notes why there is no count of `name`.
    pub fn unavailable(&mut self, name: &str, why: impl Into<String>) {
        self.unavailable.insert(name.to_owned(), why.into());
    }

    /// Adds the counters of another slice of as many operations.
    pub fn join(&mut self, other: Tally) {
        self.counters.extend(other.counters);
        self.unavailable.extend(other.unavailable);
        self.methods.extend(other.methods);
    }
}

/// How far a slice got before its time limit.
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
        assert_eq!(line(&Command::Slice(Work::of(1024))), r#"{"slice":{"ops":1024}}"#);
        let stamped = Work { ops: 1024, stamp_one_in: 8 };
        assert_eq!(line(&Command::Slice(stamped)), r#"{"slice":{"ops":1024,"stamp_one_in":8}}"#);
        assert_eq!(line(&Command::Bye {}), r#"{"bye":{}}"#);
        let reply: Reply =
            serde_json::from_str(r#"{"slice":{"ops":8,"ns":2000,"typical_ns":1900,"cpu_ns":1800}}"#).expect("a slice");
        assert_eq!(reply, Reply::Slice(SliceDone { ops: 8, ns: 2000, typical_ns: 1900, cpu_ns: 1800 }));
    }

    #[test]
    fn what_is_new_in_a_count_is_silent_where_it_is_not_asked_for() {
        let line = |count: Count| serde_json::to_string(&Command::Count(count)).expect("plain data");
        let count = Count { ops: 8, tally: false, traced: false };
        assert_eq!(line(count), r#"{"count":{"ops":8}}"#);
        let traced = line(Count { tally: true, traced: true, ..count });
        assert_eq!(traced, r#"{"count":{"ops":8,"tally":true,"traced":true}}"#);
        let old = r#"{"ops":8,"voluntary_switches":1,"involuntary_switches":2,"rss_peak_bytes":3}"#;
        let mut counted: Counted = serde_json::from_str(old).expect("a counting slice without counters");
        assert_eq!(counted.tally, None);
        assert_eq!(serde_json::to_string(&counted).expect("plain data"), old);

        let mut tally = Tally { ops: 8, ..Tally::default() };
        tally.count("allocations", 16);
        tally.unavailable("polls", "nobody looks");
        counted.tally = Some(tally);
        let line = serde_json::to_string(&counted).expect("plain data");
        assert!(
            line.ends_with(
                r#""tally":{"ops":8,"counters":{"allocations":16},"unavailable":{"polls":"nobody looks"}}}"#
            ),
            "{line}"
        );
        assert_eq!(serde_json::from_str::<Counted>(&line).expect("what was written"), counted);
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
    fn a_bye_tells_latencies_or_nothing() {
        for (line, latency) in [(r#"{"bye":{}}"#, None), (r#"{"bye":{"latency":"HIST"}}"#, Some("HIST".to_owned()))] {
            let bye = Reply::Bye { latency };
            assert_eq!(serde_json::to_string(&bye).expect("plain data"), line);
            assert_eq!(serde_json::from_str::<Reply>(line).expect("a bye"), bye);
        }
    }

    #[test]
    fn a_reader_takes_fields_that_it_does_not_know() {
        let reply: Reply =
            serde_json::from_str(r#"{"ready":{"threads":1,"rss_bytes":7,"later":true}}"#).expect("additive change");
        assert_eq!(reply, Reply::Ready(Ready { threads: 1, rss_bytes: 7 }));
    }
}
