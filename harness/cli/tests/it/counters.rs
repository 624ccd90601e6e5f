//! System calls, allocations, polls and wake-ups per operation, from the runner to the report.

use crate::tools::{Bench, arm, code, installed, row, run, stderr, stdout};
use serde_json::Value;

/// Nine generations count three times.
fn suite(runtimes: &str, case: &str) -> Bench {
    Bench::suite(&format!(
        "about = \"counters\"\nreference = \"tokio\"\nruntimes = [{runtimes}]\ngenerations = 9\nslice = \"2ms\"\n\
         budget = \"4s\"\n[[case]]\n{case}\n",
    ))
}

fn counter(arm: &Value, name: &str) -> Option<(f64, f64)> {
    let counter = arm["counters_per_op"].get(name)?;
    Some((counter["value"].as_f64().expect("a number"), counter["scatter"].as_f64().expect("a number")))
}

/// System calls and their scatter; `None`, with a message, if the kernel does not let us count.
fn syscalls(arm: &Value) -> Option<(f64, f64)> {
    let found = counter(arm, "syscalls");
    if found.is_none() {
        let why = arm["counters_unavailable"]["syscalls"].as_str().expect("a counter is there, or a reason is");
        assert!(!why.is_empty());
        eprintln!("skipped: system calls: {why}");
    }
    found
}

#[test]
fn a_conversation_over_one_connection_takes_the_same_calls_every_time() {
    // The embedded server answers the same way everywhere.
    let bench = suite("\"tokio\", \"smol\"", "case = \"redis/conns=1\"");
    let output = bench.command().arg("--counters").env("PATH", "").output().expect("it starts");
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let report = bench.report();
    let row = row(&report, "redis/conns=1");
    for runtime in ["tokio", "smol"] {
        let arm = arm(row, runtime);
        // Two requests an operation: each is written, waited for and read.
        if let Some((calls, scatter)) = syscalls(arm) {
            assert!((4.0..100.0).contains(&calls), "{runtime}: {calls} system calls");
            // A slow machine has few operations in a slice, and one spurious wake-up then weighs much.
            assert!(scatter <= calls * 0.5 + 2.0, "{runtime}: {calls} ± {scatter}");
        }
        let (allocations, scatter) = counter(arm, "allocations").expect("the allocator counts");
        assert!(allocations >= 1.0 && scatter <= allocations * 0.1, "{runtime}: {allocations} ± {scatter}");
        let (bytes, _) = counter(arm, "allocated_bytes").expect("the allocator counts");
        assert!(bytes >= allocations, "{runtime}: {bytes} bytes");
        let (polls, _) = counter(arm, "polls").expect("tasks are watched");
        let (wakeups, _) = counter(arm, "wakeups").expect("tasks are watched");
        assert!((1.0..10.0).contains(&polls) && (1.0..10.0).contains(&wakeups), "{runtime}: {polls}, {wakeups}");
    }
    // The control is the reference again, counted over as many operations.
    let control = row["arms"].as_array().expect("arms").iter().find(|arm| arm["role"] == "control").expect("a control");
    if let (Some((calls, scatter)), Some((again, spread))) = (syscalls(arm(row, "tokio")), syscalls(control)) {
        assert!((calls - again).abs() <= scatter + spread + 0.5, "{calls} ± {scatter} and {again} ± {spread}");
    }
}

#[test]
fn a_computation_that_never_waits_makes_no_system_calls() {
    let bench = suite("\"tokio\", \"null\"", "case = \"cpu/one-go\"");
    let output = bench.command().arg("--counters").output().expect("it starts");
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let report = bench.report();
    let row = row(&report, "cpu/one-go");
    for runtime in ["tokio", "null"] {
        if let Some((calls, _)) = syscalls(arm(row, runtime)) {
            assert_eq!(calls, 0.0, "{runtime}: the harness's own calls are not counted");
        }
    }
    let (polls, _) = counter(arm(row, "null"), "polls").expect("tasks are watched");
    assert!(polls >= 1.0, "a task that never waits is polled once: {polls}");
}

