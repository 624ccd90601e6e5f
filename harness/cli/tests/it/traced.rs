//! System calls counted from outside, by ptrace(2): if the kernel lets no process count its own, and for
//! runners that cannot.

use crate::tools::{Bench, arm, code, processes, read_json, row, run, signal, stderr, stdout, wait_for};
use nix::sys::signal::Signal;
use serde_json::Value;
use std::path::Path;
use std::process::Child;

/// How a runtime's system calls were counted, their value and scatter. `None`, with a message, if they could
/// not be counted.
fn counted(arm: &Value) -> Option<(String, f64, f64)> {
    let Some(counter) = arm["counters_per_op"].get("syscalls") else {
        let why = arm["counters_unavailable"]["syscalls"].as_str().expect("a counter is there, or a reason is");
        assert!(!why.is_empty());
        eprintln!("skipped: {why}");
        return None;
    };
    let number = |name: &str| counter[name].as_f64().expect("a number");
    let method = counter["method"].as_str().expect("a way of counting").to_owned();
    Some((method, number("value"), number("scatter")))
}

/// Every runtime twice in one row, so that all count over the same number of operations: as it is, and as on
/// a machine whose kernel lets no process count.
fn both_ways(runtimes: &[&str], case: &str) -> Bench {
    let names: Vec<String> = runtimes.iter().map(|name| format!("\"{name}\", \"{name}-traced\"")).collect();
    let mut suite = format!(
        "about = \"two ways\"\nreference = \"{}\"\nruntimes = [{}]\ngenerations = 9\nslice = \"2ms\"\nbudget = \"4s\"\n",
        runtimes[0],
        names.join(", ")
    );
    for name in runtimes {
        suite += &format!(
            "[[runner]]\nname = \"{name}-traced\"\ncommand = [\"/usr/bin/env\", \"LOOPSWAP_WITHOUT=tracepoint\", \
             \"{{loopswap}}\", \"runner\", \"{name}\"]\n"
        );
    }
    let bench = Bench::suite(&format!("{suite}[[case]]\ncase = \"{case}\"\n"));
    // The embedded server answers the same way everywhere.
    let output = bench.command().arg("--counters").env("PATH", "").output().expect("it starts");
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    bench
}

/// The figures of one runtime by both ways, if both are available.
fn pair(bench: &Bench, case: &str, runtime: &str) -> Option<[(f64, f64); 2]> {
    let report = bench.report();
    let row = row(&report, case);
    let (way, own, own_scatter) = counted(arm(row, runtime))?;
    let (other, traced, scatter) = counted(arm(row, &format!("{runtime}-traced")))?;
    assert_eq!(other, "ptrace", "a runner of loopswap's marks its slices");
    if way != "tracepoint" {
        eprintln!("skipped: the tracepoint is not available here");
        return None;
    }
    Some([(own, own_scatter), (traced, scatter)])
}

#[test]
fn a_conversation_over_one_connection_takes_as_many_calls_by_either_way() {
    let case = "redis/conns=1";
    let bench = both_ways(&["tokio-current-thread"], case);
    if let Some([(own, scatter), (traced, spread)]) = pair(&bench, case, "tokio-current-thread") {
        assert!((own - traced).abs() <= scatter + spread, "{own} ± {scatter} and {traced} ± {spread}");
    }
    let table = stdout(&run(&["report", &bench.path("out"), "--counters"]));
    // Next to the other one if there is no tracepoint.
    let by_ptrace = table.lines().find(|line| line.contains("counted by ptrace: syscalls of "));
    assert!(by_ptrace.is_some_and(|line| line.contains("tokio-current-thread-traced")), "{table}");
}

