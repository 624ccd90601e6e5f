//! The layout of the CPUs: which are threads of one core, which share a cache, a NUMA node, a package, and
//! which are of the same kind. Source: Documentation/ABI/stable/sysfs-devices-system-cpu of Linux.

use crate::files::{cpus, number, text};
use loopswap_protocol::cpu_list;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Cores whose capacities differ by less than this are of one kind: their clocks may differ a little. The
/// kernel takes the same 5 % (`capacity_greater` in kernel/sched/fair.c).
const CAPACITY_TOLERANCE: f64 = 0.05;
/// Highest level of a cache.
const LEVELS: u32 = 4;

/// One CPU (a hardware thread) and its position. Unknown facts are absent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Cpu {
    /// The lowest CPU of its core, which stands for the core.
    pub(crate) core: usize,
    /// Its package (socket).
    pub(crate) package: Option<i64>,
    /// Its NUMA node.
    pub(crate) node: Option<usize>,
    /// The CPUs that share its last-level cache, if another core does.
    pub(crate) cache: Option<BTreeSet<usize>>,
    /// Index of its kind in [`CpuTopology::kinds`].
    pub(crate) kind: usize,
}

/// The layout of the CPUs that are online.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CpuTopology {
    pub(crate) cpus: BTreeMap<usize, Cpu>,
    /// The kinds of cores, the fastest first; one where all are alike.
    pub(crate) kinds: Vec<String>,
    /// CPUs that the scheduler leaves alone (`isolcpus`).
    pub(crate) isolated: BTreeSet<usize>,
}

impl CpuTopology {
    /// Reads `sys` below a root, which is `/` outside tests. Without it nothing is known.
    #[must_use]
    pub fn read(root: &Path) -> CpuTopology {
        let devices = root.join("sys/devices");
        let system = devices.join("system/cpu");
        let online = online(&system);
        let siblings = siblings(&system, &online);
        let nodes = nodes(&devices.join("system/node"));
        let kinds = kinds(&devices, &system, &online);
        let kind_of = |cpu: usize| kinds.iter().position(|(_, cpus)| cpus.contains(&cpu)).unwrap_or(0);
        let cpus = online
            .iter()
            .map(|cpu| {
                let folder = system.join(format!("cpu{cpu}"));
                let found = Cpu {
                    core: siblings[cpu],
                    // -1 stands for "not known", as on s390.
                    package: number(&folder.join("topology/physical_package_id")).filter(|id| *id >= 0),
                    node: nodes.iter().find(|(_, cpus)| cpus.contains(cpu)).map(|(node, _)| *node),
                    cache: last_level_cache(&folder.join("cache"), &online)
                        .filter(|cache| cache.iter().any(|other| siblings[other] != siblings[cpu])),
                    kind: kind_of(*cpu),
                };
                (*cpu, found)
            })
            .collect();
        let isolated = text(&system.join("isolated")).and_then(|list| cpu_list(&list)).unwrap_or_default();
        CpuTopology { cpus, kinds: kinds.into_iter().map(|(name, _)| name).collect(), isolated }
    }

    /// The CPUs that are online, in order; `None` if the kernel does not tell.
    #[must_use]
    pub fn online(&self) -> Vec<usize> {
        self.cpus.keys().copied().collect()
    }

    /// The CPUs that the scheduler leaves alone (`isolcpus`).
    #[must_use]
    pub fn isolated(&self) -> Vec<usize> {
        self.isolated.iter().copied().collect()
    }

    /// The online CPUs of the core of a CPU, itself among them.
    pub(crate) fn threads(&self, cpu: usize) -> Vec<usize> {
        let core = self.cpus.get(&cpu).map(|found| found.core);
        let same = self.cpus.iter().filter(|(_, other)| Some(other.core) == core).map(|(number, _)| *number);
        if core.is_some() { same.collect() } else { vec![cpu] }
    }

    /// The machine in a sentence: `8 cores of 2 threads in 1 package, 2 last-level caches, 1 NUMA node`.
    #[must_use]
    pub fn describe(&self) -> String {
        if self.cpus.is_empty() {
            return "not known: the kernel does not tell (no /sys/devices/system/cpu)".into();
        }
        let different = |key: fn(&Cpu) -> Option<String>| self.cpus.values().filter_map(key).collect::<BTreeSet<_>>();
        let cores = self.cpus.values().map(|cpu| cpu.core).collect::<BTreeSet<_>>();
        let threads = cores.iter().map(|core| self.threads(*core).len()).collect::<BTreeSet<_>>();
        let each = match (threads.first(), threads.last()) {
            (Some(1), Some(1)) | (None, _) | (_, None) => String::new(),
            (Some(least), Some(most)) if least == most => format!(" of {most} threads"),
            (Some(least), Some(most)) => format!(" of {least} to {most} threads"),
        };
        let mut parts = vec![format!("{}{each}", counted(cores.len(), "core"))];
        parts.extend(
            [
                (different(|cpu| cpu.package.map(|id| id.to_string())), "package"),
                (different(|cpu| cpu.cache.as_ref().map(|cache| format!("{cache:?}"))), "shared last-level cache"),
                (different(|cpu| cpu.node.map(|node| node.to_string())), "NUMA node"),
            ]
            .into_iter()
            .filter(|(found, _)| !found.is_empty())
            .map(|(found, what)| counted(found.len(), what)),
        );
        if self.kinds.len() > 1 {
            let of = |kind: usize| {
                let these = self.cpus.values().filter(|cpu| cpu.kind == kind).map(|cpu| cpu.core);
                these.collect::<BTreeSet<_>>().len()
            };
            parts.extend(self.kinds.iter().enumerate().map(|(kind, name)| counted(of(kind), &format!("{name} core"))));
        }
        parts.join(", ")
    }
}

