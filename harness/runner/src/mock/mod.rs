//! A runner with given numbers, given faults and given lies: the test double of the whole pipeline.
//!
//! It speaks the protocol through its own few lines, not through [`loopswap_protocol::Session`], since half
//! of its purpose is to break it.

mod fault;

pub use fault::{Fail, Kind, Lie, Phase};

use loopswap_protocol::{
    Command, Count, Counted, Hello, Latencies, PROTOCOL, Ready, Reply, RuntimeInfo, SliceDone, Tally, Topology,
    Unfinished,
};
use std::io::{self, BufRead as _};
use std::time::{Duration, Instant};

/// A first slice of more operations than this belongs to a generation: a smoke pass begins with the smallest
/// possible slice.
const SMALLEST: u64 = 4;

/// A runner with given numbers.
#[derive(Clone, Copy, Debug)]
pub struct Mock {
    /// Wall time of one operation, in nanoseconds.
    pub ns_per_op: u64,
    /// System calls of one operation; `None` if it does not count them.
    pub syscalls_per_op: Option<u64>,
    /// The fault, if any.
    pub fail: Option<Fail>,
    /// Slices before the fault.
    pub after: u64,
    /// No fault with this seed: a race confirms what it saw with another one.
    pub spare_seed: Option<u64>,
    /// The lie, if any.
    pub lie: Option<Lie>,
}

/// The state of a mock.
#[derive(Clone, Copy, Debug, Default)]
struct Told {
    slices: u64,
    /// Whether it is in a generation, rather than in the smoke pass.
    in_generation: bool,
    limit: Duration,
    seed: Option<u64>,
}

impl Mock {
    /// Serves over standard input and output until `bye`.
    ///
    /// # Errors
    /// When a pipe breaks, or a command cannot be read.
    pub fn serve(self) -> io::Result<()> {
        let mut told = Told::default();
        if self.goes_wrong(Phase::Hello, &told) {
            self.go_wrong(0, &told)?;
        }
        write(&Reply::Hello(Box::new(self.hello())))?;
        for line in io::stdin().lock().lines() {
            let command: Command = serde_json::from_str(&line?)?;
            let (phase, ops) = told.take(&command);
            if self.goes_wrong(phase, &told) {
                self.go_wrong(ops, &told)?;
                continue;
            }
            match command {
                Command::Prepare(_) => write(&Reply::Ready(self.ready()))?,
                Command::Slice(work) => self.slice(work.ops, &told)?,
                Command::Count(count) => write(&Reply::Count(Box::new(self.counted(count))))?,
                Command::Bye {} => return write(&Reply::Bye { latency: None }),
            }
        }
        Ok(())
    }

    fn hello(&self) -> Hello {
        Hello {
            protocol: PROTOCOL,
            runtime: RuntimeInfo {
                name: "mock".into(),
                package: "loopswap".into(),
                version: env!("CARGO_PKG_VERSION").into(),
                driver: "none".into(),
                topology: Topology::SingleThread,
                about: "given numbers, for tests".into(),
                discontinued: None,
                unsupported: std::collections::BTreeMap::new(),
                made_of: loopswap_protocol::MadeOf::default(),
            },
            workloads: Vec::new(),
            counters: self.syscalls_per_op.map(|_| "syscalls".to_owned()).into_iter().collect(),
            unavailable: None,
        }
    }

    fn ready(&self) -> Ready {
        Ready { threads: usize::from(self.lie != Some(Lie::NoThreads)), rss_bytes: self.memory("VmRSS:") }
    }

    fn slice(&self, ops: u64, told: &Told) -> io::Result<()> {
        let limit = u64::try_from(told.limit.as_nanos()).unwrap_or(u64::MAX);
        let crawls = self.fail.is_some_and(|fail| fail.kind == Kind::Crawl);
        let ns = if crawls { limit / 10 * 9 } else { self.ns_per_op * ops };
        if self.lie != Some(Lie::Instant) {
            // The conductor checks the reported times against its own clock, so they have to pass.
            std::thread::sleep(Duration::from_nanos(ns));
        }
        // It sleeps, but the conductor forgives a tick of a coarse clock.
        let honest = SliceDone { ops, ns, typical_ns: ns, cpu_ns: (ns / 2).min(10_000_000) };
        let done = match self.lie {
            Some(Lie::Instant | Lie::Nanosecond) => SliceDone { ns: 1, typical_ns: 1, ..honest },
            Some(Lie::NoTime) if told.in_generation && told.slices.is_multiple_of(4) => {
                SliceDone { ns: 0, typical_ns: 0, ..honest }
            }
            Some(Lie::Cpu) => SliceDone { cpu_ns: 100_000_000 + 8 * ns, ..honest },
            Some(Lie::CpuMax) => SliceDone { cpu_ns: u64::MAX, ..honest },
            Some(Lie::Typical) => SliceDone { typical_ns: 100_000_000 + 100 * ns, ..honest },
            Some(Lie::Impatient) => return write(&Reply::Unfinished(Unfinished { done: 0, ops, ns: limit })),
            _ => honest,
        };
        write(&Reply::Slice(done))?;
        if self.lie == Some(Lie::Ahead) { write(&Reply::Slice(done)) } else { Ok(()) }
    }

