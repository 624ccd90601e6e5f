//! Nothing outlasts the budget and the documented limits, no matter what a runner does and when.

use crate::race::{build, race};
use crate::tools::{Bench, arm, code, processes, read_json, row, stderr};
use std::process::{Child, Output, Stdio};
use std::time::{Duration, Instant};

/// No run of these takes half as long; a test that waits for a run that never ends must fail, not wait.
const WATCHDOG: Duration = Duration::from_mins(4);

/// The output of a run that ends.
fn ended(mut child: Child) -> Output {
    let began = Instant::now();
    while child.try_wait().expect("it was started").is_none() {
        if began.elapsed() > WATCHDOG {
            child.kill().expect("it runs");
            panic!("the run does not end");
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    child.wait_with_output().expect("it has ended")
}

/// Runs a good mock beside one with these arguments, and returns its arm, the errors of the row and the exit code.
fn beside_a_good_one(arguments: &str, flags: &[&str]) -> (serde_json::Value, String, i32) {
    let bench = Bench::mocks(&[("good", ""), ("bad", arguments)], 1, "");
    let child = bench.command().args(flags).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let output = ended(child.expect("the binary starts"));
    let report = bench.report();
    let row = row(&report, "cpu/case0");
    assert_eq!(arm(row, "good")["status"], "measured", "{arguments}: {}", stderr(&output));
    (arm(row, "bad").clone(), row["errors"].to_string(), code(&output))
}

/// A runner that hangs in this phase: the arm has no result, and this reason.
fn fails(phase: &str, reason: &str) {
    let (bad, errors, code) = beside_a_good_one(&format!("--fail hang@{phase}"), &[]);
    assert_eq!((code, &bad["status"]), (6, &"failed".into()), "{phase}: {bad} {errors}");
    assert!(bad["reason"].as_str().unwrap_or_default().contains(reason), "{phase}: {bad}");
    assert!(processes(&format!("--fail hang@{phase}")).is_empty(), "{phase}: the runner is gone");
}

#[test]
fn a_runner_that_hangs_before_it_says_hello() {
    let bench = Bench::mocks(&[("good", ""), ("bad", "--fail hang@hello")], 1, "");
    let output = ended(bench.start());
    assert_ne!(code(&output), 0);
    assert!(stderr(&output).contains("did not answer within 10s"), "{}", stderr(&output));
    assert!(processes("--fail hang@hello").is_empty(), "the runner is gone");
}

#[test]
fn a_runner_that_hangs_when_it_prepares() {
    fails("prepare", "did not answer within 30s");
}

#[test]
fn a_runner_that_hangs_in_its_first_slice() {
    fails("smoke", "did not answer within 3s 250ms");
}

#[test]
fn a_runner_that_hangs_while_its_work_is_found() {
    fails("calibration", "did not answer within 3s 250ms");
}

#[test]
fn a_runner_that_hangs_when_it_warms_up() {
    fails("warm-up", "did not answer within 3s 250ms");
}

#[test]
fn a_runner_that_hangs_in_a_round() {
    fails("round", "did not answer within 3s 250ms");
}

#[test]
fn a_runner_that_hangs_at_the_end() {
    fails("bye", "did not answer within 10s");
}

#[test]
fn a_runner_that_hangs_while_it_counts_keeps_its_times() {
    for (arguments, flags) in
        [("--fail hang@count", &[][..]), ("--syscalls-per-op 1 --fail hang@tally", &["--counters"])]
    {
        let (bad, errors, code) = beside_a_good_one(arguments, flags);
        assert_eq!((code, &bad["status"]), (6, &"measured".into()), "{arguments}: {bad}");
        assert!(errors.contains("bad, generation 0: the runner did not answer within 3s 250ms"), "{errors}");
    }
}

#[test]
fn a_runner_that_hangs_while_it_is_traced_has_no_count() {
    let (bad, errors, code) = beside_a_good_one("--fail hang@trace", &["--counters"]);
    assert_eq!((code, &bad["status"]), (0, &"measured".into()), "{bad} {errors}");
    let why = bad["counters_unavailable"]["syscalls"].as_str().unwrap_or_default();
    assert!(why.contains("cannot be counted from outside: "), "{bad}");
}

#[test]
fn a_build_that_hangs_when_it_is_to_confirm_is_no_regression() {
    let bench = Bench::mocks(&[("one", "")], 1, "");
    let base = build(&bench, "base", 50_000, "");
    // Slower, and it hangs with the seed of the second opinion.
    let head = build(&bench, "slow", 60_000, "--fail hang@warm-up --spare-seed 7");
    let mut command = race(&bench, &base, &head, &["--seed", "7"]);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the binary starts");
    let output = ended(child);
    assert_eq!(code(&output), 6, "{}", stderr(&output));
    let row = read_json(&bench.folder.path().join("out/comparison.json"))["rows"][0].clone();
    assert_eq!((&row["suspect"], &row["verdict"]), (&true.into(), &"error".into()), "{row}");
    assert!(row["errors"].to_string().contains("did not answer within"), "{row}");
}

#[test]
fn whatever_is_written_in_place_of_an_answer_ends_the_waiting() {
    let cases = [
        ("trickle", "bytes of a line without an end"),
        ("endless-line", "a line of more than 4 MiB"),
        ("flood", "did not answer within 3s 250ms"),
        ("orphan", "ended with exit code 0, and something that it started keeps its output open"),
    ];
    for (kind, reason) in cases {
        let (bad, errors, code) = beside_a_good_one(&format!("--fail {kind}"), &[]);
        assert_eq!((code, &bad["status"]), (6, &"failed".into()), "{kind}: {bad} {errors}");
        assert!(bad["reason"].as_str().unwrap_or_default().contains(reason), "{kind}: {bad}");
    }
    assert!(processes("sleep 600").is_empty(), "what a runner started ends with it");
}

#[test]
fn what_the_time_is_up_for_is_not_reached_and_the_rest_is_kept() {
    // Half a minute of overtime, of which the smoke pass may have half: each slice takes 180 ms of it.
    let bench = Bench::mocks(&[("slow", "--fail crawl"), ("other", "--fail crawl")], 120, "");
    let output = ended(bench.start());
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let report = bench.report();
    assert_eq!(report["complete"], "finished");
    let status = |case: usize| arm(row(&report, &format!("cpu/case{case}")), "other")["status"].clone();
    assert_eq!(status(0), "measured");
    let last = arm(row(&report, "cpu/case119"), "other").clone();
    assert_eq!(last["status"], "not-reached", "{last}");
    assert!(last["reason"].as_str().unwrap_or_default().contains("the budget of 2s was used up"), "{last}");
    let text = std::fs::read_to_string(bench.record()).expect("a record");
    let tried = text.lines().filter(|line| line.contains("\"calibrated\"")).count();
    assert!((1..120 * 3).contains(&tried), "the smoke pass was cut short after {tried} arms");
    assert!(report["summary"]["not_reached"].as_u64().is_some_and(|number| number > 0), "{}", report["summary"]);
}
