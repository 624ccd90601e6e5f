//! Records edited by hand: `--resume` continues or refuses, with line and field; it never panics.

use crate::tools::{Bench, code, read_json, run, stderr, stdout};
use assert_cmd::cargo::cargo_bin;
use serde_json::{Value, json};

const NO_ROUNDS: &str = include_str!("../../../report/tests/cases/resume-no-rounds.jsonl");
const ANOTHER: &str = include_str!("../../../report/tests/cases/resume-another.jsonl");

/// Puts the record into the bench as one of this build, with its header changed by `edit`, and resumes it.
fn race_on(bench: &Bench, text: &str, edit: impl FnOnce(&mut Value)) -> (i32, String) {
    let environment: Value = serde_json::from_str(&stdout(&run(&["environment"]))).expect("JSON");
    let (header, rest) = text.split_once('\n').expect("lines");
    let mut header: Value = serde_json::from_str(header).expect("a header");
    for side in ["base", "head"] {
        let build = &mut header["header"]["plan"]["race"][side];
        build["program"] = cargo_bin("loopswap").display().to_string().into();
        build["environment"] = environment.clone();
    }
    header["header"]["environment"] = environment;
    edit(&mut header["header"]);
    std::fs::create_dir_all(bench.path("out")).expect("room");
    std::fs::write(bench.record(), format!("{header}\n{rest}")).expect("room");
    let output = run(&["race", "--resume", &bench.path("out"), "--quiet"]);
    assert!(!stderr(&output).contains("panicked"), "{}", stderr(&output));
    (code(&output), stderr(&output))
}

#[test]
fn a_race_with_several_runtimes_goes_on_with_all_of_them() {
    let bench = Bench::suite("");
    let (code, said) = race_on(&bench, NO_ROUNDS, |_| {});
    assert_eq!(code, 0, "{said}");
    let found = read_json(&bench.folder.path().join("out/comparison.json"));
    assert_eq!(found["complete"], "finished");
    assert_eq!(found["rows"].as_array().map(Vec::len), Some(2), "{found}");
}

#[test]
fn a_header_that_cannot_be_gone_on_with_is_refused_with_line_and_field() {
    let bench = Bench::suite("");
    let (code, said) = race_on(&bench, ANOTHER, |_| {});
    assert_eq!(code, 64, "{said}");
    assert!(said.contains("line 1 of the record: plan.rows[1]: `runner_cpus, their number,` is 0"), "{said}");
    type Edit = fn(&mut Value);
    let edits: [(Edit, &str); 10] = [
        (|header| header["plan"]["rows"][0]["granule"] = json!(0), "plan.rows[0]: `granule` is 0"),
        (|header| header["plan"]["rows"][0]["arms"] = json!([]), "plan.rows[0]: `arms, their number,` is 0"),
        (|header| header["plan"]["cpus"] = json!([]), "`plan.cpus, their number,` is 0"),
        (|header| header["plan"]["rows"][1]["runner_cpus"] = json!([4095]), "CPU 4095, which cannot be used here"),
        (|header| header["plan"]["generations"] = json!(u32::MAX), "`plan.generations` is 4294967295"),
        (|header| header["plan"]["rounds"] = json!(41), "`plan.rounds` is 41: takes 1 to 40"),
        (|header| header["plan"]["budget_ms"] = json!(u64::MAX), "`plan.budget_ms` is 18446744073709551615"),
        (|header| header["plan"]["race"]["rules"]["looks"] = json!([0]), "`plan.race.rules.looks[0]` is 0"),
        (|header| header["plan"]["rows"][0]["params"] = json!({}), "parameters are missing"),
        (|header| header["plan"]["rows"][0]["workload"] = json!("cpus"), "unknown workload `cpus`"),
    ];
    for (edit, what) in edits {
        let (code, said) = race_on(&bench, NO_ROUNDS, edit);
        assert_eq!(code, 64, "{what}: {said}");
        assert!(said.contains(what), "{what}: {said}");
    }
}

#[test]
fn nothing_is_measured_that_could_not_be_read_again() {
    let bench = Bench::mocks(&[("one", "")], 1, "");
    let refused = |more: &[&str]| {
        let output = bench.command().args(more).output().expect("it starts");
        assert_eq!(code(&output), 64, "{more:?}: {}", stderr(&output));
        let planned = run(&[&["plan", "--suite", &bench.path("mine.toml")], more].concat());
        assert_eq!((code(&planned), stderr(&planned)), (64, stderr(&output)), "what cannot be run is not planned");
        stderr(&output)
    };
    assert!(refused(&["--budget", "100000years"]).contains("`plan.budget_ms` is "));
    assert!(refused(&["--slice", "2years"]).contains("`plan.slice_ms` is "));
    assert!(!bench.record().exists());
}

#[test]
fn a_record_with_a_damaged_line_still_gives_its_report_and_says_so() {
    let bench = Bench::mocks(&[("one", ""), ("two", "")], 1, "");
    let output = bench.run();
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let mut bytes = std::fs::read(bench.record()).expect("a record");
    let slice = bytes.windows(2).position(|pair| pair == b"\n[").expect("a slice") + 1;
    bytes[slice] = 0xff;
    std::fs::write(bench.record(), &bytes).expect("room");
    let output = run(&["report", &bench.path("out")]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let said = stdout(&output).split_whitespace().collect::<Vec<_>>().join(" ");
    let line = bytes[..slice].iter().filter(|byte| **byte == b'\n').count() + 1;
    assert!(said.contains("the record is damaged: 1 line left out, and 1 generation with them"), "{said}");
    assert!(said.contains(&format!("(line {line}: invalid utf-8")), "{said}");
    let report: Value = serde_json::from_str(&stdout(&run(&["report", "--json", &bench.path("out")]))).expect("JSON");
    assert_eq!(report["damage"]["first"][0]["line"], line);
    assert_eq!(report["rows"][0]["generations"], 7);
}