#[test]
fn a_computation_takes_none_and_the_threads_that_are_started_for_it_are_counted() {
    let case = "cpu/one-go";
    let bench = both_ways(&["tokio", "threads"], case);
    if let Some([own, traced]) = pair(&bench, case, "tokio") {
        assert_eq!((own, traced), ((0.0, 0.0), (0.0, 0.0)), "the harness's own calls are not counted");
    }
    if let Some([(own, scatter), (traced, spread)]) = pair(&bench, case, "threads") {
        assert!(own > 1.0, "a thread takes calls to start and to end");
        // Whether a thread that waits for another sleeps or not depends on timing.
        assert!((own - traced).abs() <= own * 0.5 + scatter + spread, "{own} ± {scatter} and {traced} ± {spread}");
    }
}

#[test]
fn where_neither_way_is_to_be_had_the_report_says_why() {
    let suite = "about = \"one\"\nreference = \"tokio\"\nruntimes = [\"tokio\"]\ngenerations = 1\nslice = \"2ms\"\n\
                 budget = \"1s\"\n[[case]]\ncase = \"cpu/one-go\"\n";
    let bench = Bench::suite(suite);
    let without = ("LOOPSWAP_WITHOUT", "tracepoint,ptrace");
    let output = bench.command().arg("--counters").env(without.0, without.1).output().expect("it starts");
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let report = bench.report();
    let tokio = arm(row(&report, "cpu/one-go"), "tokio");
    assert!(tokio["counters_per_op"].get("syscalls").is_none(), "{tokio}");
    let why = tokio["counters_unavailable"]["syscalls"].as_str().expect("a reason");
    assert!(why.contains("by tracepoint") && why.contains("nor from outside") && why.contains("by ptrace"), "{why}");
    assert!(tokio["counters_per_op"].get("allocations").is_some(), "the others are not concerned: {tokio}");

    let doctor = crate::tools::loopswap().arg("doctor").env(without.0, without.1).output().expect("it starts");
    assert!(stdout(&doctor).contains("system calls cannot be counted"), "{}", stdout(&doctor));
}

/// A runner as a stranger might write it, in shell, that knows nothing of counting. Each operation is one
/// system call; `count` is what it does before it counts.
fn foreign(marker: &str, count: &str) -> String {
    format!(
        r#"#!/bin/sh
# {marker}
say() {{ printf '%s\n' "$1"; }}
say '{{"hello":{{"protocol":1,"workloads":["cpu"],"runtime":{{"name":"shell","package":"sh","version":"1","driver":"none","topology":"single-thread","about":"a shell"}}}}}}'
counts=0
work() {{
    left=$ops
    while [ "$left" -gt 0 ]; do
        kill -0 $$
        left=$((left - 1))
    done
}}
while read -r line; do
    ops=${{line#*\"ops\":}}
    ops=${{ops%%[!0-9]*}}
    case $line in
    *'"prepare"'*) say '{{"ready":{{"threads":1,"rss_bytes":1000000}}}}' ;;
    *'"slice"'*)
        work
        # Less than it takes: nobody looks at the times of this runner.
        ns=$((ops * 300))
        say "{{\"slice\":{{\"ops\":$ops,\"ns\":$ns,\"typical_ns\":$ns,\"cpu_ns\":$ns}}}}" ;;
    *'"count"'*)
        counts=$((counts + 1))
        {count}
        work
        say "{{\"count\":{{\"ops\":$ops,\"voluntary_switches\":0,\"involuntary_switches\":0,\"rss_peak_bytes\":1000000}}}}" ;;
    *'"bye"'*) say '{{"bye":{{}}}}'; exit 0 ;;
    esac
done
"#
    )
}

/// A suite with that runner alone, in slices of some thousand operations. It has no leash: only the conductor
/// can end it.
fn shell(marker: &str, count: &str) -> Bench {
    let bench = Bench::suite("");
    let script = bench.path("shell.sh");
    std::fs::write(&script, foreign(marker, count)).expect("room for a script");
    let suite = format!(
        "about = \"foreign\"\nreference = \"shell\"\nruntimes = [\"shell\"]\ngenerations = 9\nslice = \"1ms\"\n\
         budget = \"4s\"\n[[runner]]\nname = \"shell\"\ncommand = [\"/bin/sh\", \"{script}\"]\n\
         [[case]]\nworkload = \"cpu\"\nname = \"case0\"\nparams = {{ tasks = 1 }}\n"
    );
    std::fs::write(bench.path("mine.toml"), suite).expect("room for a suite");
    bench
}

