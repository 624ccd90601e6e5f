//! `loopswap list`: runtimes, workloads and suites, and what can run here.

use super::Done;
use crate::stock::{OfSuite, Stock};
use crate::{console, guests, program};
use loopswap_conductor::{Failure, Greeting, hello_all};
use loopswap_protocol::Topology;
use loopswap_report::record::NoHello;
use std::fmt::Write as _;
use std::sync::atomic::AtomicBool;

/// Arguments of `loopswap list`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Print names, versions and availability as JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    of: OfSuite,
}

pub(crate) fn run(args: &Args) -> Done {
    let stock = args.of.stock()?;
    let greetings = hello_all(&stock.commands, &AtomicBool::new(false))?;
    let text = if args.json { json(&stock, &greetings)? } else { describe(&stock, &greetings) };
    console::print(&text)?;
    Ok(0)
}

fn describe(stock: &Stock, greetings: &[Greeting]) -> String {
    let mut text = String::from("runtimes\n");
    let (guests, runtimes): (Vec<_>, Vec<_>) = greetings.iter().partition(|greeting| is_guest(greeting));
    runtimes.into_iter().for_each(|greeting| text += &runtime(greeting));
    text.push_str("\nguests: runtimes in other languages\n");
    for greeting in guests {
        text += &guest(greeting);
    }
    text.push_str("\nworkloads\n");
    for workload in &stock.workloads {
        let _ = writeln!(text, "  {:<22}{}", workload.name, workload.about);
        for param in workload.params {
            let _ = writeln!(text, "    {:<20}{}: {}", param.name, param.about, param.kind);
        }
        for case in stock.cases.iter().filter(|case| case.workload.name == workload.name) {
            let _ = writeln!(text, "    case {}\n      {}", case.name, case.why);
        }
    }
    text.push_str("\nsuites\n");
    for (name, suite) in program::suites() {
        let about = suite.lines().find_map(|line| line.strip_prefix("about = ")).unwrap_or("");
        let _ = writeln!(text, "  {name:<22}{}", about.trim_matches('"'));
    }
    text
}

/// Whether it is of a guest that `scripts/guests` knows.
fn is_guest(greeting: &Greeting) -> bool {
    guests::is_guest(&greeting.name)
}

/// What a guest is, and its variants; one line if it is not prepared.
fn guest(greeting: &Greeting) -> String {
    if let (Err(_), Some(missing)) = (&greeting.said, guests::not_prepared(&greeting.name)) {
        return format!("  {:<22}skipped: {}; {}\n", greeting.name, missing.reason, missing.remedy);
    }
    let mut text = runtime(greeting);
    let of_it = guests::variants().filter(|(name, _)| guests::variant_of(name) == Some(&greeting.name));
    let variants: Vec<String> = of_it.map(|(name, workload)| format!("{name} ({workload})")).collect();
    if !variants.is_empty() {
        let _ = writeln!(text, "    variants: {}", variants.join(", "));
    }
    text
}

/// What a runtime is, and whether it can run here.
fn runtime(greeting: &Greeting) -> String {
    let mut text = match greeting.runtime() {
        None => format!("  {}\n", greeting.name),
        Some(runtime) => {
            let kind = topology(runtime.topology);
            let version = format!("{} {}", runtime.package, runtime.version);
            let language = guests::written_in(runtime).map_or_else(String::new, |told| format!(", {told}"));
            format!("  {:<22}{version:<26}{:<10}{kind}{}\n", runtime.name, runtime.driver, language)
        }
    };
    if let Some(runtime) = greeting.runtime() {
        if let Some(discontinued) = &runtime.discontinued {
            let _ = writeln!(text, "    discontinued: {discontinued}");
        }
        for (ability, why) in &runtime.unsupported {
            let _ = writeln!(text, "    unsupported: {ability}: {why}");
        }
    }
    if let Some(unavailable) = greeting.unavailable() {
        let _ = writeln!(text, "    skipped: {}\n    {}", unavailable.reason, unavailable.remedy);
    }
    if let Some(NoHello { message, stderr, .. }) = greeting.failed() {
        let _ = writeln!(text, "    failed: {message}");
        stderr.lines().for_each(|line| text += &format!("      {line}\n"));
    }
    text
}

fn topology(topology: Topology) -> &'static str {
    match topology {
        Topology::SingleThread => "single thread",
        Topology::WorkStealing => "work stealing",
        Topology::ThreadPerCore => "thread per core",
        Topology::ThreadPerTask => "thread per task",
    }
}

fn json(stock: &Stock, greetings: &[Greeting]) -> Result<String, Failure> {
    let told = |greeting: &Greeting| {
        // Of one that has not said what it is its name is known.
        let name = serde_json::json!({ "name": greeting.name });
        let runtime = greeting.runtime().map_or(name, |runtime| serde_json::json!(runtime));
        serde_json::json!({
            "runtime": runtime,
            "unavailable": greeting.unavailable(),
            "failed": greeting.failed(),
        })
    };
    let (guests, runtimes): (Vec<_>, Vec<_>) = greetings.iter().partition(|greeting| is_guest(greeting));
    let runtimes: Vec<_> = runtimes.into_iter().map(told).collect();
    let guests: Vec<_> = guests.into_iter().map(told).collect();
    let cases: Vec<_> = stock
        .cases
        .iter()
        .map(|case| serde_json::json!({ "case": case.name, "params": case.params, "why": case.why }))
        .collect();
    let workloads: Vec<_> = stock.workloads.iter().map(|info| info.name).collect();
    let suites: Vec<_> = program::suites().iter().map(|(name, _)| *name).collect();
    let all = serde_json::json!({
        "runtimes": runtimes, "guests": guests, "workloads": workloads, "cases": cases, "suites": suites,
    });
    super::json(&all)
}
