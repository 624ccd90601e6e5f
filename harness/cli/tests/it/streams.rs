//! The workload `stream`, on every runtime.

use crate::tools::{Bench, code, row, stderr};

const RUNTIMES: &str = "\"tokio\", \"tokio-current-thread\", \"async-std\", \"smol\", \"glommio\", \"monoio\", \
                        \"monoio-legacy\", \"compio\", \"threads\", \"sequential\", \"null\"";

/// Small forms of every variant: workload, name, parameters, and why `sequential` cannot do it.
const CASES: [(&str, &str, &str, Option<&str>); 6] = [
    ("stream", "one-item", "items = 1", None),
    ("stream", "ready", "items = 100", None),
    ("stream", "yielding", "items = 100, variant = \"yielding\"", None),
    ("stream", "channel=1", "items = 100, variant = \"channel\"", Some("who sends and who receives")),
    ("stream", "channel=64", "items = 100, variant = \"channel\", capacity = 64", Some("who sends and who receives")),
    ("stream", "room-for-all", "items = 10, variant = \"channel\", capacity = 64", Some("who sends and who receives")),
];

fn everything(placement: &str) {
    let mut suite = format!(
        "about = \"streams, small\"\nreference = \"tokio\"\nruntimes = [{RUNTIMES}]\ngenerations = 1\nslice = \"2ms\"\n\
         limit = \"10s\"\nbudget = \"20s\"\nplacement = \"{placement}\"\n"
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
