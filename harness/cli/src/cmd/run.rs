//! `loopswap run`: measure a suite.

use super::Done;
use crate::begin::{folder, header, journal, known_rows};
use crate::choice::{Choice, Chosen};
use crate::files::{self, RECORD};
use crate::rows::Rows;
use crate::session::{listen_for_signals, outcome, requests, same_build};
use crate::stock::Stock;
use crate::{build, console};
use loopswap_conductor::{Exit, Failure, Halt, Journal, Run, Setup, environment, estimate};
use loopswap_protocol::quoted_path;
use loopswap_report::model::ClaimVerdict;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

/// Arguments of `loopswap run`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    choice: Choice,
    /// Folder for record.jsonl and report.json; by default a new one under loopswap-runs
    #[arg(long, value_name = "DIR")]
    output: Option<PathBuf>,
    /// Resume the interrupted run in this folder
    #[arg(long, value_name = "DIR", conflicts_with = "output")]
    resume: Option<PathBuf>,
    /// Count system calls, allocations, polls and wake-ups too: half a second more for each row and count
    #[arg(long)]
    counters: bool,
    /// Show the rows only, no progress
    #[arg(long, short)]
    quiet: bool,
}

pub(crate) fn run(args: &Args) -> Done {
    let stop = listen_for_signals()?;
    let Ended { folder, rows, halted } = match &args.resume {
        Some(folder) => resume(args, folder, &stop)?,
        None => begin(args, &stop)?,
    };

    // Whatever happened: what is on the disk is read back, analysed and shown.
    let report = files::report(&folder.join(RECORD))?;
    let written = files::write_report(&folder, &report);
    let shown =
        rows.close(&report).and_then(|()| console::print(&format!("\nrecord and report: {}\n", quoted_path(&folder))));
    let failed = outcome(halted, &format!("loopswap run --resume {}", quoted_path(&folder)))?;
    written?;
    shown?;
    if args.resume.is_none() && !report.damage.is_none() {
        return Err(Failure::internal("what was just recorded cannot all be read again: a fault of loopswap")
            .help(format!("what can be read is above; please report it, with {}", quoted_path(&folder))));
    }
    // A target that failed comes first: what it would have measured may be what a claim is about.
    let refuted = report.claims.iter().any(|claim| claim.verdict == ClaimVerdict::False);
    Ok(match failed {
        true => Exit::TargetFailed as u8,
        false if refuted => Exit::Regression as u8,
        false => 0,
    })
}

/// A run that has ended: its folder, what is printed of it, and how it ended.
struct Ended {
    folder: PathBuf,
    rows: Rows,
    halted: Result<bool, Halt>,
}

/// A new run.
fn begin(args: &Args, stop: &AtomicBool) -> Result<Ended, Failure> {
    let Chosen { stock, mut plan, greetings } = args.choice.plan(stop)?;
    plan.counters = args.counters;
    let source = args.choice.peers(&stock.program)?;
    let created = jiff::Timestamp::now();
    let folder = folder(args.output.as_deref(), created, &plan.suite);
    let header = header(created, plan, greetings.iter().filter_map(|greeting| greeting.runtime().cloned()).collect());
    let journal = journal(&folder)?;
    let time = humantime::format_duration(estimate(&header.plan));
    let mut rows = Rows::open(&header, &format!("about {time}"), args.quiet);
    let watch = &mut rows;
    let setup = Setup { commands: &stock.commands, requests: requests(), source, journal, stop, watch };
    match Run::begin(header, setup).and_then(Run::finish) {
        // Without a header there is nothing to show.
        Err(Halt::System(failure)) if is_empty(&folder) => {
            let _ = std::fs::remove_file(folder.join(RECORD));
            Err(failure)
        }
        halted => Ok(Ended { folder, rows, halted }),
    }
}

fn is_empty(folder: &Path) -> bool {
    std::fs::metadata(folder.join(RECORD)).is_ok_and(|file| file.len() == 0)
}

/// Goes on with a run that was cut short.
fn resume(args: &Args, folder: &Path, stop: &AtomicBool) -> Result<Ended, Failure> {
    let path = folder.join(RECORD);
    let record = files::read_record(&path)?;
    if record.header.plan.race.is_some() {
        return Err(Failure::usage(format!("{}: the record of a race", quoted_path(&path)))
            .help(format!("go on with it: loopswap race --resume {}", quoted_path(folder))));
    }
    if !same_build(&record.header.environment, &environment(build::build())) {
        return Err(Failure::usage(format!("{}: made by another build of loopswap", quoted_path(&path)))
            .help("what two builds measured does not belong into one record: start a new run"));
    }
    known_rows(&record.header.plan)?;
    let mut stock = Stock::take()?;
    stock.join(&record.header.plan.runners);
    let source = args.choice.peers(&stock.program)?;
    let whole = record.whole_bytes as u64;
    let journal =
        Journal::resume(&path, whole).map_err(|error| Failure::usage(format!("{}: {error}", quoted_path(&path))))?;
    let mut rows = Rows::open(&record.header, "resumed", args.quiet);
    let watch = &mut rows;
    let setup = Setup { commands: &stock.commands, requests: requests(), source, journal, stop, watch };
    let halted = Run::resume(&record, setup).and_then(Run::finish);
    Ok(Ended { folder: folder.to_owned(), rows, halted })
}
