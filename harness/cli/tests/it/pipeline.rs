//! Suite → plan → run → record → report → views, with runners whose numbers are known.

use crate::tools::{Bench, arm, code, row, run, stderr, stdout};

#[test]
fn a_runtime_can_be_added_to_a_suite() {
    let bench = crate::tools::Bench::suite(
        "about = \"one\"\nreference = \"tokio\"\nruntimes = [\"tokio\"]\ngenerations = 1\nslice = \"2ms\"\nbudget = \"1s\"\n\
         [[case]]\ncase = \"cpu/one-go\"\n",
    );
    let output = bench.command().args(["--also", "null"]).output().expect("it starts");
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let report = bench.report();
    let row = crate::tools::row(&report, "cpu/one-go");
    assert_eq!(crate::tools::arm(row, "tokio")["role"], "reference");
    assert_eq!(crate::tools::arm(row, "null")["status"], "measured");
}

#[test]
fn given_numbers_come_out_as_given() {
    let bench = Bench::mocks(&[("base", "--ns-per-op 100000"), ("slow", "--ns-per-op 200000")], 2, "");
    let output = bench.run();
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let report = bench.report();
    for case in ["cpu/case0", "cpu/case1"] {
        let slow = arm(row(&report, case), "slow");
        assert_eq!(slow["status"], "measured");
        let ratio = slow["speed_ratio"]["value"].as_f64().expect("a ratio");
        assert!((ratio - 0.5).abs() < 1e-9, "the mock tells exact times: {ratio}");
        let time = slow["time_ns"]["value"].as_f64().expect("a time");
        assert!((time - 200_000.0).abs() < 1.0, "{time}");
        assert_eq!(slow["verdict"], "worse");
    }
    assert_eq!(report["summary"]["errors"], 0);
    let table = stdout(&output);
    assert!(table.lines().all(|line| line.chars().count() <= 100), "{table}");
    assert!(table.contains('▼') && table.contains("slow"), "{table}");
}

#[test]
fn the_report_validates_against_its_schema() {
    let bench = Bench::mocks(&[("base", ""), ("other", "--fail unsupported"), ("ill", "--fail wrong")], 1, "");
    assert_eq!(code(&bench.run()), 6);
    let schema: serde_json::Value = serde_json::from_str(&stdout(&run(&["schema"]))).expect("the schema is JSON");
    let validator = jsonschema::validator_for(&schema).expect("the schema is one");
    let report = bench.report();
    let errors: Vec<String> = validator.iter_errors(&report).map(|error| error.to_string()).collect();
    assert!(errors.is_empty(), "{errors:#?}");
    let mut broken = report.clone();
    broken["rows"] = "none".into();
    assert!(!validator.is_valid(&broken), "the schema must be able to refuse");
}

#[test]
fn report_says_the_same_from_record_report_and_folder() {
    let bench = Bench::mocks(&[("base", ""), ("other", "")], 1, "");
    bench.run();
    let from = |path: &str| stdout(&run(&["report", path]));
    let table = from(&bench.path("out"));
    assert!(table.starts_with("loopswap ") && table.contains("\n\ncpu/case0 · "), "{table}");
    assert_eq!(from(&bench.path("out/record.jsonl")), table);
    assert_eq!(from(&bench.path("out/report.json")), table);
    let page = stdout(&run(&["report", "--markdown", &bench.path("out")]));
    assert!(page.contains("| ") && page.contains("cpu/case0"), "{page}");
}

#[test]
fn nothing_measured_is_overwritten() {
    let bench = Bench::mocks(&[("base", "")], 1, "");
    assert_eq!(code(&bench.run()), 0);
    let before = std::fs::read(bench.record()).expect("a record");
    let again = bench.run();
    assert_eq!(code(&again), 64);
    assert!(stderr(&again).contains("--resume"), "{}", stderr(&again));
    assert_eq!(std::fs::read(bench.record()).expect("a record"), before);
}

#[test]
fn the_record_holds_every_slice_in_forty_bytes() {
    let bench = Bench::mocks(&[("base", ""), ("other", "")], 1, "");
    bench.run();
    let text = std::fs::read_to_string(bench.record()).expect("a record");
    let slices: Vec<&str> = text.lines().filter(|line| line.starts_with('[')).collect();
    assert!(slices.len() >= 2 * 3 * 8, "{}", slices.len());
    let bytes: usize = slices.iter().map(|slice| slice.len() + 1).sum();
    assert!(bytes / slices.len() <= 40, "{bytes} bytes for {} slices", slices.len());
}

#[test]
fn a_seed_given_again_gives_the_same_order() {
    let orders: Vec<Vec<String>> = (0..2)
        .map(|_| {
            let bench = Bench::mocks(&[("base", ""), ("a", ""), ("b", "")], 1, "");
            let output = bench.command().args(["--seed", "7f3a", "--generations", "1"]).output().expect("it starts");
            assert_eq!(code(&output), 0, "{}", stderr(&output));
            let text = std::fs::read_to_string(bench.record()).expect("a record");
            let arm = |line: &str| line[1..].split(',').next().expect("an arm").to_owned();
            text.lines().filter(|line| line.starts_with('[')).map(arm).take(8).collect()
        })
        .collect();
    assert_eq!(orders[0], orders[1]);
}