/// "1 core", "8 cores".
pub(crate) fn counted(count: usize, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}

/// The CPUs that are online: as the kernel lists them, or else (before Linux 2.6.26) by their folders.
fn online(system: &Path) -> BTreeSet<usize> {
    if let Some(listed) = cpus(&system.join("online")) {
        return listed;
    }
    let numbers = std::fs::read_dir(system).into_iter().flatten().flatten().filter_map(|entry| {
        let number = entry.file_name().to_str()?.strip_prefix("cpu")?.to_owned();
        cpu_list(&number)?.into_iter().next()
    });
    // The first CPU of many machines has no such file, since it cannot be taken offline.
    numbers.filter(|cpu| text(&system.join(format!("cpu{cpu}/online"))).as_deref() != Some("0")).collect()
}

/// The lowest CPU of the core of each CPU. If two files contradict each other, a CPU that either of them
/// calls a sibling counts as one: measuring on two threads of one core would be the worse mistake.
fn siblings(system: &Path, online: &BTreeSet<usize>) -> BTreeMap<usize, usize> {
    let mut core: BTreeMap<usize, usize> = online.iter().map(|cpu| (*cpu, *cpu)).collect();
    for cpu in online {
        let topology = system.join(format!("cpu{cpu}/topology"));
        // The first is the older name, the second the one that is documented since Linux 5.3.
        let listed = ["thread_siblings_list", "core_cpus_list"].iter().find_map(|name| cpus(&topology.join(name)));
        for other in listed.unwrap_or_default() {
            let (Some(one), Some(two)) = (core.get(cpu).copied(), core.get(&other).copied()) else { continue };
            let (low, high) = (one.min(two), one.max(two));
            if low != high {
                core.values_mut().filter(|core| **core == high).for_each(|core| *core = low);
            }
        }
    }
    core
}

/// The NUMA nodes that have CPUs.
fn nodes(folder: &Path) -> BTreeMap<usize, BTreeSet<usize>> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let node = |entry: std::fs::DirEntry| {
        let number = entry.file_name().to_str()?.strip_prefix("node")?.parse().ok()?;
        Some((number, cpus(&entry.path().join("cpulist"))?))
    };
    entries.filter_map(node).collect()
}

/// The online CPUs that share the last-level cache of a CPU.
fn last_level_cache(folder: &Path, online: &BTreeSet<usize>) -> Option<BTreeSet<usize>> {
    let caches = std::fs::read_dir(folder).ok()?.flatten().filter_map(|entry| {
        let index = entry.path();
        let level: u32 = number(&index.join("level")).filter(|level| (1..=LEVELS).contains(level))?;
        let holds_data = text(&index.join("type")).is_none_or(|kind| kind != "Instruction");
        holds_data.then_some((level, cpus(&index.join("shared_cpu_list"))?))
    });
    let (_, shared) = caches.max_by_key(|(level, shared)| (*level, shared.len()))?;
    let shared: BTreeSet<usize> = shared.intersection(online).copied().collect();
    (!shared.is_empty()).then_some(shared)
}

/// The kinds of cores with their CPUs, the fastest first.
fn kinds(devices: &Path, system: &Path, online: &BTreeSet<usize>) -> Vec<(String, BTreeSet<usize>)> {
    // The performance counters of hybrid x86 machines, one folder a kind (Linux 5.13, 6.11).
    let named = [("performance", "cpu_core"), ("efficiency", "cpu_atom"), ("low-power", "cpu_lowpower")];
    let mut taken = BTreeSet::new();
    let mut found = Vec::new();
    for (name, folder) in named {
        let listed = cpus(&devices.join(folder).join("cpus")).unwrap_or_default();
        let these: BTreeSet<usize> = listed.intersection(online).copied().filter(|cpu| taken.insert(*cpu)).collect();
        if !these.is_empty() {
            found.push((name.to_owned(), these));
        }
    }
    if found.is_empty() {
        return by_capacity(system, online);
    }
    let others: BTreeSet<usize> = online.difference(&taken).copied().collect();
    if !others.is_empty() {
        found.push(("other".into(), others));
    }
    found
}

/// CPUs of like capacity, as arm64 and newer x86 kernels tell it: 1024 is the fastest.
fn by_capacity(system: &Path, online: &BTreeSet<usize>) -> Vec<(String, BTreeSet<usize>)> {
    let mut capacities: Vec<(u64, usize)> =
        online.iter().map(|cpu| (number(&system.join(format!("cpu{cpu}/cpu_capacity"))).unwrap_or(0), *cpu)).collect();
    capacities.sort_by_key(|(capacity, cpu)| (std::cmp::Reverse(*capacity), *cpu));
    let mut kinds: Vec<(u64, BTreeSet<usize>)> = Vec::new();
    for (capacity, cpu) in capacities {
        match kinds.last_mut() {
            Some((most, cpus)) if capacity as f64 >= *most as f64 * (1.0 - CAPACITY_TOLERANCE) => {
                cpus.insert(cpu);
            }
            _ => kinds.push((capacity, BTreeSet::from([cpu]))),
        }
    }
    kinds.into_iter().map(|(capacity, cpus)| (format!("capacity-{capacity}"), cpus)).collect()
}
