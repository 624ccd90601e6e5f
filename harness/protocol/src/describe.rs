//! How runtimes and workloads describe themselves.

use crate::{MadeOf, Param, Params};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::time::Duration;

/// What a runtime is: part of the identity of everything measured on it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RuntimeInfo {
    /// The name by which suites, filters and reports call it, such as `tokio-current-thread`.
    pub name: String,
    /// The package or program whose version identifies it, such as `tokio`.
    pub package: String,
    /// Version of `package`.
    pub version: String,
    /// What waits for I/O: `epoll`, `io_uring`, `poll`, `none`.
    pub driver: String,
    /// How it lays its tasks on threads.
    pub topology: Topology,
    /// One sentence for a person who has never heard of it.
    pub about: String,
    /// Set when its authors have ended it: since when, and what to use instead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub discontinued: Option<String>,
    /// What it cannot do by its nature, each with the reason: `offload` (threads of its own for jobs that
    /// block), `cancel` (stopping a task).
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub unsupported: BTreeMap<String, String>,
    /// What it is made of, as far as its runner says so.
    #[serde(flatten)]
    pub made_of: MadeOf,
}

/// How a runtime lays its tasks on threads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Topology {
    /// One thread runs every task.
    SingleThread,
    /// N workers share all tasks: a single shard with all threads.
    WorkStealing,
    /// N threads with tasks of their own: N shards.
    ThreadPerCore,
    /// A thread for every task.
    ThreadPerTask,
}

/// Why a runtime cannot run here, and what would change that.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Unavailable {
    /// What is missing, with the figure found.
    pub reason: String,
    /// What to do about it.
    pub remedy: String,
}

/// A kind of process that a workload talks to: a server, or a client that puts load on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum PeerKind {
    /// An HTTP/1.1 origin that serves deterministic bodies after a chosen delay.
    Http,
    /// A Redis server, or one that speaks its protocol and stores what it is given.
    Redis,
    /// A MariaDB or MySQL server, or one that speaks their protocol and keeps a table of accounts.
    Mysql,
    /// A TCP server that sends back what it gets.
    Echo,
    /// A client that puts load on a server which the runtime under test is.
    Load,
    /// A worker of a process pool: it does the jobs that it is sent, one at a time.
    Jobs,
}

/// Which figure leads a row: it decides how the table words the time of one operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Headline {
    /// Operations per second; higher is better.
    Rate,
    /// Time of one granule (one whole fan-out, say); lower is better.
    Time,
    /// Response time of one operation at a given rate of operations (an open loop); lower is better.
    Response,
}

/// The size of a case: the unit that slices are made of, and how many operations are in flight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    /// A slice does a multiple of this many operations (a fan-out of 1 000 tasks cannot do 10).
    pub granule: u64,
    /// Operations in flight.
    pub in_flight: u64,
    /// The shortest time that one operation can take, such as that of a sleep; zero if nothing says so.
    pub at_least: Duration,
}

impl Shape {
    /// A shape whose operations may take any time.
    #[must_use]
    pub const fn new(granule: u64, in_flight: u64) -> Shape {
        Shape { granule, in_flight, at_least: Duration::ZERO }
    }

    /// The same, whose operations take this long at least.
    #[must_use]
    pub const fn at_least(self, at_least: Duration) -> Shape {
        Shape { at_least, ..self }
    }
}

/// What a workload is, as data: name, parameters, cases, the peers it needs.
///
/// `P` is the type of its parameters: a struct of its own in the workload, and elsewhere [`Params`], a map that
/// [`complete`](crate::complete) has checked.
#[derive(Debug)]
pub struct WorkloadInfo<P = Params> {
    /// The name by which suites, filters and reports call it.
    pub name: &'static str,
    /// One sentence that says what it does.
    pub about: &'static str,
    /// What one operation is, in the singular: `download`, `task`.
    pub operation: &'static str,
    /// What one granule is, in the singular, where the headline is a time: `fan-out`.
    pub granule: &'static str,
    /// What the recorded latency is: `service time`, `timer overshoot`.
    pub latency: &'static str,
    /// Every parameter, in the order in which help shows them.
    pub params: &'static [Param],
    /// Named cases with their notes: the text of the workload's `cases.toml`.
    pub cases: &'static str,
    /// The peers that a case with these parameters needs, in order.
    pub peers: fn(&P) -> Vec<PeerKind>,
    /// What the peers count for one operation of a case with these parameters, all of them together (a
    /// request served, a byte echoed, an operation of the load client): runners and peers must agree.
    pub requests: fn(&P) -> u64,
    /// The size of a case with these parameters.
    pub shape: fn(&P) -> Shape,
    /// Which figure leads.
    pub headline: fn(&P) -> Headline,
    /// Whether the case uses more than one CPU if it is given several.
    pub parallel: fn(&P) -> bool,
}

// Derived, both would ask the same of `P`.
impl<P> Clone for WorkloadInfo<P> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<P> Copy for WorkloadInfo<P> {}
