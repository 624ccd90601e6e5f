//! `loopswap explain`: from a record to the reasons, and its message if there is nothing to explain.

use crate::race::{build, race};
use crate::tools::{Bench, base_and_head, code, loopswap, run, stderr, stdout};

#[test]
fn a_row_is_explained_from_its_record() {
    let bench = Bench::mocks(&[("base", "--ns-per-op 100000"), ("slow", "--ns-per-op 200000"), ("other", "")], 2, "");
    assert_eq!(code(&bench.run()), 0);
    let out = bench.path("out");
    let all = run(&["explain", "case0", &out]);
    assert_eq!(code(&all), 0, "{}", stderr(&all));
    let text = stdout(&all);
    let unwrapped = text.split_whitespace().collect::<Vec<_>>().join(" ");
    for part in [
        "cpu/case0 ·",
        "8 generations of 8 planned",
        "control: base against itself",
        "slow against base: worse (▼)",
        " +100 %",
        "exact signed rank, 8 generations",
        "other against base",
    ] {
        assert!(unwrapped.contains(part), "`{part}` in {text}");
    }
    assert!(text.lines().all(|line| line.chars().count() <= 100), "{text}");

    let record = bench.record().display().to_string();
    let one = stdout(&run(&["explain", "cpu/case0", &record, "--runtime", "slow", "--precision", "1%"]));
    assert!(one.contains("slow against base") && !one.contains("other against base"), "{one}");
    assert!(one.contains("the cheapest plan for ± 1.0 %"), "{one}");
}

fn unwrapped(text: &str) -> String {
    assert!(text.lines().all(|line| line.chars().count() <= 100), "{text}");
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn a_row_of_a_race_is_explained_from_its_record() {
    let bench = Bench::mocks(&[("one", ""), ("two", "")], 1, "");
    let (base, slow) = (build(&bench, "base", 50_000, ""), build(&bench, "slow", 52_500, ""));
    let output = race(&bench, &base, &slow, &[]).output().expect("it starts");
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let out = bench.path("out");
    let output = run(&["explain", "case0", &out, "--runtime", "two", "--precision", "0.5%"]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let text = unwrapped(&stdout(&output));
    for part in [
        "cpu/case0 on two · ",
        "control: BASE against itself",
        "look at 12 generations: centre +5.00 %",
        "→ suspect",
        "second opinion: ",
        "→ confirmed",
        "verdict: slower (▼)",
        "the cheapest plan for ± 0.5 %",
    ] {
        assert!(text.contains(part), "`{part}` in {text}");
    }
    assert!(!text.contains("cpu/case0 on one"), "{text}");
    assert!(unwrapped(&stdout(&run(&["explain", "case0", &out]))).contains("cpu/case0 on one"));
    let output = run(&["explain", "case0", &out, "--runtime", "twoo"]);
    assert_eq!(code(&output), 4);
    assert!(stderr(&output).contains("did you mean `two`?"), "{}", stderr(&output));
    // The comparison alone shows as much as it holds.
    let output = run(&["explain", "case0", &bench.path("out/comparison.json"), "--runtime", "one"]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let text = unwrapped(&stdout(&output));
    assert!(text.contains("the look that ended the row: p ") && text.contains("confirmed by 24 fresh"), "{text}");
}

#[test]
fn a_comparison_of_reports_is_explained_as_far_as_it_tells() {
    let bench = base_and_head("--ns-per-op 150000");
    let file = bench.path("comparison.json");
    assert_eq!(code(&run(&["compare", &bench.path("base"), &bench.path("head"), "--json", &file])), 0);
    for given in [&file, &bench.folder.path().display().to_string()] {
        let output = run(&["explain", "cpu/case0", given, "--runtime", "other"]);
        assert_eq!(code(&output), 0, "{}", stderr(&output));
        let text = unwrapped(&stdout(&output));
        for part in [
            "cpu/case0 on other · ",
            "HEAD ÷ BASE is 1.500, +50.0 %",
            "adjusted over the 2 rows",
            "is at most 5.0 % (yes), and the centre is beyond the threshold (yes)",
            "verdict: slower (▼)",
            "for the drift between two runs",
        ] {
            assert!(text.contains(part), "`{part}` in {text}");
        }
    }
    let output = run(&["explain", "case0", &file, "--precision", "1%"]);
    assert_eq!(code(&output), 64);
    assert!(stderr(&output).contains("single generations"), "{}", stderr(&output));
    assert_eq!(code(&run(&["explain", "case9", &file])), 4);
}

#[test]
fn the_latest_run_is_explained_where_none_is_given() {
    let bench = Bench::mocks(&[("base", "")], 1, "");
    let within = |arguments: &[&str]| {
        loopswap().args(arguments).current_dir(bench.folder.path()).output().expect("the binary starts")
    };
    let none = within(&["explain", "case0"]);
    assert_eq!(code(&none), 64);
    assert!(stderr(&none).contains("no run under loopswap-runs"), "{}", stderr(&none));
    assert_eq!(code(&within(&["run", "--suite", "mine.toml", "--quiet"])), 0);
    let output = within(&["explain", "case0"]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    assert!(stdout(&output).starts_with("cpu/case0 · "), "{}", stdout(&output));
}

#[test]
fn what_does_not_match_gets_a_suggestion() {
    let bench = Bench::mocks(&[("base", ""), ("other", "")], 2, "");
    assert_eq!(code(&bench.run()), 0);
    let out = bench.path("out");
    let failed = |arguments: &[&str]| {
        let output = run(&[&["explain"], arguments, &[&out]].concat());
        assert_eq!(stdout(&output), "");
        (code(&output), stderr(&output))
    };
    let (exit, message) = failed(&["cpu/cas0"]);
    assert!(exit == 4 && message.contains("did you mean `cpu/case0`?"), "{exit}: {message}");
    let (exit, message) = failed(&["cpu", "--runtime", "base"]);
    assert!(exit == 64 && message.contains("cpu/case0, cpu/case1"), "{exit}: {message}");
    let (exit, message) = failed(&["case0", "--runtime", "otter"]);
    assert!(exit == 4 && message.contains("did you mean `other`?"), "{exit}: {message}");
    let output = run(&["explain", "case0", &bench.path("out/report.json")]);
    assert!(code(&output) == 64 && stderr(&output).contains("record.jsonl"), "{}", stderr(&output));
}
