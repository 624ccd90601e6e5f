//! `loopswap list`: what there is, and what can run here.

use super::Done;
use crate::console;
use crate::suites::{SUITES, Stock};
use loopswap_conductor::{Failure, hello_all};
use loopswap_protocol::{Hello, Topology};
use std::fmt::Write as _;
use std::sync::atomic::AtomicBool;

/// Arguments of `loopswap list`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Print names, versions and availability as JSON
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(args: &Args) -> Done {
    let stock = Stock::take()?;
    let hellos = hello_all(&stock.commands, &AtomicBool::new(false))?;
    let text = if args.json { json(&stock, &hellos)? } else { describe(&stock, &hellos) };
    console::print(&text);
    Ok(0)
}

fn describe(stock: &Stock, hellos: &[Hello]) -> String {
    let mut text = String::from("runtimes\n");
    for Hello { runtime, unavailable, .. } in hellos {
        let kind = topology(runtime.topology);
        let version = format!("{} {}", runtime.package, runtime.version);
        let _ = writeln!(text, "  {:<22}{version:<26}{:<10}{kind}", runtime.name, runtime.driver);
        if let Some(discontinued) = &runtime.discontinued {
            let _ = writeln!(text, "    discontinued: {discontinued}");
        }
        for (ability, why) in &runtime.unsupported {
            let _ = writeln!(text, "    unsupported: {ability}: {why}");
        }
        if let Some(unavailable) = unavailable {
            let _ = writeln!(text, "    skipped: {}\n    {}", unavailable.reason, unavailable.remedy);
        }
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
    for (name, suite) in SUITES {
        let about = suite.lines().find_map(|line| line.strip_prefix("about = ")).unwrap_or("");
        let _ = writeln!(text, "  {name:<22}{}", about.trim_matches('"'));
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

fn json(stock: &Stock, hellos: &[Hello]) -> Result<String, Failure> {
    let runtimes: Vec<_> = hellos
        .iter()
        .map(|hello| serde_json::json!({ "runtime": hello.runtime, "unavailable": hello.unavailable }))
        .collect();
    let cases: Vec<_> = stock
        .cases
        .iter()
        .map(|case| serde_json::json!({ "case": case.name, "params": case.params, "why": case.why }))
        .collect();
    let workloads: Vec<_> = stock.workloads.iter().map(|info| info.name).collect();
    let suites: Vec<_> = SUITES.iter().map(|(name, _)| *name).collect();
    let all = serde_json::json!({ "runtimes": runtimes, "workloads": workloads, "cases": cases, "suites": suites });
    Ok(serde_json::to_string_pretty(&all).map_err(|error| Failure::internal(error.to_string()))? + "\n")
}
