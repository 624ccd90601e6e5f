//! `loopswap race`: two builds of loopswap, interleaved slice by slice.

use super::Done;
use crate::begin::{folder, header, journal, known_rows};
use crate::builds::Racer;
use crate::choice::Choice;
use crate::console::{self, Progress};
use crate::files::{self, RECORD};
use crate::program;
use crate::session::{listen_for_signals, outcome, requests, same_build};
use crate::terms::{GENERATIONS, Thresholds};
use loopswap_conductor::{Exit, Failure, Halt, Journal, Run, RuntimeCommand, Setup, hello_all, note, race_plan};
use loopswap_protocol::{quoted, quoted_path};
use loopswap_report::Style;
use loopswap_report::comparison::{Side, Verdict};
use loopswap_report::record::{Plan, RacePlan};
use loopswap_report::view::comparison as view;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::time::Duration;

/// Length of a slice in a race, unless the command line or the case sets it.
const SLICE: Duration = Duration::from_millis(5);
/// Time for a row on average, if no budget is given.
const ROW: Duration = Duration::from_secs(6);

/// Arguments of `loopswap race`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The build to compare with: the path of a loopswap program, or a git revision with --rev
    #[arg(required_unless_present = "resume")]
    base: Option<String>,
    /// The build that is judged; by default this program
    head: Option<String>,
    /// BASE and HEAD are git revisions of the repository around the current folder: build them first
    #[arg(long)]
    rev: bool,
    #[command(flatten)]
    choice: Choice,
    #[command(flatten)]
    thresholds: Thresholds,
    /// Folder for record.jsonl and comparison.json; by default a new one under loopswap-runs
    #[arg(long, value_name = "DIR")]
    output: Option<PathBuf>,
    /// Resume the interrupted race in this folder
    #[arg(long, value_name = "DIR", conflicts_with_all = ["output", "base", "head", "rev"])]
    resume: Option<PathBuf>,
    /// Show the result only, no progress
    #[arg(long, short)]
    quiet: bool,
}

pub(crate) fn run(args: &Args) -> Done {
    let stop = listen_for_signals()?;
    let mut progress = Progress::new(args.quiet);
    let (folder, halted) = match &args.resume {
        Some(folder) => (folder.clone(), resume(args, folder, &stop, &mut progress)?),
        None => begin(args, &stop, &mut progress)?,
    };
    progress.clear();
    conclude(&folder, halted)
}

/// Reads the record back, writes and shows the comparison.
fn conclude(folder: &Path, halted: Result<bool, Halt>) -> Done {
    let record = files::read_record(&folder.join(RECORD))?;
    let comparison = loopswap_report::raced(&record)
        .ok_or_else(|| Failure::usage(format!("{}: not the record of a race", quoted_path(folder))))?;
    let written = files::write_comparison(folder, &comparison);
    let shown = console::print(&view::table(&comparison, Style::default()))
        .and_then(|()| console::print(&format!("\nrecord and comparison: {}\n", quoted_path(folder))));
    let failed = outcome(halted, &format!("loopswap race --resume {}", quoted_path(folder)))?;
    written?;
    shown?;
    // Judging is the gate's task; a target that failed is not a result of the race.
    let failed = failed || comparison.with(Verdict::Error).next().is_some();
    Ok(if failed { Exit::TargetFailed as u8 } else { 0 })
}

fn begin(args: &Args, stop: &AtomicBool, progress: &mut Progress) -> Result<(PathBuf, Result<bool, Halt>), Failure> {
    let (base, head) = racers(args)?;
    let mut choice = args.choice.clone();
    choice.slice = choice.slice.or(Some(SLICE));
    let generations = choice.generations.unwrap_or(GENERATIONS);
    let (_, mut plan) = choice.draft()?;
    if let Some(wanted) = &choice.runtime {
        // A race divides a runtime by itself: the suite's reference is measured only if it was asked for.
        plan.rows.iter_mut().for_each(|row| row.arms.retain(|arm| wanted.is_match(&arm.runtime)));
    }
    if let Some(row) = plan.rows.iter().find(|row| row.rate().is_some()) {
        return Err(Failure::usage(format!(
            "{}: a race compares the time of an operation, which a rate fixes",
            row.case
        ))
        .help("leave --rate out; for response times compare two runs: loopswap compare BASE HEAD"));
    }
    let race = base.against(&head, args.thresholds.rules(generations), plan.seed);
    let commands: Vec<RuntimeCommand> = [(Side::Base, &base), (Side::Head, &head)]
        .into_iter()
        .flat_map(|(side, racer)| commands(&plan, side, racer))
        .collect();
    let (plan, runtimes) = prepare(args, plan, race, &commands, stop)?;
    let source = args.choice.peers(&program::path()?)?;
    let created = jiff::Timestamp::now();
    let folder = folder(args.output.as_deref(), created, &format!("race-{}", plan.suite));
    let header = header(created, plan, runtimes);
    let journal = journal(&folder)?;
    let setup = Setup { commands: &commands, requests: requests(), source, journal, stop, watch: progress };
    let halted = Run::begin(header, setup).and_then(Run::finish);
    Ok((folder, halted))
}

