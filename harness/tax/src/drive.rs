//! The small conductor: every runtime, every program, both sides in one run.

use crate::child::cpus;
use crate::peers::Peers;
use crate::placement::Placement;
use crate::program::PROGRAMS;
use crate::report::{Report, Row, environment};
use crate::row::Plan;
use crate::side::{RUNTIMES, Side};
use clap::Args;
use regex::Regex;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

/// What to measure, how long, and where the results go.
#[derive(Args)]
#[command(args_override_self = true)]
pub(crate) struct Options {
    /// Only runtimes whose whole name matches
    #[arg(long, default_value = ".*")]
    runtime: String,
    /// Only programs whose whole name matches
    #[arg(long, default_value = ".*")]
    workload: String,
    /// Fresh pairs of processes: the number that the interval rests on
    #[arg(long, default_value_t = 12, value_parser = clap::value_parser!(u16).range(1..))]
    generations: u16,
    /// Slices of each side in a generation
    #[arg(long, default_value_t = 12, value_parser = clap::value_parser!(u16).range(1..))]
    rounds: u16,
    /// About how long a slice takes, in milliseconds
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..))]
    slice_ms: u64,
    /// Where the servers of a program run
    #[arg(long, value_enum, default_value = "split")]
    placement: Placement,
    /// Measure the native program against itself: the result is noise
    #[arg(long)]
    control: bool,
    /// Write everything as JSON
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Write the table as Markdown
    #[arg(long, value_name = "FILE")]
    markdown: Option<PathBuf>,
}

/// Exit codes of loopswap's commands.
const NOTHING_MATCHES: u8 = 4;
const TARGET_FAILED: u8 = 6;

type Error = Box<dyn std::error::Error>;

/// Measures, prints the table, writes the files.
///
/// # Errors
/// When a file cannot be written. A row that fails is part of the results, and of the exit code.
pub(crate) fn run(options: &Options) -> Result<ExitCode, Error> {
    let runtime = Regex::new(&format!("^(?:{})$", options.runtime))?;
    let workload = Regex::new(&format!("^(?:{})$", options.workload))?;
    let sides = [Side::Native, if options.control { Side::Native } else { Side::Trait }];
    let (cpus, mut peers, mut rows) = (cpus()?, Peers::default(), Vec::new());
    for (runtime, _) in RUNTIMES.iter().filter(|(name, _)| runtime.is_match(name)) {
        for program in PROGRAMS.iter().filter(|program| workload.is_match(program.name)) {
            let program = &program.plan()?;
            let (rounds, slice) = (usize::from(options.rounds), Duration::from_millis(options.slice_ms));
            let placement = options.placement;
            let plan = Plan { runtime, program, sides, cpus: &cpus, placement, rounds, slice };
            let row = measure(&plan, usize::from(options.generations), &mut peers);
            eprintln!("{}", row.line());
            rows.push(row);
        }
    }
    if rows.is_empty() {
        eprintln!("loopswap-tax: nothing matches --runtime and --workload");
        return Ok(ExitCode::from(NOTHING_MATCHES));
    }
    let mut environment = environment(&peers.versions());
    let Options { generations, rounds, slice_ms, .. } = options;
    let run = format!("{generations} generations of {rounds} slices of about {slice_ms} ms for each side");
    environment.push(("run".into(), run));
    let report = Report { environment, placement: options.placement, control: options.control, rows };
    println!("{}", report.table());
    if let Some(path) = &options.output {
        std::fs::write(path, serde_json::to_string_pretty(&report)? + "\n")?;
    }
    if let Some(path) = &options.markdown {
        std::fs::write(path, report.markdown())?;
    }
    Ok(if report.rows.iter().any(Row::has_failed) { ExitCode::from(TARGET_FAILED) } else { ExitCode::SUCCESS })
}

fn measure(plan: &Plan<'_>, generations: usize, peers: &mut Peers) -> Row {
    let mut ops = None;
    let measured = (0..generations).map(|number| plan.generation(number, &mut ops, peers)).collect();
    Row::new(plan.runtime, plan.program, ops.unwrap_or(0), measured)
}
