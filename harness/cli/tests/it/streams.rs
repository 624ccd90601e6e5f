//! The workloads `stream` and `pool`, on every runtime.

use crate::tools::{Bench, arm, code, row, stderr};

/// Why `sequential` cannot do it.
const BOTH_ENDS: Option<&str> = Some("sender and receiver");
const ANOTHER: Option<&str> = Some("a task that waits for a connection");

/// Small forms of every variant: workload, name, parameters, and why `sequential` cannot do it.
const CASES: [(&str, &str, &str, Option<&str>); 14] = [
    ("stream", "one-item", "items = 1", None),
    ("stream", "ready", "items = 100", None),
    ("stream", "yielding", "items = 100, variant = \"yielding\"", None),
    ("stream", "channel=1", "items = 100, variant = \"channel\"", BOTH_ENDS),
    ("stream", "channel=64", "items = 100, variant = \"channel\", capacity = 64", BOTH_ENDS),
    ("stream", "room-for-all", "items = 10, variant = \"channel\", capacity = 64", BOTH_ENDS),
    ("pool", "enough", "clients = 5, max = 5", None),
    ("pool", "too-few", "clients = 20, max = 3", None),
    ("pool", "one-for-all", "clients = 20, min = 0, max = 1", None),
    ("pool", "unfair", "clients = 20, max = 3, fair = false", None),
    ("pool", "sleeping", "clients = 6, max = 3, hold = \"1ms\"", None),
    ("pool", "cut", "clients = 20, max = 3, variant = \"cut\", limit = \"20ms\"", ANOTHER),
    (
        "pool",
        "cut-unfair",
        "clients = 20, min = 3, max = 3, variant = \"cut\", limit = \"20ms\", fair = false",
        ANOTHER,
    ),
    ("pool", "context", "clients = 1, min = 2, variant = \"open-close\"", None),
];

fn everything(placement: &str) {
    let mut suite = format!(
        "about = \"streams, small\"\nreference = \"tokio\"\nruntimes = \"every\"\ngenerations = 1\nslice = \"2ms\"\n\
         limit = \"1min\"\nrounds = 1\nbudget = \"10min\"\nplacement = \"{placement}\"\n"
    );
    for (workload, name, params, _) in CASES {
        suite += &format!("[[case]]\nworkload = \"{workload}\"\nname = \"{name}\"\nparams = {{ {params} }}\n");
    }
    let bench = Bench::suite(&suite);
    let output = bench.run();
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let report = bench.report();
    for (workload, name, _, lacking) in CASES {
        let case = format!("{workload}/{name}");
        for arm in row(&report, &case)["arms"].as_array().expect("arms") {
            let runtime = arm["runtime"].as_str().expect("a name");
            let (status, reason) = (arm["status"].as_str().expect("a status"), &arm["reason"]);
            if status == "skipped" {
                eprintln!("skipped: {case} on {runtime}: {reason}");
            } else if let Some(lacking) = lacking.filter(|_| runtime == "sequential") {
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

/// The single arm of a single case.
fn alone(runtime: &str, workload: &str, params: &str) -> (i32, serde_json::Value) {
    let bench = Bench::suite(&format!(
        "about = \"one\"\nreference = \"{runtime}\"\nruntimes = [\"{runtime}\"]\ngenerations = 1\nslice = \"2ms\"\n\
         budget = \"2s\"\n[[case]]\nworkload = \"{workload}\"\nname = \"one\"\nparams = {{ {params} }}\n",
    ));
    let output = bench.run();
    let report = bench.report();
    (code(&output), arm(row(&report, &format!("{workload}/one")), runtime).clone())
}

/// Clients keep every connection for twice the limit, so the others never get one.
#[test]
fn of_those_who_are_cut_short_some_wait_and_some_have_a_connection() {
    let (code, arm) = alone("tokio-current-thread", "pool", "clients = 100, variant = \"cut\", limit = \"20ms\"");
    let waiting = arm["notes"]["cut_while_waiting"].as_f64().unwrap_or_default();
    assert!(code == 0 && (1.0..=90.0).contains(&waiting), "{arm}");
}

/// One client at a time needs one connection; clients that wait use all connections there may be.
#[test]
fn a_pool_has_as_many_connections_as_are_needed() {
    for (runtime, connections) in [("sequential", 1.0), ("tokio-current-thread", 10.0)] {
        let (code, arm) = alone(runtime, "pool", "clients = 100");
        assert!(code == 0 && arm["notes"]["connections"] == connections, "{runtime}: {arm}");
    }
}

#[test]
fn parameters_that_contradict_each_other_are_an_error() {
    for (workload, params, says) in [
        ("stream", "capacity = 2", "belongs to the variant"),
        ("pool", "min = 3, max = 2", "is more than"),
        ("pool", "limit = \"1ms\"", "belongs to the variant"),
        ("pool", "variant = \"cut\"", "which is 0"),
        ("pool", "variant = \"open-close\"", "has one client"),
    ] {
        let (code, arm) = alone("tokio", workload, params);
        let reason = arm["reason"].as_str().unwrap_or_default();
        assert!(code == 6 && arm["status"] == "failed" && reason.contains(says), "{workload}: {params}: {arm}");
    }
}
