//! Sweeps: from the suite's syntax to a curve that bends where the given numbers do.

use crate::tools::{Bench, arm, code, loopswap, row, run, stderr, stdout};
use serde_json::Value;

/// A suite of a mock that takes the same time for every operation.
fn constant(cases: &str) -> Bench {
    Bench::mocks(&[("base", "--ns-per-op 100000"), ("other", "--ns-per-op 50000")], 0, cases)
}

fn axis<'a>(report: &'a Value, name: &str) -> &'a Value {
    let axes = report["axes"].as_array().expect("axes");
    axes.iter().find(|axis| axis["name"] == name).unwrap_or_else(|| panic!("no axis {name} in {axes:#?}"))
}

/// The shape of a curve with the steps `known`, or open if other programs disturbed one of its rows, which
/// may happen while this test runs.
fn shape<'a>(report: &Value, axis: &Value, known: &'a str) -> &'a str {
    let cases: Vec<&Value> = axis["values"].as_array().expect("values").iter().map(|value| &value["case"]).collect();
    let rows = report["rows"].as_array().expect("rows").iter().filter(|row| cases.contains(&&row["case"]));
    let mut limits = rows.flat_map(|row| row["limits"].as_array().expect("limits"));
    if limits.any(|limit| limit["kind"] == "neighbour-disturbed") { "undecided" } else { known }
}

#[test]
fn a_sweep_becomes_rows_and_a_curve() {
    let bench = constant(
        "[[case]]\nworkload = \"cpu\"\nsweep = { tasks = [1, 2, 8] }\n\
         [[case]]\nworkload = \"cpu\"\nname = \"own\"\nsweep = { steps = [1000, 4000] }\n",
    );
    let output = bench.run();
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let report = bench.report();
    assert_eq!(row(&report, "cpu/tasks=8")["params"]["tasks"], 8);
    assert_eq!(arm(row(&report, "cpu/own,steps=4000"), "other")["status"], "measured");
    // The same number of operations a second with any number of tasks: more of them bring nothing.
    let tasks = axis(&report, "cpu/tasks");
    assert_eq!((&tasks["kind"], &tasks["values"][2]["case"]), (&"load".into(), &"cpu/tasks=8".into()));
    for curve in tasks["curves"].as_array().expect("curves") {
        for place in [1, 2] {
            let slope = curve["points"][place]["step"]["slope"].as_f64();
            assert!(slope.is_some_and(|slope| slope.abs() < 1e-9), "the mock tells exact times: {curve}");
        }
        let bends = shape(&report, tasks, "bends");
        // One disturbed row leaves a step open, and the other one may still bend.
        assert!(curve["shape"] == bends || curve["shape"] == "bends", "{curve}");
        assert_eq!(curve["falls_from"], Value::Null);
    }
    // Four times the steps in the same time.
    let steps = axis(&report, "cpu/own,steps");
    assert_eq!(
        (&steps["kind"], &steps["curves"][0]["shape"]),
        (&"work".into(), &shape(&report, steps, "scales").into())
    );
    let slope = steps["curves"][0]["points"][1]["step"]["slope"].as_f64();
    assert!(slope.is_some_and(|slope| (slope - 1.0).abs() < 1e-9), "{steps}");
    let table = stdout(&output);
    assert!(table.contains("cpu/tasks · ") && table.contains("cpu/own,steps · "), "{table}");
    assert!(table.lines().all(|line| line.chars().count() <= 100), "{table}");
    let page = stdout(&run(&["report", "--markdown", &bench.path("out")]));
    assert!(page.contains("## Along cpu/own,steps"), "{page}");
    let schema: Value = serde_json::from_str(&stdout(&run(&["schema"]))).expect("the schema is JSON");
    let validator = jsonschema::validator_for(&schema).expect("the schema is one");
    assert!(validator.is_valid(&report), "{:?}", validator.iter_errors(&report).next());
}

