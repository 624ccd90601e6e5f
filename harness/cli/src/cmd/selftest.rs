//! `loopswap selftest`: whether the verdicts of a race can be believed on this host.

use super::Done;
use crate::begin::{folder, header, journal, stamp};
use crate::builds::Racer;
use crate::console::{self, Progress};
use crate::files::{self, RECORD};
use crate::session::listen_for_signals;
use crate::stock::Stock;
use crate::terms::{GENERATIONS, Thresholds};
use crate::{build, program};
use loopswap_conductor::{
    Cpus, Exit, Failure, Filter, Greeting, Halt, Known, PeerSource, Run, RuntimeCommand, Setup, Silence, Suite,
    environment, hello_all, plan, race_plan,
};
use loopswap_protocol::{Hello, RuntimeInfo, quoted_path};
use loopswap_report::comparison::Side;
use loopswap_report::record::{Arm, NoHello, Plan, Record, Row};
use loopswap_report::selftest::{self, SelfTest};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// Simulated races give the same results everywhere and at any time.
const SIMULATION_SEED: u64 = 0x10_0b5;
/// The runtime under the bodies.
const RUNTIME: &str = "tokio";
/// Three bodies of work: nothing but computing, a round trip, and a round trip with more behind it.
const BODIES: &str = r#"
about = "bodies of the self-test"
reference = "tokio"
runtimes = ["tokio"]
slice = "5ms"
limit = "2s"

[[case]]
workload = "cpu"
name = "steps=5000"
params = { tasks = 1, steps = 5000 }

[[case]]
workload = "redis"
name = "conns=1"
params = { conns = 1 }

[[case]]
workload = "http-fetch"
name = "conns=1"
params = { conns = 1, size = "4KiB" }
"#;

/// Arguments of `loopswap selftest`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Time for the self-test
    #[arg(long, default_value = "5m", value_name = "TIME", value_parser = humantime::parse_duration)]
    time: Duration,
    /// Play races on synthetic noise instead: seconds, and the same on every host
    #[arg(long, conflicts_with = "time")]
    simulate: bool,
    /// Simulated races for each kind of noise and amount of extra work
    #[arg(long, default_value_t = 1000, value_name = "N", requires = "simulate")]
    races: u32,
    #[command(flatten)]
    thresholds: Thresholds,
    /// Extra work of HEAD in per cent, one for each race of a body; mostly 0, since false alarms are rare
    #[arg(long, value_delimiter = ',', default_value = "0,0,5,0,2,0,10,0", value_name = "PERCENT,…")]
    extra: Vec<u32>,
    /// Most generations of a race
    #[arg(long, default_value_t = GENERATIONS, value_name = "N", value_parser = clap::value_parser!(u32).range(12..=1000))]
    generations: u32,
    /// Folder for selftest.json and the records; by default a new one under loopswap-runs
    #[arg(long, value_name = "DIR")]
    output: Option<PathBuf>,
    /// Show the result only, no progress
    #[arg(long, short)]
    quiet: bool,
}

pub(crate) fn run(args: &Args) -> Done {
    if args.simulate { simulate(args) } else { measure(args) }
}

fn simulate(args: &Args) -> Done {
    let created = stamp(jiff::Timestamp::now());
    let mut found = SelfTest::new(build::VERSION, &created, environment(build::build()));
    let rules = args.thresholds.rules(args.generations);
    found.simulated = selftest::simulate(&rules, args.races, SIMULATION_SEED);
    found.rules = Some(rules);
    if let Some(folder) = &args.output {
        std::fs::create_dir_all(folder)
            .map_err(|error| Failure::usage(format!("--output {}: {error}", quoted_path(folder))))?;
        files::write_selftest(folder, &found)?;
    }
    console::print(&selftest::table(&found))?;
    Ok(0)
}

fn measure(args: &Args) -> Done {
    let stop = listen_for_signals()?;
    let mut progress = Progress::new(args.quiet);
    let began = Instant::now();
    let folder = folder(args.output.as_deref(), jiff::Timestamp::now(), "selftest");
    let mut records: Vec<Record> = Vec::new();
    let mut failed = false;
    while (records.is_empty() || began.elapsed() < args.time) && !stop.load(Ordering::Relaxed) {
        let race = folder.join(format!("race-{:03}", records.len() + 1));
        let halted = one(args, records.len() as u64, &race, &stop, &mut progress)?;
        records.push(files::read_record(&race.join(RECORD))?);
        match halted {
            Ok(errors) => failed |= errors,
            Err(Halt::TimeIsUp) => {}
            Err(Halt::Interrupted) => break,
            Err(Halt::Record(error)) => {
                return Err(Failure::internal(format!("{}: {error}", quoted_path(&race))));
            }
            Err(Halt::System(failure)) => return Err(failure),
        }
    }
    progress.clear();
    let found = selftest::tally(&records).ok_or_else(|| Failure::internal("nothing was raced"))?;
    files::write_selftest(&folder, &found)?;
    console::print(&selftest::table(&found))?;
    console::print(&format!("\nrecords and selftest.json: {}\n", quoted_path(&folder)))?;
    if stop.load(Ordering::Relaxed) {
        return Ok(Exit::Interrupted as u8);
    }
    Ok(if failed { Exit::TargetFailed as u8 } else { 0 })
}

