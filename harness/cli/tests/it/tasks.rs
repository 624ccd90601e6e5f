//! The workloads about tasks (`switch`, `spawn`, `wake`), on every runtime.

use crate::tools::{Bench, EVERY_RUNTIME, arm, code, row, stderr};
use serde_json::Value;

/// What a case asks of a runtime.
#[derive(Clone, Copy, PartialEq)]
enum Needs {
    /// Nothing special.
    Tasks,
    /// Two tasks that are alive at once.
    Both,
    /// That, and that one can stop the other.
    Cancel,
}
use Needs::{Both, Cancel, Tasks};

impl Needs {
    /// Why a runtime that is there cannot do it.
    fn lacking(self, runtime: &str) -> Option<&'static str> {
        match (self, runtime) {
            (Both | Cancel, "sequential") => Some("to its end before the next"),
            (Cancel, "threads") => Some("a thread cannot be stopped"),
            (Cancel, "monoio" | "monoio-legacy") => Some("cannot stop a task"),
            _ => None,
        }
    }
}

/// Small forms of every variant: workload, name, parameters.
const CASES: [(&str, &str, &str, Needs); 17] = [
    ("switch", "waking", "tasks = 3, rings = 1", Both),
    ("switch", "waking-twice", "tasks = 5, rings = 2", Both),
    ("switch", "yielding", "tasks = 3, rings = 1, variant = \"yield-now\"", Both),
    ("switch", "yielding-twice", "tasks = 5, rings = 2, variant = \"yield-now\"", Both),
    ("switch", "generator", "tasks = 3, rings = 2, variant = \"generator\"", Tasks),
    ("spawn", "one", "tasks = 1", Tasks),
    ("spawn", "many", "tasks = 50", Tasks),
    ("spawn", "suspended", "tasks = 50, yields = 3", Tasks),
    ("spawn", "limited", "tasks = 50, yields = 3, limit = \"1m\"", Tasks),
    ("spawn", "asked-for", "tasks = 1, variant = \"from-outside\"", Tasks),
    ("spawn", "all-asked-for", "tasks = 50, yields = 2, variant = \"from-outside\"", Tasks),
    ("spawn", "wait", "tasks = 21, variant = \"wait\", limit = \"50ms\"", Cancel),
    ("spawn", "cancel", "tasks = 20, variant = \"cancel\"", Cancel),
    ("wake", "ping-pong", "waiters = 1", Both),
    ("wake", "by-thread", "waiters = 1, by = \"thread\"", Tasks),
    ("wake", "many", "waiters = 20", Both),
    ("wake", "many-by-thread", "waiters = 20, by = \"thread\"", Both),
];

fn everything(placement: &str) {
    let mut suite = format!(
        "about = \"tasks, small\"\nreference = \"tokio\"\nruntimes = {EVERY_RUNTIME}\ngenerations = 1\nslice = \"2ms\"\n\
         limit = \"10s\"\nbudget = \"20s\"\nplacement = \"{placement}\"\n"
    );
    for (workload, name, params, _) in CASES {
        suite += &format!("[[case]]\nworkload = \"{workload}\"\nname = \"{name}\"\nparams = {{ {params} }}\n");
    }
    let bench = Bench::suite(&suite);
    let output = bench.run();
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let report = bench.report();
    for (workload, name, _, needs) in CASES {
        let case = format!("{workload}/{name}");
        for arm in row(&report, &case)["arms"].as_array().expect("arms") {
            let runtime = arm["runtime"].as_str().expect("a name");
            let (status, reason) = (arm["status"].as_str().expect("a status"), &arm["reason"]);
            if status == "skipped" {
                eprintln!("skipped: {case} on {runtime}: {reason}");
            } else if let Some(lacking) = needs.lacking(runtime) {
                let says_so = reason.as_str().is_some_and(|why| why.contains(lacking));
                assert!(status == "unsupported" && says_so, "{case} on {runtime}: {status}: {reason}");
            } else {
                assert_eq!(status, "measured", "{case} on {runtime}: {reason}");
            }
        }
    }
}

