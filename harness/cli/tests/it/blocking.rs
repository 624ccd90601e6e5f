//! Jobs that block a loop (`offload`, and `cpu` next to tasks that wait), on every runtime.

use crate::tools::{Bench, arm, code, row, stderr};

/// What a case requires of a runtime.
#[derive(Clone, Copy, PartialEq)]
enum Needs {
    /// Nothing special.
    Tasks,
    /// Two tasks that are alive at once.
    Both,
    /// Its own threads for jobs that block.
    Pool,
}
use Needs::{Both, Pool, Tasks};

impl Needs {
    /// Why an available runtime cannot do it.
    fn lacking(self, runtime: &str) -> Option<&'static str> {
        match (self, runtime) {
            (Both, "sequential") => Some("to its end before the next"),
            (Pool, "null") => Some("one thread that polls"),
            _ => None,
        }
    }
}

/// Small forms of every variant: workload, name, parameters.
const CASES: [(&str, &str, &str, Needs); 11] = [
    ("offload", "pool", "jobs = 10, time = \"1ms\"", Pool),
    ("offload", "pool-compute", "jobs = 5, job = \"compute\", steps = 10000", Pool),
    ("offload", "own", "jobs = 10, time = \"1ms\", variant = \"own-pool\"", Tasks),
    ("offload", "own-one", "jobs = 7, time = \"1ms\", variant = \"own-pool\", workers = 1", Tasks),
    ("offload", "own-compute", "jobs = 7, job = \"compute\", steps = 10000, variant = \"own-pool\"", Tasks),
    ("offload", "processes", "jobs = 10, time = \"1ms\", variant = \"process-pool\", workers = 3", Tasks),
    (
        "offload",
        "process",
        "jobs = 5, job = \"compute\", steps = 10000, variant = \"process-pool\", workers = 1",
        Tasks,
    ),
    ("offload", "loop", "jobs = 5, time = \"1ms\", variant = \"on-loop\"", Tasks),
    ("offload", "loop-compute", "jobs = 5, job = \"compute\", steps = 10000, variant = \"on-loop\"", Tasks),
    ("cpu", "beside", "tasks = 1, steps = 1000000, beside = 10", Both),
    ("cpu", "beside-yielding", "tasks = 2, steps = 1000000, yield-every = 50000, beside = 10", Both),
];

fn everything(placement: &str) {
    let mut suite = format!(
        "about = \"blocking, small\"\nreference = \"tokio\"\nruntimes = \"every\"\ngenerations = 1\n\
         slice = \"2ms\"\nlimit = \"1min\"\nrounds = 1\nbudget = \"10min\"\nplacement = \"{placement}\"\n"
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
fn so_it_is_on_several_threads_with_fewer_workers_than_shards() {
    everything("free");
}

/// That the heartbeat stands still on a loop that jobs block, and goes on beside a pool, is in the conformance
/// kit, by the order of events; here it is what the report calls it.
#[test]
fn the_heartbeat_is_the_latency_of_a_row() {
    let bench = Bench::suite(
        "about = \"one\"\nreference = \"tokio-current-thread\"\nruntimes = [\"tokio-current-thread\"]\n\
         generations = 1\nslice = \"2ms\"\nlimit = \"10s\"\nbudget = \"5s\"\n[[case]]\nworkload = \"offload\"\n\
         name = \"one\"\nparams = { jobs = 5, time = \"20ms\", variant = \"on-loop\" }\n",
    );
    let output = bench.run();
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let report = bench.report();
    let row = row(&report, "offload/one");
    assert_eq!(row["latency_name"], "lateness of the heartbeat on the loop");
    let arm = arm(row, "tokio-current-thread");
    assert!(arm["latency"]["count"].as_u64().is_some_and(|beats| beats > 0), "a heartbeat that was late: {arm}");
    assert_eq!(arm["percentiles_withheld"]["p99"], "fewer than 8 generations recorded latencies");
}