/// The races of one body: a name for its rows, and the extra work of HEAD in each, in per cent.
fn lanes(extra: &[u32]) -> Vec<(String, u32)> {
    extra.iter().enumerate().map(|(index, percent)| (format!("{percent}-{}", index + 1), *percent)).collect()
}

/// The bodies on a runtime for every lane, which `race_plan` makes rows of.
fn suite(stock: &Stock, lanes: &[(String, u32)]) -> Result<Suite, Failure> {
    let (workloads, cases) = (&stock.workloads, &stock.cases);
    let known = Known { runtimes: &[RUNTIME.to_owned()], guests: &[], workloads, cases };
    let bodies = Suite::parse("selftest", "the self-test", BODIES, known)?;
    let runtimes: Vec<String> = lanes.iter().map(|(name, _)| name.clone()).collect();
    let reference = runtimes.first().cloned().ok_or_else(|| Failure::usage("--extra names no race"))?;
    Ok(Suite { reference, runtimes, ..bodies })
}

/// The plan of a race, with the extra work of HEAD in each row.
fn with_extra_work(plan: Plan, lanes: &[(String, u32)]) -> Plan {
    let extra = |name: &str| lanes.iter().find(|(lane, _)| lane == name).map(|(_, percent)| *percent);
    let told = |arm: Arm| Arm { extra_percent: extra(&arm.runtime), ..arm };
    let rows = plan.rows.into_iter().map(|row| Row { arms: row.arms.into_iter().map(told).collect(), ..row });
    Plan { rows: rows.collect(), ..plan }
}

/// One race of every body with every amount of extra work.
fn one(
    args: &Args,
    number: u64,
    folder: &Path,
    stop: &AtomicBool,
    progress: &mut Progress,
) -> Result<Result<bool, Halt>, Failure> {
    let stock = Stock::take()?;
    let lanes = lanes(&args.extra);
    let suite = suite(&stock, &lanes)?;
    let cpus = Cpus::here();
    let seed = draw(number);
    let me = Racer::at("this program", Path::new(&program::path()?))?;
    let race = me.against(&me, args.thresholds.rules(args.generations), seed);
    let plan = race_plan(plan(&suite, &Filter::default(), &cpus, seed)?, race)?;
    let plan = Plan {
        generations: args.generations,
        // As long as it takes: a race that is cut short would say less than the rules can.
        rounds: None,
        budget_ms: 3_600_000,
        ..with_extra_work(plan, &lanes)
    };
    let commands: Vec<RuntimeCommand> = lanes
        .iter()
        .flat_map(|(name, extra)| {
            [(Side::Base, 0), (Side::Head, *extra)].map(|(side, extra)| RuntimeCommand {
                name: name.clone(),
                side: Some(side),
                command: [&me.program, "runner", RUNTIME, "--extra-work", &extra.to_string()].map(str::to_owned).into(),
            })
        })
        .collect();
    // All of them are one runner.
    let runtime = runtime(hello_all(&commands[..1], stop)?)?;
    let runtimes = lanes.iter().map(|(name, _)| RuntimeInfo { name: name.clone(), ..runtime.clone() });
    let header = header(jiff::Timestamp::now(), plan, runtimes.collect());
    let source = PeerSource { program: program::path()?, ..PeerSource::default() };
    let journal = journal(folder)?;
    // Extra work asks more of a peer than it tells of: whether both agree is not checked here.
    let requests = BTreeMap::new();
    let setup = Setup { commands: &commands, requests, source, journal, stop, watch: progress };
    Ok(Run::begin(header, setup).and_then(Run::finish))
}

/// The runtime under the bodies; without it there is nothing to race.
fn runtime(greetings: Vec<Greeting>) -> Result<RuntimeInfo, Failure> {
    let failure = |why: &str| Failure {
        exit: Exit::TargetFailed,
        what: format!("the self-test races {RUNTIME}, which cannot run here: {why}"),
        help: Vec::new(),
    };
    match greetings.into_iter().next().map(|greeting| greeting.said) {
        Some(Ok(Hello { unavailable: Some(unavailable), .. }) | Err(Silence::Unavailable(unavailable))) => {
            Err(failure(&unavailable.reason).help(unavailable.remedy))
        }
        Some(Err(Silence::Failed(NoHello { message, stderr, .. }))) => Err(failure(&message).help(stderr)),
        Some(Ok(Hello { runtime, .. })) => Ok(runtime),
        None => Err(Failure::internal("nobody was asked")),
    }
}

fn draw(number: u64) -> u64 {
    let now = std::time::SystemTime::now().duration_since(std::time::SystemTime::UNIX_EPOCH).unwrap_or_default();
    (now.as_secs() ^ u64::from(now.subsec_nanos()) ^ (number << 32)) & 0xffff_ffff
}
