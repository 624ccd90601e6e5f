//! `loopswap run`: measure a suite.

use super::Done;
use super::plan::{Choice, Chosen};
use crate::begin::{folder, header, journal, known_rows};
use crate::console;
use crate::files::{self, RECORD};
use crate::rows::Rows;
use crate::{build, registry};
use loopswap_conductor::{Exit, Failure, Halt, Journal, Requests, Run};
use loopswap_protocol::quoted_path;
use loopswap_report::model::ClaimVerdict;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

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
    match halted {
        Err(Halt::Interrupted) => {
            return Err(Failure {
                exit: Exit::Interrupted,
                what: "interrupted; what was measured is kept".into(),
                help: vec![],
            }
            .help(format!("go on with it: loopswap run --resume {}", quoted_path(&folder))));
        }
        Err(Halt::Record(error)) => {
            return Err(Failure::internal(format!("the record could not be written: {error}"))
                .help("what was measured before is in it; free some space, then go on:")
                .help(format!("loopswap run --resume {}", quoted_path(&folder))));
        }
        Err(Halt::System(failure)) => return Err(failure),
        Ok(_) | Err(Halt::TimeIsUp) => {}
    }
    written?;
    shown?;
    if args.resume.is_none() && !report.damage.is_none() {
        return Err(Failure::internal("what was just recorded cannot all be read again: a fault of loopswap")
            .help(format!("what can be read is above; please report it, with {}", quoted_path(&folder))));
    }
    // A target that failed comes first: what it would have measured may be what a claim is about.
    let refuted = report.claims.iter().any(|claim| claim.verdict == ClaimVerdict::False);
    Ok(match halted {
        Ok(true) => Exit::TargetFailed as u8,
        _ if refuted => Exit::Regression as u8,
        _ => 0,
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
    let budget = humantime::format_duration(Duration::from_millis(header.plan.budget_ms));
    let mut rows = Rows::open(&header, &format!("about {budget}"), args.quiet);
    let halted =
        Run::begin(header, &stock.commands, requests(), source, journal, stop, &mut rows).and_then(Run::finish);
    match halted {
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
    let now = build::build();
    let then = &record.header.environment;
    if then.lockfile_crc32 != now.lockfile_crc32 || then.git_commit != now.git_commit || then.profile != now.profile {
        return Err(Failure::usage(format!("{}: made by another build of loopswap", quoted_path(&path)))
            .help("what two builds measured does not belong into one record: start a new run"));
    }
    known_rows(&record.header.plan)?;
    let mut stock = crate::suites::Stock::take()?;
    stock.join(&record.header.plan.runners);
    let source = args.choice.peers(&stock.program)?;
    let whole = record.whole_bytes as u64;
    let journal =
        Journal::resume(&path, whole).map_err(|error| Failure::usage(format!("{}: {error}", quoted_path(&path))))?;
    let mut rows = Rows::open(&record.header, "resumed", args.quiet);
    let halted =
        Run::resume(&record, &stock.commands, requests(), source, journal, stop, &mut rows).and_then(Run::finish);
    Ok(Ended { folder: folder.to_owned(), rows, halted })
}

/// What the peers count for one operation, by workload.
pub(crate) fn requests() -> BTreeMap<String, Requests> {
    registry::workloads().into_iter().map(|info| (info.name.to_owned(), info.requests)).collect()
}

/// The first signal asks the run to end in order, the second ends it at once.
pub(crate) fn listen_for_signals() -> Result<Arc<AtomicBool>, Failure> {
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
    let stop = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM, SIGHUP] {
        signal_hook::flag::register_conditional_shutdown(signal, Exit::Interrupted as i32, Arc::clone(&stop))
            .and_then(|_| signal_hook::flag::register(signal, Arc::clone(&stop)))
            .map_err(|error| Failure::internal(format!("listening for signal {signal}: {error}")))?;
    }
    Ok(stop)
}
