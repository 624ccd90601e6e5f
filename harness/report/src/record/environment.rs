//! The machine and the build that a record was made on.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The machine and the build. Where a fact cannot be found out it is absent, never guessed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Environment {
    /// Model name of the first CPU (`/proc/cpuinfo`).
    pub cpu_model: String,
    /// CPUs online.
    pub cpus_online: usize,
    /// CPUs that the run may use (its affinity mask).
    pub cpus_allowed: Vec<usize>,
    /// Frequency governor of the first CPU; absent where the kernel has none, as in most virtual machines.
    pub governor: Option<String>,
    /// Memory, in bytes.
    pub memory_bytes: u64,
    /// Name, release and version of the kernel (`uname(2)`).
    pub kernel: String,
    /// Distribution (`/etc/os-release`).
    pub os: Option<String>,
    /// Locked-memory limit, in bytes; absent = unlimited (`RLIMIT_MEMLOCK`).
    pub memlock_bytes: Option<u64>,
    /// Open-files limit; absent = unlimited (`RLIMIT_NOFILE`).
    pub nofile: Option<u64>,
    /// Load of the last minute when the run began.
    pub load_1m: f64,
    /// Compiler.
    pub rustc: String,
    /// Cargo profile and optimisation level.
    pub profile: String,
    /// Memory allocator of the built-in runners.
    pub allocator: String,
    /// Git commit of the sources that were built.
    pub git_commit: Option<String>,
    /// Whether the work tree had changes beyond that commit.
    pub git_dirty: Option<bool>,
    /// CRC-32 of `Cargo.lock`, in hexadecimal.
    pub lockfile_crc32: String,
    /// Versions of the packages that matter to what is measured.
    pub packages: BTreeMap<String, String>,
}
