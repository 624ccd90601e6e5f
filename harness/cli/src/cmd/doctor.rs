//! `loopswap doctor`: whether this machine is fit to measure on.

mod cpus;

use super::Done;
use crate::stock::OfSuite;
use crate::{build, console, guests};
use loopswap_conductor::{Greeting, Installed, allowed, environment, hello_all, tracing_available, which};
use loopswap_counters::syscalls_available;
use loopswap_protocol::quoted_path;
use loopswap_report::record::{Environment, NoHello};
use std::sync::atomic::AtomicBool;

/// One thing that was looked at: what was found, and the remedy if something is wrong.
struct Finding {
    what: &'static str,
    found: String,
    remedy: Option<String>,
}

impl Finding {
    fn new(what: &'static str, found: impl Into<String>, remedy: Option<&str>) -> Finding {
        Finding { what, found: found.into(), remedy: remedy.map(str::to_owned) }
    }
}

/// Arguments of `loopswap doctor`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    of: OfSuite,
}

pub(crate) fn run(args: &Args) -> Done {
    let environment = environment(build::build());
    let mut findings = machine(&environment);
    findings.extend(cpus::findings(&environment));
    findings.extend(servers());
    findings.push(system_calls());
    let mut missing = Vec::new();
    for greeting in hello_all(&args.of.stock()?.commands, &AtomicBool::new(false))? {
        if greeting.said.is_err() && guests::not_prepared(&greeting.name).is_some() {
            missing.push(greeting.name);
        } else {
            findings.push(runtime(&greeting));
        }
    }
    if !missing.is_empty() {
        // Nothing is wrong: nobody has asked for them.
        let found = format!("not prepared: {}; run scripts/guests NAME for each that you want", missing.join(", "));
        findings.push(Finding::new("guests", found, None));
    }
    for Finding { what, found, remedy } in &findings {
        let mark = if remedy.is_none() { "fine" } else { "look" };
        console::print(&format!("{mark}  {what:<14}{found}\n"))?;
        if let Some(remedy) = remedy {
            console::print(&format!("      → {remedy}\n"))?;
        }
    }
    Ok(0)
}

/// Whether a runtime can run here, or what its runner did instead of saying hello.
fn runtime(greeting: &Greeting) -> Finding {
    let (found, remedy) = match (greeting.unavailable(), greeting.failed()) {
        (Some(unavailable), _) => (unavailable.reason.clone(), Some(unavailable.remedy.clone())),
        (None, Some(NoHello { message, stderr, .. })) => {
            let why = if stderr.is_empty() { "its runner said nothing more" } else { stderr };
            (format!("failed: {message}"), Some(why.replace('\n', "\n        ")))
        }
        (None, None) => ("can run here".into(), None),
    };
    let guest = greeting.runtime().and_then(|runtime| {
        Some(format!(": {} {}, {}", runtime.package, runtime.version, guests::written_in(runtime)?))
    });
    Finding { what: "runtime", found: format!("{} {found}{}", greeting.name, guest.unwrap_or_default()), remedy }
}