#[test]
fn counters_that_a_runner_tells_come_out_as_told() {
    let bench = Bench::mocks(&[("base", "--syscalls-per-op 4"), ("head", "--syscalls-per-op 5"), ("mute", "")], 1, "");
    let output = bench.command().arg("--counters").output().expect("it starts");
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let report = bench.report();
    let row = row(&report, "cpu/case0");
    assert_eq!(counter(arm(row, "base"), "syscalls"), Some((4.0, 0.0)));
    assert_eq!(counter(arm(row, "head"), "syscalls"), Some((5.0, 0.0)), "one call more is seen");
    let mute = arm(row, "mute");
    let told: Vec<&String> = mute["counters_per_op"].as_object().into_iter().flat_map(|told| told.keys()).collect();
    assert!(told.iter().all(|name| *name == "syscalls"), "a runner that names no counter is asked for none: {told:?}");
    match counter(mute, "syscalls") {
        Some(found) => {
            // A call or two that the kernel begins again belong to no operation.
            assert!(found.0 < 0.05, "the mock sleeps no operation: what is the same in all slices is not counted")
        }
        None => assert!(mute["counters_unavailable"]["syscalls"].is_string(), "{mute}"),
    }

    let table = stdout(&run(&["report", &bench.path("out"), "--counters"]));
    assert!(table.contains("cpu/case0 · per") && table.contains("syscalls"), "{table}");
    assert!(table.lines().all(|line| line.chars().count() <= 100), "{table}");
    let record = std::fs::read_to_string(bench.record()).expect("a record");
    assert!(record.contains("\"tally\":{\"ops\":"), "the record holds the totals");
}

#[test]
fn a_counter_that_is_not_to_be_had_is_no_error_and_has_its_reason() {
    let suite = "about = \"one\"\nreference = \"tokio\"\nruntimes = [\"tokio\"]\ngenerations = 1\nslice = \"2ms\"\n\
                 budget = \"1s\"\n[[case]]\ncase = \"cpu/one-go\"\n";
    let bench = Bench::suite(suite);
    if !installed("setpriv") {
        return;
    }
    // Without these two rights the kernel lets no process count unless all may.
    let without = "-perfmon,-sys_admin";
    let mut command = bench.command();
    command.arg("--counters");
    let mut limited = std::process::Command::new("setpriv");
    limited.args(["--bounding-set", without, "--inh-caps", without, "--"]);
    limited.arg(command.get_program()).args(command.get_args()).env("LOOPSWAP_WITHOUT", "ptrace");
    let output = limited.output().expect("it starts");
    if stderr(&output).starts_with("setpriv:") {
        eprintln!("skipped: {}", stderr(&output));
        return;
    }
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let report = bench.report();
    let tokio = arm(row(&report, "cpu/one-go"), "tokio");
    let names = ["syscalls", "allocations", "allocated_bytes", "polls", "wakeups"];
    for name in names {
        let counted = tokio["counters_per_op"].get(name).is_some();
        let reason = tokio["counters_unavailable"].get(name).is_some();
        assert!(counted != reason, "{name} has a figure or a reason: {tokio}");
    }
    let paranoid = std::fs::read_to_string("/proc/sys/kernel/perf_event_paranoid").unwrap_or_default();
    if paranoid.trim().parse().is_ok_and(|level: i32| level >= 2) {
        let why = tokio["counters_unavailable"]["syscalls"].as_str().expect("a reason");
        assert!(why.contains("CAP_PERFMON") || why.contains("tracefs"), "a reason with its remedy: {why}");
        let table = stdout(&run(&["report", &bench.path("out"), "--counters"]));
        assert!(table.contains("not counted: syscalls of tokio"), "{table}");
    }
}
