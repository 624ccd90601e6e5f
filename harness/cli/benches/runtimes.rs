//! `cargo bench`: every case of a suite on every runtime, through criterion.
//!
//! A benchmark is named `<workload>/<case>/<runtime>`, so criterion's filters and baselines, and tools that
//! read them, work as usual. What criterion calls an iteration is a granule of the case: one operation if
//! throughput counts, one whole fan-out or computation if time does. Its time is the runner's own stamp,
//! taken inside a task on a worker of the runtime, in a process of its own; the servers are processes too,
//! and both are placed as in a run with that suite.
//!
//! `LOOPSWAP_BENCH_SUITE` names another suite than `quick`, or its file.

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion, Throughput};
use loopswap_conductor::{Absent, PeerSource, Residence, Resident, RuntimeCommand, cpus_of, hello_all};
use loopswap_protocol::Topology;
use loopswap_report::record::{NoHello, Plan, Role, Row};
use std::collections::BTreeSet;
use std::error::Error;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::process::{Command, ExitCode};
use std::sync::atomic::AtomicBool;
use std::time::Duration;

/// The program under test, built in the same profile.
const PROGRAM: &str = env!("CARGO_BIN_EXE_loopswap");
/// The documented code for a runtime that failed.
const TARGET_FAILED: u8 = 6;

fn main() -> Result<ExitCode, Box<dyn Error>> {
    // Short, so that some fifty benchmarks take minutes; criterion's flags override all three.
    let mut criterion = Criterion::default()
        .sample_size(10)
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs(1))
        .configure_from_args();
    let bench = Bench::new()?;
    let mut failed = false;
    for row in &bench.plan.rows {
        if let Some(rate) = row.rate() {
            println!("{}: skipped: an open loop at {rate}/s takes the time that its rate gives\n", row.case);
            continue;
        }
        let mut group = criterion.benchmark_group(&row.case);
        group.throughput(Throughput::Elements(row.granule.max(1)));
        for (arm, planned) in row.arms.iter().enumerate().filter(|(_, arm)| arm.role != Role::Control) {
            if let Err(absent) = bench.arm(&mut group, row, arm) {
                let name = format!("{}/{}", row.case, planned.runtime);
                match absent {
                    Absent::Skipped(why) => println!("{name}: skipped: {why}\n"),
                    Absent::Failed(why) => {
                        failed = true;
                        eprintln!("{name}: failed: {why}\n");
                    }
                }
            }
        }
        group.finish();
    }
    criterion.final_summary();
    Ok(if failed { ExitCode::from(TARGET_FAILED) } else { ExitCode::SUCCESS })
}

struct Bench {
    plan: Plan,
    single_threads: BTreeSet<String>,
    source: PeerSource,
}

impl Bench {
    /// Asks the program for the suite's plan on this machine, and its runners for their hello.
    fn new() -> Result<Bench, Box<dyn Error>> {
        let suite = std::env::var("LOOPSWAP_BENCH_SUITE").unwrap_or_else(|_| "quick".into());
        let output = Command::new(PROGRAM).args(["plan", "--json", "--suite", &suite]).output()?;
        if !output.status.success() {
            return Err(String::from_utf8_lossy(&output.stderr).trim().into());
        }
        let plan: Plan = serde_json::from_slice(&output.stdout)?;
        let names: BTreeSet<&str> =
            plan.rows.iter().flat_map(|row| &row.arms).map(|arm| arm.runtime.as_str()).collect();
        let commands: Vec<RuntimeCommand> = names.into_iter().map(|name| command(&plan, name)).collect();
        let single_threads = hello_all(&commands, &AtomicBool::new(false))?
            .iter()
            .filter_map(|greeting| greeting.runtime().cloned())
            .filter(|runtime| runtime.topology == Topology::SingleThread)
            .map(|runtime| runtime.name)
            .collect();
        let source = PeerSource { program: PROGRAM.into(), ..PeerSource::default() };
        Ok(Bench { plan, single_threads, source })
    }

    /// Benches one arm, if criterion's filter lets it through.
    fn arm(&self, group: &mut BenchmarkGroup<'_, WallTime>, row: &Row, arm: usize) -> Result<(), Absent> {
        let runtime = &row.arms[arm].runtime;
        // Processes start when criterion first asks for a time: not for a list, nor for benchmarks that are
        // filtered out.
        let mut resident = None;
        // Unwinding is the only way out of a benchmark that turns out to be impossible.
        let benched = catch_unwind(AssertUnwindSafe(|| {
            group.bench_function(runtime, |bencher| {
                bencher.iter_custom(|iterations| {
                    let time = match &mut resident {
                        Some(resident) => Resident::time(resident, iterations),
                        None => self.start(row, arm).and_then(|started| resident.insert(started).time(iterations)),
                    };
                    time.unwrap_or_else(|absent| resume_unwind(Box::new(absent)))
                });
            });
        }));
        if let Err(thrown) = benched {
            return Err(*thrown.downcast::<Absent>().unwrap_or_else(|other| resume_unwind(other)));
        }
        resident.map_or(Ok(()), Resident::end)
    }

    fn start(&self, row: &Row, arm: usize) -> Result<Resident, Absent> {
        let planned = &row.arms[arm];
        if let Some(unavailable) = &planned.unavailable {
            return Err(Absent::Skipped(format!("{}; {}", unavailable.reason, unavailable.remedy)));
        }
        if let Some(NoHello { message, stderr, .. }) = &planned.no_hello {
            return Err(Absent::Failed(format!("{message} {stderr}").trim_end().to_owned()));
        }
        let cpus = cpus_of(row, arm, |runtime| self.single_threads.contains(runtime), 0);
        let limit = Duration::from_millis(self.plan.limit_ms);
        let command = &command(&self.plan, &planned.runtime);
        Resident::start(Residence { row, command, cpus, source: &self.source, seed: self.plan.seed, limit })
    }
}

/// How to start the runner of a runtime: the suite's own, or a built-in one.
fn command(plan: &Plan, runtime: &str) -> RuntimeCommand {
    match plan.runners.iter().find(|runner| runner.name == runtime) {
        Some(own) => RuntimeCommand::of(own, PROGRAM),
        None => RuntimeCommand {
            name: runtime.into(),
            side: None,
            command: [PROGRAM, "runner", runtime].map(str::to_owned).into(),
        },
    }
}
