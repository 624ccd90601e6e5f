//! The workloads about tasks (`switch`, `spawn`, `wake`), on every runtime.

use crate::tools::{Bench, arm, code, row, stderr};
use serde_json::Value;

/// What a case requires of a runtime.
#[derive(Clone, Copy, PartialEq)]
enum Needs {
    /// Nothing special.
    Tasks,
    /// Two tasks that are alive at once.
    Both,
    /// The same, and that one can stop the other.
    Cancel,
}
use Needs::{Both, Cancel, Tasks};

impl Needs {
    /// Why an available runtime cannot do it.
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
    ("wake", "many-by-thread", "waiters = 200, by = \"thread\"", Both),
];

fn everything(placement: &str) {
    let mut suite = format!(
        "about = \"tasks, small\"\nreference = \"tokio\"\nruntimes = \"every\"\ngenerations = 1\nslice = \"2ms\"\n\
         limit = \"1min\"\nrounds = 1\nbudget = \"10min\"\nplacement = \"{placement}\"\n"
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

/// A runtime of our own polls its tasks in order, so that no poll is in vain.
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
        // tokio reverses the order each time; polls in vain are checked there in every slice.
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

/// A runtime next to tokio, in an address space of `kib` KiB, with 10 000 tasks that are alive at once.
fn crowded(runtime: &str, workload: &str, params: &str, kib: u64) {
    let bench = Bench::suite(&format!(
        "about = \"no room\"\nreference = \"tokio\"\nruntimes = [\"tokio\", \"narrow\"]\ngenerations = 1\n\
         rounds = 1\nslice = \"2ms\"\nlimit = \"1min\"\nbudget = \"10min\"\n[[runner]]\nname = \"narrow\"\ncommand = [\"sh\", \"-c\", \
         \"ulimit -v {kib}; exec $0 runner {runtime}\", \"{{loopswap}}\"]\n[[case]]\n\
         workload = \"{workload}\"\nname = \"crowd\"\nparams = {{ {params} }}\n",
    ));
    let output = bench.run();
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let report = bench.report();
    let row = row(&report, &format!("{workload}/crowd"));
    assert_eq!(arm(row, "tokio")["status"], "measured", "the other arm goes on");
    let narrow = arm(row, "narrow");
    let reason = narrow["reason"].as_str().unwrap_or_default();
    // The limit leaves room for some, and the number reached is reported.
    let reached = reason.split(' ').find_map(|word| word.parse::<u64>().ok());
    assert!(reached.is_some_and(|reached| (100..10_000).contains(&reached)), "{narrow}");
    assert!(narrow["status"] == "unsupported" && reason.contains("for a task"), "{narrow}");
}

#[test]
fn a_runtime_without_room_for_a_thread_is_unsupported_and_has_not_crashed() {
    // Room for some 2900: 1000 threads are kept in reserve, and 2 MiB are meant for each.
    crowded("threads", "sleep", "tasks = 10000, time = \"1s\"", 8_000_000);
}

#[test]
fn a_runtime_without_room_for_a_stack_is_unsupported_and_has_not_crashed() {
    crowded("corosensei", "spawn", "tasks = 10000", 3_000_000);
    crowded("corosensei", "sleep", "tasks = 10000, time = \"1s\"", 3_000_000);
}

/// At the limit that the system itself sets, and not on the leading thread.
#[test]
fn more_stacks_than_linux_gives_a_process_are_unsupported_with_the_limit() {
    let (code, arm) = alone("corosensei", "spawn", "tasks = 1000000");
    let reason = arm["reason"].as_str().unwrap_or_default();
    let room = std::fs::read_to_string("/proc/sys/vm/max_map_count").ok().and_then(|most| most.trim().parse().ok());
    if room.is_some_and(|mappings: u64| mappings > 2_000_000) {
        eprintln!("skipped: vm.max_map_count has room for a million stacks here");
        return;
    }
    assert_eq!(code, 0, "{arm}");
    assert!(arm["status"] == "unsupported" && reason.contains("vm.max_map_count"), "{arm}");
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
