//! Who else used the machine: samples of `/proc/stat` and of our own CPU time.

use crate::plausible::Memory;
use crate::server::Server;
use loopswap_machine::Throttle;
use loopswap_report::record::{Round, Throttled};
use nix::sys::resource::{UsageWho, getrusage};
use std::path::Path;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

/// A sample of the CPUs of a run.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Sample {
    /// Busy time of the CPUs, without steal, in nanoseconds.
    busy_ns: u64,
    /// Time that the hypervisor took, in nanoseconds.
    steal_ns: u64,
    /// CPU time of this process, its ended children and the peers, in nanoseconds.
    own_ns: u64,
    /// How often the CPU quota halted this run, where there is one.
    throttled: Option<Throttled>,
}

/// What others took since an earlier sample.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Taken {
    /// CPU time of others, in nanoseconds.
    pub(crate) foreign_ns: u64,
    /// CPU time of the hypervisor, in nanoseconds.
    pub(crate) steal_ns: u64,
    /// How often the CPU quota halted this run, where there is one.
    pub(crate) throttled: Option<Throttled>,
}

impl Sample {
    /// Samples now. Runners count once they have ended.
    pub(crate) fn take(cpus: &[usize], servers: &[Server], throttle: &Throttle) -> Sample {
        let stat = std::fs::read_to_string("/proc/stat").unwrap_or_default();
        // Ticks of /proc/stat are 1/100 s on every Linux that the kernel builds for (USER_HZ).
        let tick_ns = 10_000_000;
        let (mut busy_ns, mut steal_ns) = (0, 0);
        for line in stat.lines() {
            let mut words = line.split_ascii_whitespace();
            let cpu = words.next().and_then(|name| name.strip_prefix("cpu")?.parse::<usize>().ok());
            if !cpu.is_some_and(|cpu| cpus.contains(&cpu)) {
                continue;
            }
            // user nice system idle iowait irq softirq steal guest guest_nice (proc(5))
            let ticks: Vec<u64> = words.map(|word| word.parse().unwrap_or(0)).collect();
            let at = |index: usize| ticks.get(index).copied().unwrap_or(0);
            busy_ns += (at(0) + at(1) + at(2) + at(5) + at(6)) * tick_ns;
            steal_ns += at(7) * tick_ns;
        }
        let peers: u64 = servers.iter().filter_map(Server::cpu_ns).sum();
        Sample {
            busy_ns,
            steal_ns,
            own_ns: usage(UsageWho::RUSAGE_SELF) + usage(UsageWho::RUSAGE_CHILDREN) + peers,
            throttled: throttle.count().map(|count| Throttled { periods: count.periods, ns: count.ns }),
        }
    }

    /// What others took since an earlier sample.
    pub(crate) fn since(self, earlier: Sample) -> Taken {
        let busy = self.busy_ns.saturating_sub(earlier.busy_ns);
        let own = self.own_ns.saturating_sub(earlier.own_ns);
        Taken {
            foreign_ns: busy.saturating_sub(own),
            steal_ns: self.steal_ns.saturating_sub(earlier.steal_ns),
            throttled: self.throttled.zip(earlier.throttled).map(|(now, then)| Throttled {
                periods: now.periods.saturating_sub(then.periods),
                ns: now.ns.saturating_sub(then.ns),
            }),
        }
    }
}

/// CPUs that are online, including those that this process may not use.
pub(crate) fn cpus_online() -> usize {
    static ONLINE: OnceLock<usize> = OnceLock::new();
    // Not sysconf(3), which may count those of this thread's mask only.
    *ONLINE.get_or_init(|| {
        let text = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        let listed = text.lines().filter(|line| line.starts_with("processor")).count();
        listed.max(std::thread::available_parallelism().map_or(1, Into::into))
    })
}