#[test]
fn cpus_are_swept_by_the_suite_or_by_a_flag() {
    let bench = constant("[[case]]\nworkload = \"cpu\"\nname = \"one\"\nparams = { tasks = 1 }\n");
    let output = bench.command().args(["--cpus", "1,4000"]).output().expect("it starts");
    assert_eq!(code(&output), 0, "an arm that is not available is skipped: {}", stderr(&output));
    let report = bench.report();
    assert_eq!(arm(row(&report, "cpu/one,cpus=1"), "base")["status"], "measured");
    let lacking = arm(row(&report, "cpu/one,cpus=4000"), "base");
    assert_eq!(lacking["status"], "skipped");
    assert!(lacking["reason"].as_str().is_some_and(|why| why.contains("4000 CPUs")), "{lacking}");
    let curve = &axis(&report, "cpu/one,cpus")["curves"][0];
    assert_eq!((&curve["shape"], &curve["points"][1]["status"]), (&"too-few".into(), &"skipped".into()));

    let again = constant("[[case]]\nworkload = \"cpu\"\ncpus = [1, 2]\n");
    let refused = again.command().args(["--cpus", "1"]).output().expect("it starts");
    assert_eq!(code(&refused), 64);
    assert!(stderr(&refused).contains("the suite itself sets the number of CPUs"), "{}", stderr(&refused));
    let twice = bench.command().args(["--cpus", "2,2"]).output().expect("it starts");
    assert_eq!(code(&twice), 64);
    assert!(stderr(&twice).contains("2 is given twice"), "{}", stderr(&twice));
}

#[test]
fn a_plan_shows_what_a_sweep_becomes() {
    let output = run(&["plan", "--suite", "scaling"]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let text = stdout(&output);
    for line in ["redis/conns=64 ", "axis redis/conns ", "axis cpu/per-cpu,cpus ", "axis sleep/time=10ms,tasks "] {
        assert!(text.contains(line), "{line} in {text}");
    }
    assert!(text.contains("5 rows: 1, 4, 16, 64, 256"), "{text}");
    // An axis has in its name what all of its cases have in common.
    let open = stdout(&run(&["plan", "--suite", "scaling", "--rate", "100", "--case", "^redis/"]));
    assert!(open.contains("redis/conns=64,rate=100 ") && open.contains("axis redis/conns,rate=100 "), "{open}");
}

#[test]
fn a_sweep_that_is_wrong_is_named_with_its_place() {
    let refused = |sweep: &str| {
        let bench = Bench::suite(&format!(
            "about = \"mine\"\nreference = \"tokio\"\nruntimes = [\"tokio\"]\n[[case]]\nworkload = \"redis\"\n{sweep}\n"
        ));
        let output = bench.run();
        assert_eq!(code(&output), 64, "{}", stderr(&output));
        assert!(!bench.record().exists(), "nothing is written");
        stderr(&output)
    };
    let unknown = refused("sweep = { cons = [1, 2] }");
    assert!(unknown.contains("mine.toml:6:18: redis: there is no parameter `cons` to sweep"), "{unknown}");
    assert!(unknown.contains("did you mean `conns`?"), "{unknown}");
    let bounds = refused("sweep = { conns = [1, 100000] }");
    assert!(
        bounds.contains("mine.toml:6:23: redis: `conns = 100000`: takes a whole number from 1 to 10000"),
        "{bounds}"
    );
    let rate = Bench::suite(
        "about = \"mine\"\nreference = \"tokio\"\nruntimes = [\"tokio\"]\n[[case]]\nworkload = \"redis\"\n\
         sweep = { rate = [100, 1000] }\n",
    );
    let output = loopswap()
        .args(["plan", "--rate", "10", "--suite", &rate.path("mine.toml")])
        .output()
        .expect("the binary starts");
    assert_eq!(code(&output), 64);
    assert!(stderr(&output).contains("sweeps the rate"), "{}", stderr(&output));
}
