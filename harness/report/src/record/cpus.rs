//! Which CPUs a run was given, and why these.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Which CPUs runners and peers get where they are split, and why these.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CpuChoice {
    /// How the CPUs of the machine lie: cores, threads, packages, caches, NUMA nodes, kinds of cores.
    pub machine: String,
    /// Whether all threads of a core are used, not one (`--smt`).
    #[serde(default)]
    pub smt: bool,
    /// CPUs of runners beside a peer.
    pub runner: Vec<usize>,
    /// CPUs of peers.
    pub peer: Vec<usize>,
    /// CPUs of runners where there is no peer.
    pub alone: Vec<usize>,
    /// CPUs that may be used and stay idle beside runner and peer.
    #[serde(default)]
    pub idle: Vec<usize>,
    /// What was chosen and why: `8 of 16 cores; in one package`.
    pub why: String,
    /// What the machine has not better to offer; a sentence each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub caveats: Vec<String>,
}