fn machine(environment: &Environment) -> Vec<Finding> {
    let cpus = environment.cpus_allowed.len();
    let allowed = format!("{cpus} of {} may be used ({})", environment.cpus_online, environment.cpu_model);
    let one = "with one CPU the runner and its peer share it: read CPU per operation";
    let governor = environment.governor.clone().unwrap_or_else(|| "none (usual in a virtual machine)".into());
    let slow = "set it: `cpupower frequency-set -g performance`";
    let busy = environment.load_1m > 0.5 * cpus as f64;
    let memlock = limit(environment.memlock_bytes, 1024, " KiB");
    let little = environment.memlock_bytes.is_some_and(|bytes| bytes < 512 * 1024);
    let few = environment.nofile.is_some_and(|files| files < 4096);
    let io_uring = std::fs::read_to_string("/proc/sys/kernel/io_uring_disabled").unwrap_or_else(|_| "absent".into());
    let io_uring = io_uring.trim();
    vec![
        Finding::new("cpus", allowed, (cpus < 2).then_some(one)),
        pinning(environment),
        Finding::new("governor", &*governor, (governor == "powersave").then_some(slow)),
        Finding::new(
            "load",
            format!("{:.2} over the last minute", environment.load_1m),
            busy.then_some("something else is running: end it, or expect wide intervals"),
        ),
        Finding::new("kernel", environment.kernel.clone(), None),
        Finding::new(
            "io_uring",
            format!("kernel.io_uring_disabled is {io_uring}"),
            (io_uring != "0").then_some("enable it: `sysctl kernel.io_uring_disabled=0` (Linux 5.11 or later)"),
        ),
        Finding::new("memlock", memlock, little.then_some("raise it: `ulimit -l 8192`, or LimitMEMLOCK= in the unit")),
        Finding::new(
            "nofile",
            limit(environment.nofile, 1, " files"),
            few.then_some("raise it: `ulimit -n 20000`, for cases with many connections"),
        ),
        Finding::new(
            "build",
            environment.profile.clone(),
            (!environment.profile.starts_with("release")).then_some("measure with `cargo run --release`"),
        ),
    ]
}

fn pinning(environment: &Environment) -> Finding {
    let remedy = "everything runs wherever the kernel puts it (placement `free`); allow sched_setaffinity and \
                  sched_getaffinity in the seccomp profile of the container";
    match &environment.unpinned {
        None => Finding::new("pinning", "processes can be pinned to CPUs", None),
        Some(why) => Finding::new("pinning", format!("nothing can be pinned to CPUs: {why}"), Some(remedy)),
    }
}

/// How the system calls of a runner can be counted here.
fn system_calls() -> Finding {
    // The mock waits for its case and does nothing.
    let mock = std::env::current_exe().map(|program| {
        let program = program.to_string_lossy().into_owned();
        tracing_available(&[program, "runner".into(), "mock".into()], &allowed())
    });
    let traced = mock.unwrap_or_else(|error| Err(format!("the path of this program: {error}")));
    let what = "counters";
    match (syscalls_available(), traced) {
        (Ok(()), Ok(())) => {
            let found = "system calls are counted by the kernel's tracepoint, those of a foreign runner by ptrace(2)";
            Finding::new(what, found, None)
        }
        (Ok(()), Err(why)) => {
            let found = "system calls are counted by the kernel's tracepoint, those of a foreign runner cannot be";
            Finding::new(what, found, Some(&why))
        }
        (Err(why), Ok(())) => {
            let found = "system calls are counted by ptrace(2), not to be compared with those of a tracepoint";
            Finding::new(what, found, Some(&why))
        }
        (Err(why), Err(nor)) => {
            Finding::new(what, "system calls cannot be counted", Some(&format!("{why}; or for ptrace(2): {nor}")))
        }
    }
}

fn limit(limit: Option<u64>, unit: u64, name: &str) -> String {
    limit.map_or_else(|| "unlimited".into(), |limit| format!("{}{name}", limit / unit))
}

fn servers() -> Vec<Finding> {
    let found = which("redis-server");
    let text = if found { "redis-server is installed" } else { "redis-server is not installed" };
    let remedy = "the embedded RESP server is used instead; install the package redis-server for the real one";
    vec![Finding::new("redis", text, (!found).then_some(remedy)), mysql()]
}

fn mysql() -> Finding {
    match Installed::find() {
        Ok(installed) => Finding::new("mysql", format!("{} is installed", quoted_path(installed.server())), None),
        Err(missing) => {
            let remedy = "the embedded MySQL server is used instead; install the packages mariadb-server-core and \
                          mariadb-client-core for a real one";
            Finding::new("mysql", missing, Some(remedy))
        }
    }
}
