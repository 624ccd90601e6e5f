//! What goes wrong is a row that names its cause; everything else is intact, and no process is left behind.

use crate::tools::{Bench, arm, children, code, processes, read_json, row, run, signal, stderr, stdout, wait_for};
use nix::sys::signal::Signal;
use std::process::{Command, Output};

/// Runs a good mock beside one that fails, and returns the failing arm and the exit code.
fn beside_a_good_one(fail: &str) -> (serde_json::Value, Output) {
    let bench = Bench::mocks(&[("good", ""), ("bad", &format!("--fail {fail}"))], 1, "");
    let output = bench.run();
    let report = bench.report();
    let row = row(&report, "cpu/case0");
    assert_eq!(arm(row, "good")["status"], "measured", "{fail}: the other arm is untouched");
    (arm(row, "bad").clone(), output)
}

fn reason(arm: &serde_json::Value) -> String {
    arm["reason"].as_str().unwrap_or_default().to_owned()
}

#[test]
fn a_crash_names_the_signal_and_keeps_standard_error() {
    let (bad, output) = beside_a_good_one("crash");
    assert_eq!((code(&output), &bad["status"]), (6, &"failed".into()));
    assert!(reason(&bad).contains("SIGABRT"), "{bad}");
    assert!(bad["stderr"].as_str().unwrap_or_default().contains("told to crash"), "{bad}");
}

#[test]
fn a_panic_names_the_exit_code() {
    let (bad, output) = beside_a_good_one("panic");
    assert_eq!((code(&output), &bad["status"]), (6, &"failed".into()));
    assert!(reason(&bad).contains("exit code 101"), "{bad}");
}

#[test]
fn a_target_that_failed_before_a_run_was_resumed_has_failed() {
    let bench = Bench::mocks(&[("good", ""), ("bad", "--fail panic")], 1, "");
    assert_eq!(code(&bench.run()), 6);
    let resumed = run(&["run", "--resume", &bench.path("out")]);
    assert_eq!(code(&resumed), 6, "{}", stderr(&resumed));
    assert!(stdout(&resumed).contains("; it wrote: "), "the table has the last words: {}", stdout(&resumed));
}

#[test]
fn nothing_is_written_over_a_record() {
    let bench = Bench::mocks(&[("good", "")], 1, "");
    assert_eq!(code(&bench.run()), 0);
    let (out, record) = (bench.path("out"), bench.record());
    let before = std::fs::read(&record).expect("a record");
    let path = record.display().to_string();
    for command in [["compare", &out, &out, "--json", &path], ["gate", &out, &out, "--summary", &path]] {
        let output = run(&command);
        assert_eq!(code(&output), 64, "{}", stderr(&output));
        assert!(stderr(&output).contains("a record, which nothing is written over"), "{}", stderr(&output));
    }
    assert!(std::fs::read(&record).expect("a record") == before);
}

#[test]
fn a_hang_is_ended_and_named() {
    let (bad, output) = beside_a_good_one("hang");
    assert_eq!((code(&output), &bad["status"]), (6, &"failed".into()));
    assert!(reason(&bad).contains("did not answer"), "{bad}");
    assert!(processes("--fail hang").is_empty(), "the hanging runner is gone");
}

#[test]
fn a_wrong_result_has_no_time() {
    let (bad, output) = beside_a_good_one("wrong");
    assert_eq!((code(&output), &bad["status"]), (6, &"failed".into()));
    assert!(reason(&bad).contains("expected 1, got 2"), "{bad}");
    assert!(bad["time_ns"].is_null(), "{bad}");
}

#[test]
fn what_is_not_the_protocol_is_shown() {
    let (bad, output) = beside_a_good_one("garbage");
    assert_eq!((code(&output), &bad["status"]), (6, &"failed".into()));
    assert!(reason(&bad).contains("this is not the protocol"), "{bad}");
}

#[test]
fn unsupported_and_unfinished_are_no_errors() {
    let (bad, output) = beside_a_good_one("unsupported");
    assert_eq!((code(&output), &bad["status"]), (0, &"unsupported".into()));
    let (bad, output) = beside_a_good_one("slow");
    assert_eq!((code(&output), &bad["status"]), (0, &"did-not-finish".into()));
    assert!(bad["projected_ns"].as_f64().is_some_and(|ns| ns > 0.0), "{bad}");
}

#[test]
fn a_runner_that_is_killed_in_the_middle_is_a_row_with_its_cause() {
    let runners = [("good", ""), ("victim", "--ns-per-op 50001")];
    let bench = Bench::mocks(&runners, 2, "");
    let child = bench.start();
    bench.await_record("\"closed\"");
    wait_for("the victim", || {
        let victims = processes("--ns-per-op 50001");
        victims
            .first()
            .is_some_and(|(pid, _)| nix::sys::signal::kill(nix::unistd::Pid::from_raw(*pid), Signal::SIGKILL).is_ok())
    });
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(code(&output), 6, "{}", stderr(&output));
    let report = bench.report();
    let all = report.to_string();
    assert!(all.contains("SIGKILL"), "the cause is named");
    for case in ["cpu/case0", "cpu/case1"] {
        assert_eq!(arm(row(&report, case), "good")["status"], "measured");
        assert_eq!(arm(row(&report, case), "victim")["status"], "measured", "one death is not the end of an arm");
    }
}

