//! What a run is to measure: rows × arms × generations.

use super::{Axis, CpuChoice, FaultKind, RacePlan, Side};
use loopswap_protocol::{Headline, Params, PeerKind, Unavailable, rate_of};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Rows of a plan, at most.
pub const ROWS_MAX: usize = 10_000;
/// Rounds of a generation of a run, at most: more teach little, since only generations are independent.
pub const ROUNDS_MAX: u32 = 40;

/// What a run is to measure, complete: no default is left open.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// Name of the suite.
    pub suite: String,
    /// The runtime that the others are divided by.
    pub reference: String,
    /// Seed of the order of rounds and of anything random in the cases.
    pub seed: u64,
    /// Generations of every row.
    pub generations: u32,
    /// The most rounds in a generation, where the suite sets it; otherwise as many as the budget has room for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rounds: Option<u32>,
    /// Length aimed at for a slice, in milliseconds.
    pub slice_ms: u64,
    /// A slice that takes longer ends with *did not finish*, in milliseconds.
    pub limit_ms: u64,
    /// Time that the whole run may take, in milliseconds.
    pub budget_ms: u64,
    /// Runners of the suite's own; the word `{loopswap}` stands for this program.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub runners: Vec<OwnRunner>,
    /// CPUs that the run may use.
    pub cpus: Vec<usize>,
    /// Which of them were chosen for runners and peers, and why; absent in records of before 0.2.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cpu_choice: Option<CpuChoice>,
    /// Whether system calls, allocations, polls and wake-ups are counted.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub counters: bool,
    /// Set where two builds are raced: then a row is one case on one runtime, and its arms are builds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub race: Option<RacePlan>,
    /// The rows.
    pub rows: Vec<Row>,
    /// Rows that differ in one number.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub axes: Vec<Axis>,
    /// What the suite claims of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub claims: Vec<Claim>,
}

/// What a suite claims. The check stands as text, so that a record with one that this version cannot read
/// is a record all the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claim {
    /// What it says, in words.
    pub says: String,
    /// A [`Check`](crate::claim::Check), cases under their whole names.
    pub check: String,
}

/// A foreign program that speaks the runner protocol.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OwnRunner {
    /// The name of its runtime in this suite.
    pub name: String,
    /// Program and arguments.
    pub command: Vec<String>,
}

/// One case with all its arms.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// Name of the case: `redis/conns=64`.
    pub case: String,
    /// Name of the workload.
    pub workload: String,
    /// Every parameter.
    pub params: Params,
    /// The peers that it talks to.
    pub peers: Vec<PeerKind>,
    /// Which CPUs the runner and the peer get.
    pub placement: Placement,
    /// CPUs for runners.
    pub runner_cpus: Vec<usize>,
    /// CPUs for peers; empty where there are none.
    pub peer_cpus: Vec<usize>,
    /// Operations of the smallest slice.
    pub granule: u64,
    /// Operations under way at once.
    pub in_flight: u64,
    /// The shortest time that one operation can take, in nanoseconds; absent if nothing says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub op_least_ns: Option<u64>,
    /// Length aimed at for a slice of this row, in milliseconds; the plan's where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slice_ms: Option<u64>,
    /// Whether it uses more than one CPU when given.
    pub parallel: bool,
    /// Which figure leads.
    pub headline: Headline,
    /// What one operation is.
    pub operation: String,
    /// What one granule is.
    pub granule_name: String,
    /// What the latency columns show.
    pub latency_name: String,
    /// Why the case exists.
    pub why: String,
    /// How to read it.
    pub read: String,
    /// What to beware of.
    pub traps: String,
    /// The arms: the reference first, then its control, then the others.
    pub arms: Vec<Arm>,
}

impl Plan {
    /// CPUs of a row whose use by others is written down: those that it is measured on.
    #[must_use]
    pub fn watched(&self, row: &Row) -> Vec<usize> {
        // Before 0.2 it was all that the run may use.
        if self.cpu_choice.is_none() {
            return self.cpus.clone();
        }
        let cpus: BTreeSet<usize> = row.runner_cpus.iter().chain(&row.peer_cpus).copied().collect();
        cpus.into_iter().collect()
    }
}

impl Row {
    /// The place of the first arm that is there for this; `None` if none is.
    #[must_use]
    pub fn place_of(&self, role: Role) -> Option<usize> {
        self.arms.iter().position(|arm| arm.role == role)
    }

    /// Operations per second that are meant to start; `None` in a closed loop.
    #[must_use]
    pub fn rate(&self) -> Option<u64> {
        rate_of(&self.params)
    }
}

/// One runtime in a comparison.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Arm {
    /// Name of the runtime.
    pub runtime: String,
    /// What it is there for.
    pub role: Role,
    /// Of which build, where two are raced.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub side: Option<Side>,
    /// Extra work that HEAD does in this row, in per cent, where a self-test knows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extra_percent: Option<u32>,
    /// Set where the runtime cannot run here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unavailable: Option<Unavailable>,
    /// Set where its runner could not say hello: it has failed before anything was planned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub no_hello: Option<NoHello>,
}

/// What a runner did instead of saying hello.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoHello {
    /// What happened.
    pub kind: FaultKind,
    /// The cause, as a sentence.
    pub message: String,
    /// The end of its standard error.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub stderr: String,
}

/// What an arm is there for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// The others are divided by it.
    Reference,
    /// The reference again: whatever differs here is noise.
    Control,
    /// One of the others.
    Contender,
}

/// Which CPUs the runner and the peer get.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Placement {
    /// The runner on some cores, the peers on others.
    #[default]
    Split,
    /// Runner and peers on one CPU.
    SameCore,
    /// Wherever the kernel puts them.
    Free,
}
