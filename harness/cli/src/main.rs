//! loopswap: write a workload once, swap the event loop under it, and see honestly what the swap buys.
//!
//! This crate is the composition root: the only place where runtimes, workloads, conductor and views
//! meet. Each verb of the command line is one file in `cmd`.

mod acknowledged;
mod begin;
mod build;
mod builds;
mod cmd;
mod console;
mod files;
mod registry;
mod suites;
mod usage;

use clap::{Parser, Subcommand};
use loopswap_conductor::Failure;
use std::process::ExitCode;

/// The system's allocator, which counts in counting slices and costs a flag's reading in all others.
#[global_allocator]
static ALLOCATOR: loopswap_allocations::Counting = loopswap_allocations::Counting;

/// Write a workload once, swap the event loop under it, and see honestly what the swap buys.
///
/// Without a command it runs the suite `quick`.
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
    /// What there is: runtimes, workloads, parameters, cases, and what can run here
    List(cmd::list::Args),
    /// What a suite would measure, and how long it would take
    Plan(cmd::plan::Args),
    /// The table again, from a record, a report, or the folder of a run
    Report(cmd::report::Args),
    /// Why a row came to its verdicts: from every generation's value to the word
    Explain(cmd::explain::Args),
    /// Two stored reports, row by row: what changed, and how small a change they could have shown
    Compare(cmd::compare::Args),
    /// Pass or fail: judges a comparison, or two reports, and tells it by its exit code
    Gate(cmd::gate::Args),
    /// Accept a change that a comparison shows, until a day and for a reason
    Acknowledge(cmd::acknowledge::Args),
    /// The JSON Schema of report.json, or of comparison.json
    Schema(cmd::schema::Args),
    /// The lines that a runner gets for a case, to be piped into any runner by hand
    Spec(cmd::spec::Args),
    /// Two builds of loopswap, interleaved slice by slice: which rows changed
    Race(Box<cmd::race::Args>),
    /// Races whose truth is known: whether the verdicts can be believed on this host
    Selftest(cmd::selftest::Args),
    /// The machine and the build as JSON, as they stand in a report
    Environment,
    /// Whether this machine is fit to measure on, with a remedy for each finding
    Doctor(cmd::doctor::Args),
    /// Be the runner of one runtime: speaks the runner protocol on standard input and output
    Runner(cmd::runner::Args),
    /// Be a peer: serve on a loopback port until standard input closes
    Peer(cmd::peer::Args),
    /// Run a program that ends when its parent does
    #[command(hide = true)]
    Leash(cmd::leash::Args),
}

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version are no errors; everything else is bad usage, which is 64 here.
            let code = if error.use_stderr() { 64 } else { 0 };
            let _ = usage::shown::<Cli>(error).print();
            return ExitCode::from(code);
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
        Err(failure) => {
            console::error(&failure);
            ExitCode::from(Failure::exit_code(&failure))
        }
    }
}