fn racers(args: &Args) -> Result<(Racer, Racer), Failure> {
    let racer = |name: &str| {
        if args.rev { Racer::of_revision(name, |what| eprintln!("{what}")) } else { Racer::at(name, Path::new(name)) }
    };
    let base = racer(args.base.as_deref().unwrap_or_default())?;
    let head = match &args.head {
        Some(name) => racer(name)?,
        None => Racer::at("this program", Path::new(&program::path()?))?,
    };
    Ok((base, head))
}

/// How to start the runners of one build.
fn commands(plan: &Plan, side: Side, racer: &Racer) -> Vec<RuntimeCommand> {
    let mut commands: Vec<RuntimeCommand> = Vec::new();
    // A race that goes on has a row for each runtime.
    for arm in plan.rows.iter().flat_map(|row| &row.arms) {
        if commands.iter().any(|command| command.name == arm.runtime) {
            continue;
        }
        let own = plan.runners.iter().find(|runner| runner.name == arm.runtime);
        let command = own.map_or_else(
            || RuntimeCommand {
                name: arm.runtime.clone(),
                side: None,
                command: vec![racer.program.clone(), "runner".into(), arm.runtime.clone()],
            },
            |own| RuntimeCommand::of(own, &racer.program),
        );
        commands.push(RuntimeCommand { side: Some(side), ..command });
    }
    commands
}

/// The plan of the race: an arm that one of the builds cannot run says why.
fn prepare(
    args: &Args,
    plan: Plan,
    race: RacePlan,
    commands: &[RuntimeCommand],
    stop: &AtomicBool,
) -> Result<(Plan, Vec<loopswap_protocol::RuntimeInfo>), Failure> {
    let mut plan = race_plan(plan, race)?;
    plan.generations = plan.race.as_ref().and_then(|race| race.rules.looks.last().copied()).unwrap_or(GENERATIONS);
    if args.choice.budget.is_none() {
        let rows = u32::try_from(plan.rows.len()).unwrap_or(u32::MAX);
        plan.budget_ms = u64::try_from((ROW * rows).as_millis()).unwrap_or(u64::MAX);
    }
    let greetings = hello_all(commands, stop)?;
    note(&mut plan, &greetings);
    let runtimes = greetings.iter().filter_map(|greeting| greeting.runtime().cloned()).collect();
    Ok((plan, runtimes))
}

fn resume(
    args: &Args,
    folder: &Path,
    stop: &AtomicBool,
    progress: &mut Progress,
) -> Result<Result<bool, Halt>, Failure> {
    let path = folder.join(RECORD);
    let record = files::read_record(&path)?;
    let plan = &record.header.plan;
    let Some(race) = &plan.race else {
        return Err(Failure::usage(format!("{}: not the record of a race", quoted_path(&path)))
            .help("go on with it: loopswap run --resume"));
    };
    known_rows(plan)?;
    let mut commands = Vec::new();
    for (side, then) in [(Side::Base, &race.base), (Side::Head, &race.head)] {
        let racer = Racer::again(then)?;
        if !same_build(&racer.build.environment, &then.environment) {
            return Err(Failure::not_comparable(format!(
                "{}: is not the build that the race began with",
                quoted(&then.program)
            ))
            .help("one record must not mix builds: start a new race"));
        }
        commands.extend(self::commands(plan, side, &racer));
    }
    let source = args.choice.peers(&program::path()?)?;
    let journal = Journal::resume(&path, record.whole_bytes as u64)
        .map_err(|error| Failure::usage(format!("{}: {error}", quoted_path(&path))))?;
    let setup = Setup { commands: &commands, requests: requests(), source, journal, stop, watch: progress };
    Ok(Run::resume(&record, setup).and_then(Run::finish))
}