#[test]
fn a_peer_that_is_killed_ends_its_row_only() {
    let bench = Bench::suite(
        "about = \"a peer dies\"\nreference = \"tokio\"\nruntimes = [\"tokio\", \"smol\"]\ngenerations = 40\n\
         slice = \"5ms\"\nbudget = \"6s\"\n\
         [[case]]\nworkload = \"http-fetch\"\nname = \"first\"\nparams = { conns = 2 }\n\
         [[case]]\nworkload = \"http-fetch\"\nname = \"second\"\nparams = { conns = 2 }\n\
         [[case]]\ncase = \"cpu/one-go\"\n",
    );
    let child = bench.start();
    bench.await_record("\"closed\"");
    let peer = children(child.id()).into_iter().find(|(_, line)| line.contains(" peer http"));
    signal(peer.expect("the HTTP peer").0, Signal::SIGKILL);
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(code(&output), 6, "{}", stderr(&output));
    let report = bench.report();
    let first = row(&report, "http-fetch/first");
    assert!(first["errors"].to_string().contains("SIGKILL"), "{}", first["errors"]);
    for case in ["http-fetch/second", "cpu/one-go"] {
        for runtime in ["tokio", "smol"] {
            assert_eq!(arm(row(&report, case), runtime)["status"], "measured", "{case} on {runtime}");
        }
    }
}

#[test]
fn an_interrupted_run_is_kept_and_can_be_gone_on_with() {
    let bench = Bench::mocks(&[("base", "--ns-per-op 70002"), ("other", "--ns-per-op 70002")], 3, "");
    let child = bench.start();
    bench.await_record("\"closed\"");
    signal(child.id().cast_signed(), Signal::SIGINT);
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(code(&output), 130, "{}", stderr(&output));
    assert!(stderr(&output).contains("--resume"), "{}", stderr(&output));
    assert!(processes("--ns-per-op 70002").is_empty(), "no process is left");
    assert_eq!(bench.report()["complete"], "interrupted");

    let resumed = run(&["run", "--resume", &bench.path("out")]);
    assert_eq!(code(&resumed), 0, "{}", stderr(&resumed));
    let report = bench.report();
    assert_eq!(report["complete"], "finished");
    for case in ["cpu/case0", "cpu/case1", "cpu/case2"] {
        assert_eq!(row(&report, case)["generations"], 8, "{case}");
    }
}

#[test]
fn a_run_interrupted_in_its_smoke_pass_tries_the_rest_when_resumed() {
    let names = ["a", "b", "c", "d", "e", "f"];
    let runners: Vec<(&str, &str)> = names.iter().map(|name| (*name, "--ns-per-op 1000004")).collect();
    let bench = Bench::mocks(&runners, 2, "");
    let child = bench.start();
    bench.await_record("\"calibrated\"");
    signal(child.id().cast_signed(), Signal::SIGINT);
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(code(&output), 130, "{}", stderr(&output));
    let resumed = run(&["run", "--resume", &bench.path("out")]);
    assert_eq!(code(&resumed), 0, "{}", stderr(&resumed));
    let report = bench.report();
    for name in names {
        assert_eq!(arm(row(&report, "cpu/case0"), name)["status"], "measured", "{name}");
        assert_eq!(arm(row(&report, "cpu/case1"), name)["status"], "measured", "{name}");
    }
}

#[test]
fn an_arm_that_leaves_in_the_middle_is_no_error_of_the_peer() {
    // The mock asks no peer for anything, so only the other arm is counted; it must not be blamed.
    let suite = "about = \"one leaves\"\nreference = \"tokio\"\nruntimes = [\"tokio\", \"leaver\"]\ngenerations = 2\n\
                 slice = \"2ms\"\nlimit = \"500ms\"\nbudget = \"30s\"\n\
                 [[runner]]\nname = \"leaver\"\ncommand = [\"{loopswap}\", \"runner\", \"mock\", \"--fail\", \"slow\", \"--after\", \"10\"]\n\
                 [[case]]\nworkload = \"http-fetch\"\nname = \"few\"\nparams = { conns = 2 }\n";
    let bench = Bench::suite(suite);
    let output = bench.run();
    let report = bench.report();
    let few = row(&report, "http-fetch/few");
    assert_eq!(arm(few, "tokio")["status"], "measured");
    assert!(!few["errors"].to_string().contains("the peer counts"), "{} {}", few["errors"], stderr(&output));
}

