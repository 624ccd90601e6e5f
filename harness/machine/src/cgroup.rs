//! What the control groups of this process allow: CPU time, CPUs, memory; and how often they halted it.
//!
//! Sources: cgroups(7); Documentation/admin-guide/cgroup-v2.rst, cgroup-v1/memory.rst and
//! scheduler/sched-bwc.rst of Linux. Both versions may be mounted at once, each with some controllers; the
//! names of their files differ, so each file shows which version it belongs to.

use crate::files::{cpus, number, text};
use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};

/// Memory limits from here on mean no limit: version 1 writes the largest number of pages that it can count.
const MEMORY_UNLIMITED: u64 = 1 << 62;

/// The control groups of this process: for each controller its group, then the groups around it, up to the
/// mount point. Each of them limits.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cgroup {
    cpu: Vec<PathBuf>,
    cpuset: Vec<PathBuf>,
    memory: Vec<PathBuf>,
}

/// How often groups were halted, since they began.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Throttled {
    /// Periods in which a group had used up its quota (`nr_throttled` of `cpu.stat`).
    pub periods: u64,
    /// Time for which its CPUs were halted, added up over them, in nanoseconds (`throttled_usec`, in version
    /// 1 `throttled_time`).
    pub ns: u64,
}

/// Counts how often the groups with a quota are halted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Throttle {
    stats: Vec<PathBuf>,
}

impl Cgroup {
    /// Finds the groups of this process by `proc/self` below a root, which is `/` outside tests.
    #[must_use]
    pub fn find(root: &Path) -> Cgroup {
        let groups = text(&root.join("proc/self/cgroup")).unwrap_or_default();
        let mounts = text(&root.join("proc/self/mountinfo")).unwrap_or_default();
        let mounts: Vec<Mount> = mounts.lines().filter_map(Mount::read).collect();
        let of = |controller| folders(root, &groups, &mounts, controller);
        Cgroup { cpu: of("cpu"), cpuset: of("cpuset"), memory: of("memory") }
    }

    /// The smallest CPU quota of the groups, in CPUs, and the folder of the group that has it.
    #[must_use]
    pub fn quota(&self) -> Option<(f64, &Path)> {
        let quotas = self.cpu.iter().filter_map(|folder| Some((quota(folder)?, folder.as_path())));
        quotas.min_by(|(one, _), (other, _)| one.total_cmp(other))
    }

    /// The CPUs that the groups allow.
    #[must_use]
    pub fn cpuset(&self) -> Option<BTreeSet<usize>> {
        // The effective list takes the surrounding groups into account.
        let names = ["cpuset.cpus.effective", "cpuset.effective_cpus", "cpuset.cpus"];
        self.cpuset.iter().find_map(|folder| names.iter().find_map(|name| cpus(&folder.join(name))))
    }

    /// The smallest memory limit of the groups, in bytes.
    #[must_use]
    pub fn memory_bytes(&self) -> Option<u64> {
        let names = ["memory.max", "memory.limit_in_bytes"];
        let limit = |folder: &PathBuf| names.iter().find_map(|name| number::<u64>(&folder.join(name)));
        self.memory.iter().filter_map(limit).filter(|bytes| *bytes < MEMORY_UNLIMITED).min()
    }

    /// Counts how often the groups that have a quota now are halted from now on.
    #[must_use]
    pub fn throttle(&self) -> Throttle {
        let limited = self.cpu.iter().filter(|folder| quota(folder).is_some());
        Throttle { stats: limited.map(|folder| folder.join("cpu.stat")).collect() }
    }
}

impl Throttle {
    /// Since the groups began; `None` if no group has a quota, or the kernel does not tell.
    #[must_use]
    pub fn count(&self) -> Option<Throttled> {
        let found = self.stats.iter().filter_map(|path| throttled(&text(path)?));
        found.reduce(|one, other| Throttled {
            periods: one.periods.saturating_add(other.periods),
            ns: one.ns.saturating_add(other.ns),
        })
    }
}

/// CPUs that a group may use on average over a period of some milliseconds.
fn quota(folder: &Path) -> Option<f64> {
    let version_2 = || {
        let text = text(&folder.join("cpu.max"))?;
        let (quota, period) = text.split_once(' ')?;
        // The word is `max` if there is no limit.
        Some((quota.parse::<i64>().ok()?, period.trim().parse::<i64>().ok()?))
    };
    let version_1 =
        || Some((number::<i64>(&folder.join("cpu.cfs_quota_us"))?, number(&folder.join("cpu.cfs_period_us"))?));
    let (quota, period) = version_2().or_else(version_1)?;
    (quota > 0 && period > 0).then(|| quota as f64 / period as f64)
}

fn throttled(stat: &str) -> Option<Throttled> {
    let value = |key: &str| {
        let mut pairs = stat.lines().filter_map(|line| line.split_once(' '));
        pairs.find(|(name, _)| *name == key)?.1.trim().parse::<u64>().ok()
    };
    let ns = value("throttled_usec").map(|usec| usec.saturating_mul(1000)).or_else(|| value("throttled_time"));
    Some(Throttled { periods: value("nr_throttled")?, ns: ns? })
}

/// A line of `/proc/self/mountinfo` (proc_pid_mountinfo(5)) about control groups.
struct Mount {
    /// The group that is mounted here.
    root: String,
    point: String,
    version_2: bool,
    /// The controllers, among other options.
    options: String,
}

impl Mount {
    fn read(line: &str) -> Option<Mount> {
        let (before, after) = line.split_once(" - ")?;
        let mut before = before.split(' ').skip(3);
        let (root, point) = (unescaped(before.next()?), unescaped(before.next()?));
        let mut after = after.split(' ');
        let version_2 = match after.next()? {
            "cgroup" => false,
            "cgroup2" => true,
            _ => return None,
        };
        Some(Mount { root, point, version_2, options: after.nth(1).unwrap_or_default().to_owned() })
    }
}

/// Spaces and backslashes appear in mountinfo as octal numbers.
fn unescaped(text: &str) -> String {
    [("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\")]
        .iter()
        .fold(text.to_owned(), |text, (octal, character)| text.replace(octal, character))
}

/// The folders of a controller: that of our group first, then those around it.
fn folders(root: &Path, groups: &str, mounts: &[Mount], controller: &str) -> Vec<PathBuf> {
    let names = |list: &str| list.split(',').any(|name| name == controller);
    // hierarchy:controllers:group; version 2 names no controllers.
    let groups: Vec<(&str, &str)> = groups.lines().filter_map(|line| line.split_once(':')?.1.split_once(':')).collect();
    let version_1 = groups.iter().find(|(controllers, _)| names(controllers));
    let Some((_, group)) = version_1.or_else(|| groups.iter().find(|(controllers, _)| controllers.is_empty())) else {
        return Vec::new();
    };
    let fits = |mount: &&Mount| if version_1.is_some() { names(&mount.options) } else { mount.version_2 };
    let below = |mount: &Mount| Path::new(group).strip_prefix(&mount.root).ok().map(Path::to_owned);
    let found: Vec<&Mount> = mounts.iter().filter(fits).collect();
    // In a container the group's name may be one that only the host knows: then the mounted group is ours.
    let Some(mount) = found.iter().find(|mount| below(mount).is_some()).or(found.first()) else {
        return Vec::new();
    };
    let point = root.join(mount.point.trim_start_matches('/'));
    let inner: PathBuf =
        below(mount).unwrap_or_default().components().filter(|part| matches!(part, Component::Normal(_))).collect();
    inner.ancestors().map(|inner| point.join(inner)).collect()
}
