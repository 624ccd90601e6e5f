//! Finds out what machine and build this is, and which runtimes can run on it.

use crate::pin;
use loopswap_machine::{Cgroup, CpuTopology, Settings};
use loopswap_report::record::Environment;
use nix::sys::resource::{RLIM_INFINITY, Resource, getrlimit};
use std::collections::BTreeMap;
use std::path::Path;

/// What is known since loopswap was built.
#[derive(Clone, Debug, Default)]
pub struct Build {
    /// Compiler.
    pub rustc: String,
    /// Cargo profile and optimisation level.
    pub profile: String,
    /// Git commit of the sources.
    pub git_commit: Option<String>,
    /// Whether the work tree had changes beyond that commit.
    pub git_dirty: Option<bool>,
    /// CRC-32 of `Cargo.lock`.
    pub lockfile_crc32: String,
    /// Versions of the packages that matter.
    pub packages: BTreeMap<String, String>,
}

/// The machine and the build, as far as they can be found out.
#[must_use]
pub fn environment(build: Build) -> Environment {
    let read = |path: &str| std::fs::read_to_string(path).ok();
    let cpuinfo = read("/proc/cpuinfo").unwrap_or_default();
    let value = |text: &str, key: &str| {
        let line = text.lines().find(|line| line.trim_start().starts_with(key))?;
        Some(line.split_once([':', '='])?.1.trim().trim_matches('"').to_owned())
    };
    let memory_kib = read("/proc/meminfo")
        .and_then(|text| value(&text, "MemTotal")?.trim_end_matches(" kB").trim().parse::<u64>().ok())
        .unwrap_or(0);
    let load = read("/proc/loadavg").and_then(|text| text.split(' ').next()?.parse().ok()).unwrap_or(0.0);
    let here = Path::new("/");
    let (topology, settings, group) = (CpuTopology::read(here), Settings::read(here), Cgroup::find(here));
    let quota = group.quota();
    Environment {
        cpu_model: value(&cpuinfo, "model name").unwrap_or_else(|| std::env::consts::ARCH.into()),
        cpus_online: cpuinfo.lines().filter(|line| line.starts_with("processor")).count().max(1),
        cpus_allowed: pin::allowed(),
        unpinned: pin::refused().map(str::to_owned),
        cpus_isolated: topology.isolated(),
        cpuset: group.cpuset().map(|cpus| cpus.into_iter().collect()),
        cpu_quota: quota.map(|(cpus, _)| cpus),
        cpu_quota_group: quota.map(|(_, folder)| folder.display().to_string()),
        topology: Some(topology.describe()),
        smt: settings.smt,
        boost: settings.boost,
        microcode: settings.microcode,
        mitigations: settings.mitigations,
        hypervisor: settings.hypervisor,
        transparent_hugepages: settings.transparent_hugepages,
        governor: read("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor").map(|text| text.trim().to_owned()),
        memory_bytes: memory_kib * 1024,
        memory_limit_bytes: group.memory_bytes(),
        kernel: read("/proc/version").map_or_else(String::new, |text| {
            text.split_ascii_whitespace().filter(|word| *word != "version").take(2).collect::<Vec<_>>().join(" ")
        }),
        os: read("/etc/os-release").and_then(|text| value(&text, "PRETTY_NAME")),
        memlock_bytes: limit(Resource::RLIMIT_MEMLOCK),
        nofile: limit(Resource::RLIMIT_NOFILE),
        load_1m: load,
        rustc: build.rustc,
        profile: build.profile,
        allocator: "system".into(),
        git_commit: build.git_commit,
        git_dirty: build.git_dirty,
        lockfile_crc32: build.lockfile_crc32,
        packages: build.packages,
    }
}

fn limit(resource: Resource) -> Option<u64> {
    let (soft, _) = getrlimit(resource).ok()?;
    (soft != RLIM_INFINITY).then_some(soft)
}