/// What the kernel says of a process's memory.
pub(crate) fn memory_of(pid: u32) -> Memory {
    static MACHINE: OnceLock<Option<u64>> = OnceLock::new();
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    Memory {
        now: bytes(&status, "VmRSS:"),
        peak: bytes(&status, "VmHWM:"),
        machine: *MACHINE.get_or_init(|| bytes(&std::fs::read_to_string("/proc/meminfo").ok()?, "MemTotal:")),
    }
}

/// The bytes in a line such as `VmRSS:     1234 kB` (proc(5)).
fn bytes(text: &str, key: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix(key))?;
    Some(line.trim().strip_suffix(" kB")?.parse::<u64>().ok()? * 1024)
}

/// Whether a process has child processes; true if the kernel does not tell.
pub(crate) fn has_children(pid: u32) -> bool {
    let Ok(threads) = std::fs::read_dir(format!("/proc/{pid}/task")) else { return true };
    let children = |thread: &Path| std::fs::read_to_string(thread.join("children"));
    threads.flatten().any(|thread| children(&thread.path()).map_or(true, |children| !children.trim().is_empty()))
}

/// Watches who else uses the machine, round by round.
pub(crate) struct Watched {
    began: Instant,
    sample: Sample,
    pressure_ns: Option<u64>,
    migrations: Option<u64>,
    ours_ns: u64,
}

impl Watched {
    /// Begins the first round; `sample` is of now.
    pub(crate) fn begin(sample: Sample) -> Watched {
        Watched { began: Instant::now(), sample, pressure_ns: pressure_ns(), migrations: None, ours_ns: 0 }
    }

    /// Adds CPU time of a runner of ours; samples show it only once the runner has ended.
    pub(crate) fn ours(&mut self, cpu_ns: u64) {
        self.ours_ns += cpu_ns;
    }

    /// Ends a round, and begins the next; `sample` is of now, `runners` are those whose migrations are
    /// counted.
    pub(crate) fn round(&mut self, sample: Sample, runners: Option<impl Iterator<Item = u32>>) -> Round {
        let next =
            Watched { migrations: runners.and_then(|runners| runners.map(migrations).sum()), ..Watched::begin(sample) };
        let Taken { foreign_ns, steal_ns, throttled } = next.sample.since(self.sample);
        let wall = next.began - self.began;
        let since = |now: Option<u64>, then: Option<u64>| Some(now?.saturating_sub(then?));
        let round = Round {
            wall_ns: u64::try_from(wall.as_nanos()).unwrap_or(u64::MAX),
            pressure_ns: since(next.pressure_ns, self.pressure_ns),
            foreign_ns: foreign_ns.saturating_sub(self.ours_ns),
            steal_ns,
            // The first round has no earlier count to subtract, so its figures include the start.
            migrations: since(next.migrations, self.migrations.or(next.migrations)),
            throttled,
        };
        *self = next;
        round
    }
}

/// Time in which some task waited for a CPU, since boot (`some` of `/proc/pressure/cpu`).
fn pressure_ns() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/pressure/cpu").ok()?;
    let micros: u64 = text.lines().find(|line| line.starts_with("some"))?.rsplit_once("total=")?.1.parse().ok()?;
    Some(micros * 1000)
}

/// How often the threads of a process changed their CPU, since they began.
fn migrations(pid: u32) -> Option<u64> {
    let of = |thread: &Path| {
        let text = std::fs::read_to_string(thread.join("sched")).ok()?;
        let line = text.lines().find(|line| line.starts_with("se.nr_migrations"))?;
        line.rsplit_once(':')?.1.trim().parse::<u64>().ok()
    };
    let threads = std::fs::read_dir(format!("/proc/{pid}/task")).ok()?;
    threads.flatten().map(|thread| of(&thread.path())).sum()
}

fn usage(who: UsageWho) -> u64 {
    getrusage(who).map_or(0, |usage| {
        [usage.user_time(), usage.system_time()]
            .into_iter()
            .map(|time| {
                Duration::new(time.tv_sec().unsigned_abs(), 0).as_nanos() as u64 + time.tv_usec().unsigned_abs() * 1000
            })
            .sum()
    })
}
