//! `loopswap race`: two builds of loopswap, interleaved slice by slice.

use super::Done;
use super::plan::Choice;
use super::run::{listen_for_signals, requests};
use crate::begin::{folder, header, journal, known_rows};
use crate::builds::Racer;
use crate::console::{self, Progress};
use crate::files::{self, RECORD};
use crate::usage;
use loopswap_conductor::{Exit, Failure, Halt, Journal, Run, RuntimeCommand, hello_all, note, race_plan};
use loopswap_protocol::quoted_path;
use loopswap_report::Style;
use loopswap_report::comparison::{Rules, Side, Verdict};
use loopswap_report::record::{Plan, RacePlan};
use loopswap_report::view::comparison as view;
use loopswap_statistics::Looks;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::time::Duration;

/// Length aimed at for the rounds of a generation: many short generations are better than few long ones,
/// since only generations are independent.
const GENERATION: Duration = Duration::from_millis(120);
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

/// When a difference counts.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Thresholds {
    /// Ignore changes of the time of an operation below this fraction
    #[arg(long, default_value = "1%", value_name = "PERCENT", value_parser = usage::percent)]
    pub(crate) margin: f64,
    /// Ignore changes of the time of an operation below this time, such as 5ns, whatever the margin
    #[arg(long, default_value = "0ns", value_name = "TIME", value_parser = humantime::parse_duration)]
    pub(crate) floor: Duration,
    /// Builds are equivalent if the interval of the change lies within this
    #[arg(long, default_value = "2%", value_name = "PERCENT", value_parser = usage::percent)]
    pub(crate) equivalence: f64,
    /// Generations that confirm a row that looks changed; 0 = no second opinion
    #[arg(long, default_value_t = 20, value_name = "N")]
    pub(crate) confirm: u32,
}

/// Most generations of a row, unless the command line sets it.
pub(crate) const GENERATIONS: u32 = 58;

impl Thresholds {
    /// The rules of a race of at most `generations` generations a row.
    pub(crate) fn rules(&self, generations: u32) -> Rules {
        let looks = Looks::up_to(generations);
        Rules {
            margin: self.margin,
            drift: 0.0,
            floor_ns: self.floor.as_nanos() as f64,
            equivalence: self.equivalence,
            looks: looks.at().to_vec(),
            suspect_p: looks.suspect_p(),
            confirm_generations: self.confirm,
            false_discovery_rate: 0.05,
        }
    }
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
    let again = format!("loopswap race --resume {}", quoted_path(folder));
    match halted {
        Err(Halt::Interrupted) => Err(Failure {
            exit: Exit::Interrupted,
            what: "interrupted; what was measured is kept".into(),
            help: vec![format!("go on with it: {again}")],
        }),
        Err(Halt::Record(error)) => Err(Failure::internal(format!("the record could not be written: {error}"))
            .help("what was measured before is in it; free some space, then go on:")
            .help(again)),
        Err(Halt::System(failure)) => Err(failure),
        Ok(_) | Err(Halt::TimeIsUp) => {
            let failed = matches!(halted, Ok(true));
            written?;
            shown?;
            // Judging is the gate's task; a target that failed is not a result of the race.
            let failed = failed || comparison.with(Verdict::Error).next().is_some();
            Ok(if failed { Exit::TargetFailed as u8 } else { 0 })
        }
    }
}

fn begin(args: &Args, stop: &AtomicBool, progress: &mut Progress) -> Result<(PathBuf, Result<bool, Halt>), Failure> {
    let (base, head) = racers(args)?;
    let mut choice = args.choice.clone();
    choice.slice = choice.slice.or(Some(SLICE));
    let generations = choice.generations.unwrap_or(GENERATIONS);
    let (_, plan) = choice.draft()?;
    if let Some(row) = plan.rows.iter().find(|row| row.rate().is_some()) {
        return Err(Failure::usage(format!(
            "{}: a race compares the time of an operation, which a rate fixes",
            row.case
        ))
        .help("leave --rate out; for response times compare two runs: loopswap compare BASE HEAD"));
    }
    let race = RacePlan {
        base: base.build.clone(),
        head: head.build.clone(),
        rules: args.thresholds.rules(generations),
        generation_ms: u64::try_from(GENERATION.as_millis()).unwrap_or(u64::MAX),
        // Any other seed will do: it must differ, and it is written down.
        confirm_seed: plan.seed ^ 0x5eed,
    };
    let commands: Vec<RuntimeCommand> = [(Side::Base, &base), (Side::Head, &head)]
        .into_iter()
        .flat_map(|(side, racer)| commands(&plan, side, racer))
        .collect();
    let (plan, runtimes) = prepare(args, plan, race, &commands, stop)?;
    let source = args.choice.peers(&crate::registry::program()?)?;
    let created = jiff::Timestamp::now();
    let folder = folder(args.output.as_deref(), created, &format!("race-{}", plan.suite));
    let header = header(created, plan, runtimes);
    let journal = journal(&folder)?;
    let halted = Run::begin(header, &commands, requests(), source, journal, stop, progress).and_then(Run::finish);
    Ok((folder, halted))
}

fn racers(args: &Args) -> Result<(Racer, Racer), Failure> {
    let racer = |name: &str| {
        if args.rev { Racer::of_revision(name, |what| eprintln!("{what}")) } else { Racer::at(name, Path::new(name)) }
    };
    let base = racer(args.base.as_deref().unwrap_or_default())?;
    let head = match &args.head {
        Some(name) => racer(name)?,
        None => Racer::at("this program", Path::new(&crate::registry::program()?))?,
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
    let mut plan = race_plan(plan, race);
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
        let program = PathBuf::from(&then.program);
        let racer = Racer::at(&then.label, &program)?;
        let (now, then) = (&racer.build.environment, &then.environment);
        if now.lockfile_crc32 != then.lockfile_crc32 || now.git_commit != then.git_commit || now.profile != then.profile
        {
            return Err(Failure::not_comparable(format!(
                "{}: is not the build that the race began with",
                quoted_path(&program)
            ))
            .help("one record must not mix builds: start a new race"));
        }
        commands.extend(self::commands(plan, side, &racer));
    }
    let source = args.choice.peers(&crate::registry::program()?)?;
    let journal = Journal::resume(&path, record.whole_bytes as u64)
        .map_err(|error| Failure::usage(format!("{}: {error}", quoted_path(&path))))?;
    Ok(Run::resume(&record, &commands, requests(), source, journal, stop, progress).and_then(Run::finish))
}