#[test]
fn every_variant_is_verified_on_every_runtime() {
    everything("split");
}

#[test]
fn so_it_is_on_several_threads() {
    everything("free");
}

/// A stack is two of the mappings that the system allows a process.
#[test]
fn a_runtime_without_room_for_so_many_tasks_says_so() {
    let limit = std::fs::read_to_string("/proc/sys/vm/max_map_count").expect("Linux has one");
    let tasks = limit.trim().parse::<u64>().expect("a number") / 2;
    if tasks > 500_000 {
        eprintln!("skipped: vm.max_map_count leaves room for {tasks} stacks, and as many tasks take too long");
        return;
    }
    let bench = Bench::suite(&format!(
        "about = \"many\"\nreference = \"null\"\nruntimes = [\"null\", \"corosensei\"]\ngenerations = 1\n\
         slice = \"2ms\"\nlimit = \"60s\"\nbudget = \"5s\"\n[[case]]\nworkload = \"spawn\"\nname = \"many\"\n\
         params = {{ tasks = {tasks}, yields = 1 }}\n",
    ));
    let output = bench.run();
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let report = bench.report();
    let row = row(&report, "spawn/many");
    assert_eq!(arm(row, "null")["status"], "measured");
    let corosensei = arm(row, "corosensei");
    assert_eq!(corosensei["status"], "unsupported", "{corosensei}");
    assert!(corosensei["reason"].as_str().is_some_and(|why| why.contains("vm.max_map_count")), "{corosensei}");
}

/// One runtime of our own goes round in one direction by construction, so that nothing is in vain.
#[test]
fn tasks_that_yield_on_one_thread_alternate_strictly() {
    let bench = Bench::suite(
        "about = \"one\"\nreference = \"null\"\nruntimes = [\"null\", \"tokio-current-thread\"]\ngenerations = 1\n\
         slice = \"2ms\"\nbudget = \"2s\"\n[[case]]\ncase = \"switch/yielding\"\n\
         [[case]]\ncase = \"switch/yielding-ring=100\"\n",
    );
    let output = bench.run();
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let report = bench.report();
    for case in ["switch/yielding", "switch/yielding-ring=100"] {
        let vain = |runtime: &str| {
            arm(row(&report, case), runtime)["notes"]["in_vain_per_hand_over"].as_f64().expect("a note")
        };
        assert_eq!(vain("null"), 0.0, "{case}");
        // tokio turns round each time; what is in vain there is checked in every slice.
        assert!(vain("tokio-current-thread") >= 0.0, "{case}");
    }
}

/// The single arm of a single case.
fn alone(runtime: &str, workload: &str, params: &str) -> (i32, Value) {
    let bench = Bench::suite(&format!(
        "about = \"one\"\nreference = \"{runtime}\"\nruntimes = [\"{runtime}\"]\ngenerations = 1\nslice = \"2ms\"\n\
         budget = \"1s\"\n[[case]]\nworkload = \"{workload}\"\nname = \"one\"\nparams = {{ {params} }}\n",
    ));
    let output = bench.run();
    let report = bench.report();
    (code(&output), arm(row(&report, &format!("{workload}/one")), runtime).clone())
}

#[test]
fn more_threads_than_there_is_room_for_are_unsupported_with_the_limit() {
    let (_, arm) = alone("threads", "spawn", "tasks = 1000000");
    let reason = arm["reason"].as_str().unwrap_or_default();
    assert!(arm["status"] == "unsupported" && reason.contains("has room for"), "{arm}");
}

#[test]
fn parameters_that_contradict_each_other_are_an_error() {
    for (params, says) in [
        ("tasks = 10, variant = \"wait\"", "which is 0"),
        ("tasks = 10, variant = \"cancel\", limit = \"1s\"", "belongs to the variants"),
        ("tasks = 10, variant = \"cancel\", yields = 1", "belongs to the variants"),
    ] {
        let (code, arm) = alone("tokio", "spawn", params);
        let reason = arm["reason"].as_str().unwrap_or_default();
        assert!(code == 6 && arm["status"] == "failed" && reason.contains(says), "{params}: {arm}");
    }
}