#[test]
fn a_runner_that_knows_nothing_of_it_is_counted_by_the_difference_of_two_slices() {
    let bench = shell("counted", ":");
    let output = bench.command().arg("--counters").output().expect("it starts");
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let report = bench.report();
    let Some((method, value, _)) = counted(arm(row(&report, "cpu/case0"), "shell")) else { return };
    assert_eq!(method, "ptrace-difference");
    // A shell reads its commands byte by byte, and the second one may be a digit longer; a call that the kernel
    // begins again may be in either slice.
    assert!((0.99..1.1).contains(&value), "{value} system calls for one");
}

/// Starts a run whose foreign runner never answers once it is being traced, and waits until it is.
fn stuck_in_a_trace(bench: &Bench) -> Option<Child> {
    let mut child = bench.command().arg("--counters").spawn().expect("it starts");
    let script = bench.path("shell.sh");
    let traced = || {
        processes(&script).iter().any(|(pid, _)| {
            std::fs::read_to_string(format!("/proc/{pid}/status"))
                .is_ok_and(|status| status.lines().any(|line| line.starts_with("TracerPid:") && !line.ends_with("\t0")))
        })
    };
    let mut ended = false;
    wait_for("a traced process", || {
        ended = child.try_wait().expect("it is ours").is_some();
        ended || traced()
    });
    if ended {
        let report = bench.report();
        assert!(counted(arm(row(&report, "cpu/case0"), "shell")).is_none(), "a stuck runner is not counted");
    }
    (!ended).then_some(child)
}

/// The second slice of a process that counts, which is the first traced one, never ends.
const STUCK: &str = "case $line in *traced*) if [ $counts -ge 2 ]; then while :; do :; done; fi ;; esac";

#[test]
fn a_conductor_that_is_killed_while_it_traces_leaves_no_process() {
    let bench = shell("killed", STUCK);
    let Some(mut child) = stuck_in_a_trace(&bench) else { return };
    child.kill().expect("it runs");
    child.wait().expect("it is ours");
    wait_for("the end of the traced runner", || {
        let left = processes(&bench.path("shell.sh"));
        // The arm's own process, untraced, ends by itself: its input closes.
        left.is_empty()
    });
}

#[test]
fn an_interrupt_while_it_traces_ends_the_run_in_order() {
    let bench = shell("interrupted", STUCK);
    let Some(mut child) = stuck_in_a_trace(&bench) else { return };
    signal(child.id().cast_signed(), Signal::SIGINT);
    let status = child.wait().expect("it is ours");
    assert_eq!(status.code(), Some(130));
    assert!(processes(&bench.path("shell.sh")).is_empty(), "no process is left");
    assert!(Path::new(&bench.record()).exists());
}

#[test]
fn a_runner_that_is_stuck_under_the_tracer_costs_the_arm_nothing_but_that_counter() {
    // It ends itself instead, which needs no waiting.
    let bench = shell("gone", "case $line in *traced*) if [ $counts -ge 2 ]; then exit 9; fi ;; esac");
    let output = bench.command().arg("--counters").output().expect("it starts");
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let report = bench.report();
    let arm = arm(row(&report, "cpu/case0"), "shell");
    assert_eq!((&arm["status"], &arm["errors"]), (&"measured".into(), &0.into()), "{arm}");
    let why = arm["counters_unavailable"]["syscalls"].as_str().expect("a reason");
    assert!(why.contains("cannot be counted from outside"), "{why}");
    assert!(read_json(Path::new(&bench.path("out/report.json")))["rows"].is_array());
}