    fn counted(&self, Count { ops, tally, .. }: Count) -> Counted {
        let tally = self.syscalls_per_op.filter(|_| tally).map(|each| {
            let mut tally = Tally { ops, ..Tally::default() };
            tally.count_by("syscalls", "given", if self.lie == Some(Lie::Syscalls) { u64::MAX } else { each * ops });
            tally
        });
        let latency = (self.lie == Some(Lie::LongLatency)).then(|| {
            let mut latencies = Latencies::new();
            latencies.record(Duration::from_secs(3600));
            latencies.encode()
        });
        let voluntary_switches = if self.lie == Some(Lie::Switches) { 1_000_000_000_000_000_000 } else { ops };
        Counted { ops, voluntary_switches, rss_peak_bytes: self.memory("VmHWM:"), tally, latency, ..Counted::default() }
    }

    /// A figure of `/proc/self/status` (proc(5)), in bytes: the conductor knows it too.
    fn memory(&self, key: &str) -> u64 {
        match self.lie {
            Some(Lie::SmallMemory) => 4 << 10,
            Some(Lie::LargeMemory) => 1 << 50,
            _ => {
                let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
                let line = status.lines().find_map(|line| line.strip_prefix(key)).unwrap_or_default();
                line.trim().trim_end_matches(" kB").parse::<u64>().unwrap_or(0) << 10
            }
        }
    }

    /// Whether the fault is due now.
    fn goes_wrong(&self, phase: Phase, told: &Told) -> bool {
        let Some(fail) = self.fail else { return false };
        let spared = self.spare_seed.is_some() && (told.seed.is_none() || told.seed == self.spare_seed);
        let now = match (fail.kind, fail.phase) {
            (Kind::Unsupported, None) => phase == Phase::Prepare,
            (_, Some(when)) => phase == when,
            (_, None) => {
                matches!(phase, Phase::Smoke | Phase::Calibration | Phase::WarmUp | Phase::Round)
            }
        };
        fail.kind != Kind::Crawl && now && !spared && (self.after == 0 || told.slices > self.after)
    }

    fn go_wrong(&self, ops: u64, told: &Told) -> io::Result<()> {
        let Some(Fail { kind, .. }) = self.fail else { return Ok(()) };
        let began = Instant::now();
        match kind {
            Kind::Crash => {
                eprintln!("the mock was told to crash");
                std::process::abort();
            }
            Kind::Panic => panic!("the mock was told to panic"),
            Kind::Hang => hang(),
            Kind::Wrong => write(&Reply::Error { message: "wrong result: expected 1, got 2".into() }),
            Kind::Garbage => {
                println!("this is not the protocol");
                Ok(())
            }
            Kind::Unsupported => write(&Reply::Unsupported { reason: "the mock was told not to support it".into() }),
            Kind::Slow => {
                std::thread::sleep(told.limit);
                let ns = u64::try_from(began.elapsed().as_nanos()).unwrap_or(u64::MAX);
                write(&Reply::Unfinished(Unfinished { done: 1, ops: ops.max(2), ns }))?;
                std::process::exit(0);
            }
            Kind::Trickle => loop {
                put(io::stdout(), b".")?;
                std::thread::sleep(Duration::from_millis(50));
            },
            Kind::EndlessLine => loop {
                put(io::stdout(), &[b'x'; 64 << 10])?;
            },
            Kind::Flood => loop {
                put(io::stderr(), &[b'x'; 64 << 10])?;
            },
            Kind::Orphan => {
                // The child has our output, and ends once nobody can read it any more.
                let minutes = std::process::Command::new("sleep").arg("600").spawn();
                std::process::exit(i32::from(minutes.is_err()));
            }
            Kind::Crawl => Ok(()),
        }
    }
}

impl Told {
    /// Takes a command into account; returns the phase that it begins, and its operations.
    fn take(&mut self, command: &Command) -> (Phase, u64) {
        match command {
            Command::Prepare(prepare) => {
                self.limit = Duration::from_millis(prepare.limit_ms);
                self.seed = Some(prepare.seed);
                (Phase::Prepare, 0)
            }
            Command::Slice(work) => {
                let first = self.slices == 0;
                self.in_generation |= first && work.ops > SMALLEST;
                self.slices += 1;
                let phase = match (self.in_generation, first) {
                    (false, true) => Phase::Smoke,
                    (false, false) => Phase::Calibration,
                    (true, true) => Phase::WarmUp,
                    (true, false) => Phase::Round,
                };
                (phase, work.ops)
            }
            Command::Count(Count { ops, traced: true, .. }) => (Phase::Trace, *ops),
            Command::Count(Count { ops, tally: true, .. }) => (Phase::Tally, *ops),
            Command::Count(Count { ops, .. }) => (Phase::Count, *ops),
            Command::Bye {} => (Phase::Bye, 0),
        }
    }
}

fn hang() -> ! {
    loop {
        std::thread::park();
    }
}

fn put(mut out: impl io::Write, bytes: &[u8]) -> io::Result<()> {
    out.write_all(bytes)?;
    out.flush()
}

fn write(reply: &Reply) -> io::Result<()> {
    put(io::stdout(), format!("{}\n", serde_json::to_string(reply)?).as_bytes())
}
