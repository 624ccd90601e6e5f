//! Fuzzes for a given time, and writes down what it finds; see `scripts/fuzz`.

use clap::Parser;
use loopswap_fuzz::{Target, fuzz, targets};
use nix::sys::resource::{Resource, UsageWho, getrusage, setrlimit};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

/// No input gets more memory than this: the process ends instead.
const MEMORY: u64 = 3 << 30;

/// Feeds damaged input to everything that reads what others wrote.
#[derive(Debug, Parser)]
struct Args {
    /// Only targets whose name contains this
    #[arg(default_value = "")]
    target: String,
    /// Seconds for each target
    #[arg(long, default_value_t = 60)]
    seconds: u64,
    /// Inputs of each target at most
    #[arg(long, default_value_t = u64::MAX)]
    executions: u64,
    /// Seed of the inputs
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Number of the first input
    #[arg(long, default_value_t = 0)]
    first: u64,
    /// Where inputs that show a fault are written
    #[arg(long, default_value = "harness/fuzz/corpus")]
    corpus: PathBuf,
}

fn main() -> ExitCode {
    let args = Args::parse();
    if let Err(error) = setrlimit(Resource::RLIMIT_AS, MEMORY, MEMORY) {
        eprintln!("memory cannot be limited: {error}");
    }
    let mut faults = 0;
    for target in targets::ALL.iter().filter(|target| target.name.contains(&args.target)) {
        println!("{:<13} begins: seed {}, first {}", target.name, args.seed, args.first);
        faults += one(&args, target);
    }
    if faults == 0 { ExitCode::SUCCESS } else { ExitCode::from(3) }
}

/// Fuzzes one target and reports the outcome; returns how many faults it has.
fn one(args: &Args, target: &Target) -> usize {
    let outcome = fuzz(target, args.seed, args.first, args.executions, Some(Duration::from_secs(args.seconds)));
    let peak_mib = getrusage(UsageWho::RUSAGE_SELF).map_or(0, |usage| usage.max_rss() / 1024);
    println!(
        "{:<13} {:>12} executions, {} faults, slowest {:?}, peak memory so far {peak_mib} MiB",
        target.name,
        outcome.executions,
        outcome.found.len(),
        outcome.slowest
    );
    for (index, found) in outcome.found.iter().enumerate() {
        let folder = args.corpus.join(target.name);
        let path = folder.join(format!("seed-{}-{}-{index}", args.seed, args.first));
        println!("  {} times: {}", found.times, found.what);
        match std::fs::create_dir_all(&folder).and_then(|()| std::fs::write(&path, &found.input)) {
            Ok(()) => println!("  {}", shown(&path)),
            Err(error) => println!("  {}: {error}", shown(&path)),
        }
    }
    outcome.found.len()
}

fn shown(path: &Path) -> String {
    loopswap_protocol::quoted_path(path)
}
