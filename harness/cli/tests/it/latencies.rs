//! Latencies come from every generation, and need no slice of their own if operations are long.

use crate::tools::{Bench, arm, code, row, stderr, stdout};
use serde_json::Value;

const GENERATIONS: usize = 8;

/// The lines of one kind, and how many of them belong to the row.
fn lines(record: &str, kind: &str, wanted: u64) -> Vec<Value> {
    let mut row = 0;
    let mut found = Vec::new();
    for line in record.lines().filter(|line| line.starts_with('{')) {
        let line: Value = serde_json::from_str(line).expect("JSON");
        row = line["generation"]["row"].as_u64().unwrap_or(row);
        found.extend(line.get(kind).filter(|_| row == wanted).cloned());
    }
    found
}

#[test]
fn every_generation_records_latencies_and_they_have_intervals() {
    let bench = Bench::suite(&format!(
        "about = \"latencies\"\nreference = \"tokio\"\nruntimes = [\"tokio\", \"threads\"]\n\
         generations = {GENERATIONS}\nslice = \"2ms\"\nbudget = \"8s\"\n\
         [[case]]\nworkload = \"cpu\"\nname = \"long\"\nparams = {{ tasks = 1, steps = 5000 }}\n\
         [[case]]\ncase = \"redis/conns=1\"\n[[case]]\ncase = \"stream/ready\"\n[[case]]\ncase = \"switch/yielding\"\n",
    ));
    let output = bench.command().arg("--embedded-redis").output().expect("it starts");
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let (report, record) = (bench.report(), std::fs::read_to_string(bench.record()).expect("a record"));
    let arms = 3;
    for (number, case) in [(0, "cpu/long"), (1, "redis/conns=1")] {
        // Stamped in timed slices: a line for each process, and counting slices are rare.
        assert_eq!(lines(&record, "sampled", number).len(), arms * GENERATIONS, "{case}");
        assert_eq!(lines(&record, "count", number).len(), arms, "{case}: the first generation");
    }
    // An item takes less time than asking whether to stamp it, and switches are stamped in counting slices
    // only: one in each generation, a brief one if that is shorter.
    for number in [2, 3] {
        assert!(lines(&record, "sampled", number).is_empty());
        assert_eq!(lines(&record, "count", number).len(), arms * GENERATIONS, "row {number}");
    }
    let counted = lines(&record, "count", 2);
    let ops: Vec<u64> = counted.iter().filter_map(|line| line["counted"]["ops"].as_u64()).collect();
    let (fewest, most) = (ops.iter().min().expect("some"), ops.iter().max().expect("some"));
    assert!(*fewest >= 500 && fewest * 4 <= *most, "{ops:?}");
    for case in ["cpu/long", "redis/conns=1", "stream/ready", "switch/yielding"] {
        let arm = arm(row(&report, case), "tokio");
        let p50 = &arm["percentiles"]["p50_ns"];
        assert_eq!(p50["n"], GENERATIONS, "{arm}");
        assert_eq!(p50["kind"], "order-statistics", "{arm}");
        let value = p50["value"].as_f64().expect("a number");
        assert_eq!(arm["latency"]["p50_ns"].as_f64(), Some(value.round()), "the same figure: {arm}");
        // The other way round: a percentile without a value has a reason.
        for name in ["p90", "p99", "p999"] {
            let withheld = arm["percentiles_withheld"].get(name).is_some();
            assert_ne!(withheld, arm["percentiles"][format!("{name}_ns")].is_object(), "{name}: {arm}");
        }
    }
    assert!(stdout(&output).lines().all(|line| line.chars().count() <= 100), "{}", stdout(&output));
}
