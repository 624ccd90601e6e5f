//! loopswap: write a workload once, swap the event loop under it, and see honestly what the swap buys.
//!
//! This library is the command line: every verb, over the runtimes, workloads and suites of a [`Program`], which its
//! [`main`] is given. The program `loopswap` beside it has all that are in this repository; `harness/tax` makes two
//! with others. Each verb is one file in `cmd`.

mod acknowledged;
mod begin;
mod build;
mod builds;
mod choice;
mod cmd;
mod console;
mod files;
mod guests;
mod input;
mod parent;
mod program;
mod rows;
mod session;
mod stock;
mod terms;
mod usage;

pub use program::{Builtin, Program};

use clap::{Parser, Subcommand};
use loopswap_conductor::Failure;
use std::process::ExitCode;
use std::sync::Arc;

/// The system's allocator, which counts in counting slices and costs one look at a flag in all others.
#[global_allocator]
static ALLOCATOR: loopswap_allocations::Counting = loopswap_allocations::Counting;

/// Write a workload once, swap the event loop under it, and see honestly what the swap buys.
///
/// Without a command it measures the default suite.
#[derive(Debug, Parser)]
#[command(
    version,
    args_conflicts_with_subcommands = true,
    after_help = "Exit codes: 0 fine; 3 a regression, or a claim that does not hold; 4 nothing matched the filter; 5 inconclusive; 6 a target failed; \
                  7 no baseline, or one that cannot be compared with; 64 usage; 70 internal; 130 interrupted (what was \
                  measured is kept)."
)]
struct Cli {
    #[command(subcommand)]
    verb: Option<Verb>,
    #[command(flatten)]
    run: cmd::run::Args,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Measure a suite, write record and report, print the table
    Run(Box<cmd::run::Args>),
    /// List runtimes, workloads, parameters and cases, and what can run here
    List(cmd::list::Args),
    /// Show what a suite would measure, and how long it would take
    Plan(cmd::plan::Args),
    /// Print the table again, from a record, a report, or the folder of a run
    Report(cmd::report::Args),
    /// Explain how a row came to its verdicts, from the value of every generation on
    Explain(cmd::explain::Args),
    /// Compare two stored reports row by row: what changed, and how small a change they could have shown
    Compare(cmd::compare::Args),
    /// Judge a comparison, or two reports: the exit code says whether they pass
    Gate(cmd::gate::Args),
    /// Accept a change that a comparison shows, for a reason and until a given day
    Acknowledge(cmd::acknowledge::Args),
    /// Print the JSON Schema of report.json, or of comparison.json
    Schema(cmd::schema::Args),
    /// Print the commands that a runner gets for a case, to pipe them into any runner by hand
    Spec(cmd::spec::Args),
    /// Verify that a program keeps to the runner protocol, and name the sentence that it does not keep
    VerifyRunner(cmd::verify_runner::Args),
    /// Race two builds of loopswap, interleaved slice by slice: which rows changed
    Race(Box<cmd::race::Args>),
    /// Race builds whose difference is known: can the verdicts be believed on this host?
    Selftest(cmd::selftest::Args),
    /// Print the machine and the build as JSON, as in a report
    Environment,
    /// Check whether this machine is fit to measure on, with a remedy for each finding
    Doctor(cmd::doctor::Args),
    /// Be the runner of one runtime: speak the runner protocol on standard input and output
    Runner(cmd::runner::Args),
    /// Be a peer: serve on a loopback port until standard input closes
    Peer(cmd::peer::Args),
    /// Run a program that ends when its parent does
    #[command(hide = true)]
    Leash(cmd::leash::Args),
}

/// Does what the arguments of this process ask of a program; returns its exit code.
#[must_use]
pub fn main(program: Program) -> ExitCode {
    program::set(program);
    // A file beyond `ulimit -f` is an error of the write, like a full disk; the signal would end us wordlessly.
    // Without it the write fails in the same way, only sooner.
    let _ = signal_hook::flag::register(signal_hook::consts::SIGXFSZ, Arc::default());
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version are not errors; everything else is bad usage, which is 64 here.
            let code = if error.use_stderr() { 64 } else { 0 };
            let printed = usage::shown::<Cli>(error).print();
            return match console::written(printed) {
                Err(failure) if code == 0 => ended(&failure),
                _ => ExitCode::from(code),
            };
        }
    };
    let done = match cli.verb {
        None => cmd::run::run(&cli.run),
        Some(Verb::Run(args)) => cmd::run::run(&args),
        Some(Verb::List(args)) => cmd::list::run(&args),
        Some(Verb::Plan(args)) => cmd::plan::run(&args),
        Some(Verb::Report(args)) => cmd::report::run(&args),
        Some(Verb::Explain(args)) => cmd::explain::run(&args),
        Some(Verb::Compare(args)) => cmd::compare::run(&args),
        Some(Verb::Gate(args)) => cmd::gate::run(&args),
        Some(Verb::Acknowledge(args)) => cmd::acknowledge::run(&args),
        Some(Verb::Schema(args)) => cmd::schema::run(&args),
        Some(Verb::Spec(args)) => cmd::spec::run(&args),
        Some(Verb::VerifyRunner(args)) => cmd::verify_runner::run(&args),
        Some(Verb::Race(args)) => cmd::race::run(&args),
        Some(Verb::Selftest(args)) => cmd::selftest::run(&args),
        Some(Verb::Environment) => cmd::environment::run(),
        Some(Verb::Doctor(args)) => cmd::doctor::run(&args),
        Some(Verb::Runner(args)) => cmd::runner::run(&args),
        Some(Verb::Peer(args)) => cmd::peer::run(&args),
        Some(Verb::Leash(args)) => cmd::leash::run(&args),
    };
    match done {
        Ok(code) => ExitCode::from(code),
        Err(failure) => ended(&failure),
    }
}

/// Tells what went wrong; returns the exit code.
fn ended(failure: &Failure) -> ExitCode {
    console::error(failure);
    ExitCode::from(failure.exit_code())
}
