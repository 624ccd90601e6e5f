//! Two stored reports: what compare prints, writes and refuses.

use crate::tools::{Bench, base_and_head, code, read_json, run, stderr, stdout};
use serde_json::Value;

#[test]
fn a_slower_head_is_shown_in_every_form() {
    let bench = base_and_head("--ns-per-op 150000");
    let (base, head, file) = (bench.path("base"), bench.path("head/report.json"), bench.path("comparison.json"));
    let output = run(&["compare", &base, &head, "--json", &file]);
    assert_eq!(code(&output), 0, "compare tells, gate judges: {}", stderr(&output));
    let table = stdout(&output);
    assert!(table.contains("1 slower, 1 inconclusive") && table.contains("▼ cpu/case0 on other"), "{table}");
    assert!(table.lines().all(|line| line.chars().count() <= 100), "{table}");

    let comparison = read_json(bench.folder.path().join("comparison.json").as_path());
    let rows = comparison["rows"].as_array().expect("rows");
    let other = rows.iter().find(|row| row["runtime"] == "other").expect("a row");
    assert_eq!(other["verdict"], "regression");
    assert!((other["ratio"]["value"].as_f64().expect("a ratio") - 1.5).abs() < 1e-9, "the mock tells exact times");

    // `report` shows what was written, from the file and from a folder that holds it.
    assert_eq!(stdout(&run(&["report", &file])), table);
    assert_eq!(stdout(&run(&["report", &bench.folder.path().display().to_string()])), table);
    let page = stdout(&run(&["report", "--markdown", &file]));
    assert_eq!(stdout(&run(&["compare", &base, &head, "--markdown"])).lines().next(), page.lines().next());
    assert!(page.contains("## What changed\n"), "{page}");
    let json: Value = serde_json::from_str(&stdout(&run(&["report", "--json", &file]))).expect("JSON");
    assert_eq!(json, comparison);
}

#[test]
fn the_comparison_validates_against_its_schema() {
    let bench = base_and_head("--fail wrong");
    let file = bench.path("comparison.json");
    let output = run(&["compare", &bench.path("base"), &bench.path("head"), "--json", &file]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let schema: Value = serde_json::from_str(&stdout(&run(&["schema", "--comparison"]))).expect("JSON");
    let validator = jsonschema::validator_for(&schema).expect("the schema is one");
    let comparison = read_json(bench.folder.path().join("comparison.json").as_path());
    let errors: Vec<String> = validator.iter_errors(&comparison).map(|error| error.to_string()).collect();
    assert!(errors.is_empty(), "{errors:#?}");
    let mut broken = comparison.clone();
    broken["rows"][0]["verdict"] = "splendid".into();
    assert!(!validator.is_valid(&broken), "the schema must be able to refuse");
}

#[test]
fn unlike_reports_are_refused_with_the_field_and_the_way_out() {
    let bench = base_and_head("--ns-per-op 100000");
    let path = bench.folder.path().join("head/report.json");
    let good = read_json(&path);
    // The record takes precedence if there is one: an altered report has to stand alone.
    let refused = |name: &str, change: &dyn Fn(&mut Value)| {
        let mut report = good.clone();
        change(&mut report);
        let file = bench.path(name);
        std::fs::write(&file, report.to_string()).expect("room");
        let output = run(&["compare", &bench.path("base"), &file]);
        assert_eq!((code(&output), stdout(&output)), (7, String::new()));
        stderr(&output)
    };
    let message = refused("kernel.json", &|report| report["environment"]["kernel"] = "Linux 2.6".into());
    assert!(message.contains("`environment.kernel` differs") && message.contains("--across-hosts"), "{message}");
    let message = refused("params.json", &|report| report["rows"][0]["params"]["tasks"] = 9.into());
    assert!(message.contains("cpu/case0: `params.tasks` differs: BASE has 1, HEAD has 9"), "{message}");

    let output = run(&["compare", &bench.path("base"), &bench.path("kernel.json"), "--across-hosts"]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    assert!(stdout(&output).contains("the reference is what the others are divided by"), "{}", stdout(&output));
}

#[test]
fn a_baseline_that_is_not_there_is_another_matter_than_a_head_that_is_not() {
    let bench = base_and_head("--ns-per-op 100000");
    let (there, absent) = (bench.path("base"), bench.path("absent"));
    let output = run(&["compare", &absent, &there]);
    assert_eq!(code(&output), 7);
    assert!(stderr(&output).contains("there is no baseline"), "{}", stderr(&output));
    assert_eq!(code(&run(&["compare", &there, &absent])), 64);
}

#[test]
fn figures_that_are_none_are_usage_errors() {
    let bench = Bench::suite("");
    for option in [["--drift", "0.1"], ["--drift", "2000%"], ["--margin", "much"], ["--floor", "5"]] {
        let output = run(&["compare", &bench.path("a"), &bench.path("b"), option[0], option[1]]);
        assert_eq!(code(&output), 64, "{option:?}");
        assert!(stderr(&output).contains(option[0]), "{}", stderr(&output));
    }
}