#[test]
fn a_conductor_that_is_killed_leaves_no_process() {
    let bench =
        Bench::mocks(&[("base", "--ns-per-op 70003"), ("stuck", "--ns-per-op 70003 --fail hang --after 3")], 1, "");
    let mut child = bench.start();
    wait_for("its runners", || !processes("--ns-per-op 70003").is_empty());
    child.kill().expect("it runs");
    child.wait().expect("it ends");
    wait_for("the end of its runners", || processes("--ns-per-op 70003").is_empty());
}

/// A run with an HTTP peer and a Redis (the real server if it is installed), long enough to be cut short.
fn with_peers() -> Bench {
    Bench::suite(
        "about = \"peers\"\nreference = \"tokio\"\nruntimes = [\"tokio\", \"smol\"]\ngenerations = 400\n\
         slice = \"5ms\"\nbudget = \"60s\"\n\
         [[case]]\nworkload = \"http-fetch\"\nname = \"http\"\nparams = { conns = 2 }\n\
         [[case]]\ncase = \"redis/conns=1\"\n",
    )
}

/// Whether a process still runs; one that has ended and waits to be reaped does not.
pub(crate) fn runs(pid: i32) -> bool {
    std::fs::read_to_string(format!("/proc/{pid}/stat"))
        .ok()
        .and_then(|stat| stat.rsplit_once(')').map(|(_, rest)| !rest.trim_start().starts_with('Z')))
        .unwrap_or(false)
}

fn started_processes(bench: &Bench, run: u32) -> Vec<(i32, String)> {
    bench.await_record("\"closed\"");
    let started = children(run);
    assert!(started.iter().any(|(_, line)| line.contains(" peer http")), "an HTTP peer: {started:?}");
    assert!(started.iter().any(|(_, line)| line.contains("redis")), "a Redis: {started:?}");
    started
}

#[test]
fn an_interrupted_run_leaves_no_peer() {
    let bench = with_peers();
    let child = bench.start();
    let started = started_processes(&bench, child.id());
    signal(child.id().cast_signed(), Signal::SIGINT);
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(code(&output), 130, "{}", stderr(&output));
    for (pid, line) in started {
        assert!(!runs(pid), "still there: {line}");
    }
}

#[test]
fn a_conductor_that_is_killed_leaves_no_peer() {
    let bench = with_peers();
    let mut child = bench.start();
    let started = started_processes(&bench, child.id());
    child.kill().expect("it runs");
    child.wait().expect("it ends");
    for (pid, line) in started {
        wait_for(&format!("the end of {line}"), || !runs(pid));
    }
}

#[test]
fn a_full_disk_keeps_what_was_measured() {
    let bench = Bench::mocks(&[("base", ""), ("other", "")], 30, "");
    let disk = bench.path("disk");
    std::fs::create_dir(&disk).expect("room");
    let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", "size=160k", "tmpfs", &disk]).output();
    if !mounted.is_ok_and(|output| output.status.success()) {
        eprintln!("skipped: a small tmpfs cannot be mounted here (it needs root)");
        return;
    }
    let out = format!("{disk}/out");
    let mut command = crate::tools::loopswap();
    let output = command.args(["run", "--suite", &bench.path("mine.toml"), "--output", &out]).output();
    let record = std::fs::read_to_string(format!("{out}/record.jsonl"));
    let shown = run(&["report", &out]);
    let unmounted = Command::new("umount").arg(&disk).status();
    let (output, record) = (output.expect("it starts"), record.expect("the record is there"));
    assert!(unmounted.is_ok_and(|status| status.success()), "the disk is given back");

    assert_eq!(code(&output), 70, "{}", stderr(&output));
    assert!(stderr(&output).contains("No space left on device"), "{}", stderr(&output));
    assert!(record.ends_with('\n'), "every line is whole");
    assert!(record.contains("No space left on device"), "the record names the cause");
    assert_eq!(code(&shown), 0, "{}", stderr(&shown));
    // Sentences are wrapped to the width of the table.
    let words = stdout(&shown).split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.contains("No space left on device"), "{}", stdout(&shown));
    assert!(stdout(&shown).contains("cpu/case0"), "{}", stdout(&shown));
}

#[test]
fn a_record_that_was_cut_off_is_read_up_to_there() {
    let bench = Bench::mocks(&[("base", ""), ("other", "")], 1, "");
    bench.run();
    let text = std::fs::read_to_string(bench.record()).expect("a record");
    let cut = bench.folder.path().join("cut.jsonl");
    std::fs::write(&cut, &text[..text.len() * 2 / 3]).expect("room");
    let shown = run(&["report", &cut.display().to_string(), "--json"]);
    assert_eq!(code(&shown), 0, "{}", stderr(&shown));
    let report: serde_json::Value = serde_json::from_str(&stdout(&shown)).expect("a report");
    assert_eq!(report["complete"], "unknown");
    let whole = read_json(&bench.folder.path().join("out/report.json"));
    let generations = |report: &serde_json::Value| row(report, "cpu/case0")["generations"].as_u64();
    assert!(generations(&report) < generations(&whole), "only whole generations count");
}
