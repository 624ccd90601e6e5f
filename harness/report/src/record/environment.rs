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
    /// Why nothing is pinned to CPUs, where the system refuses that; absent where it does not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unpinned: Option<String>,
    /// CPUs that the scheduler leaves alone (`isolcpus`).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cpus_isolated: Vec<usize>,
    /// CPUs that the control groups allow (cpuset(7)); absent where they name none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cpuset: Option<Vec<usize>>,
    /// CPUs that the control groups let this process use on average (`cpu.max`, in version 1
    /// `cpu.cfs_quota_us`): beyond it all its threads are halted; absent = no limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cpu_quota: Option<f64>,
    /// The folder of the control group that has this quota.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cpu_quota_group: Option<String>,
    /// How the CPUs lie: cores, threads, packages, caches, NUMA nodes, kinds of cores.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub topology: Option<String>,
    /// Whether cores have several threads: `on`, `off`, `forceoff`, `notsupported`, `notimplemented`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub smt: Option<String>,
    /// Whether the clock may go beyond its nominal rate (turbo).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub boost: Option<bool>,
    /// Version of the microcode.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub microcode: Option<String>,
    /// What the kernel does against each fault of the processor
    /// (`/sys/devices/system/cpu/vulnerabilities`).
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub mitigations: BTreeMap<String, String>,
    /// The hypervisor below, by the name it gives itself; `unnamed` where it gives none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hypervisor: Option<String>,
    /// When memory gets huge pages without being asked: `always`, `madvise`, `never`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transparent_hugepages: Option<String>,
    /// Frequency governor of the first CPU; absent where the kernel has none, as in most virtual machines.
    pub governor: Option<String>,
    /// Memory, in bytes.
    pub memory_bytes: u64,
    /// Memory that the control groups allow, in bytes; absent = no limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory_limit_bytes: Option<u64>,
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
