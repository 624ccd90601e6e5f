//! The crawler on every runtime: every page once, on one shard and on several, saved or not.

use crate::tools::{Bench, arm, code, row, stderr};

/// Name, parameters, and whether jobs that block are needed.
const CASES: [(&str, &str, bool); 6] = [
    ("images", "links = 3, depth = 1, conns = 3, delay = \"2ms\"", true),
    ("alone", "links = 2, depth = 3, conns = 1, text = 0", true),
    ("many", "links = 4, depth = 3, conns = 7, text = 1000, save = false", false),
    ("root", "depth = 0, conns = 4, save = false", false),
    ("blocking", "links = 3, depth = 2, conns = 4, variant = \"blocking\"", true),
    ("blocking-unsaved", "links = 3, depth = 2, conns = 4, variant = \"blocking\", save = false", true),
];

fn everything(placement: &str) {
    let mut suite = format!(
        "about = \"crawl, small\"\nreference = \"tokio\"\nruntimes = \"every\"\ngenerations = 1\nslice = \"2ms\"\n\
         limit = \"1min\"\nrounds = 1\nbudget = \"10min\"\nplacement = \"{placement}\"\n"
    );
    for (name, params, _) in CASES {
        suite += &format!("[[case]]\nworkload = \"crawl\"\nname = \"{name}\"\nparams = {{ {params} }}\n");
    }
    let bench = Bench::suite(&suite);
    let output = bench.run();
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let report = bench.report();
    for (name, _, blocks) in CASES {
        let case = format!("crawl/{name}");
        for arm in row(&report, &case)["arms"].as_array().expect("arms") {
            let (status, reason) = (&arm["status"], &arm["reason"]);
            if status == "skipped" {
                eprintln!("skipped: {case} on {}: {reason}", arm["runtime"]);
            } else if blocks && arm["runtime"] == "null" {
                assert_eq!(status, "unsupported", "{case}: {reason}");
            } else {
                assert_eq!(status, "measured", "{case} on {}: {reason}", arm["runtime"]);
            }
        }
    }
}

#[test]
fn every_page_is_found_once_on_every_runtime() {
    everything("split");
}

#[test]
fn so_it_is_on_several_shards() {
    everything("free");
}

#[test]
fn a_site_that_is_too_large_is_an_error_that_names_the_parameters() {
    let bench = Bench::suite(
        "about = \"large\"\nreference = \"tokio\"\nruntimes = [\"tokio\"]\ngenerations = 1\nslice = \"2ms\"\nbudget = \"2s\"\n\
         [[case]]\nworkload = \"crawl\"\nname = \"large\"\nparams = { links = 64, depth = 10 }\n",
    );
    let output = bench.run();
    assert_eq!(code(&output), 6, "{}", stderr(&output));
    let report = bench.report();
    let arm = arm(row(&report, "crawl/large"), "tokio");
    assert!(arm["reason"].to_string().contains("more than 100000 pages; take less of one"), "{arm}");
}
