//! Two builds against each other, with runners whose numbers are known.

use crate::tools::{Bench, code, loopswap, processes, read_json, run, signal, stderr, stdout};
use nix::sys::signal::Signal;
use serde_json::Value;
use std::path::Path;
use std::process::{Command, Stdio};

/// A program that is loopswap in everything but the speed of its mock runners.
pub(crate) fn build(bench: &Bench, name: &str, ns_per_op: u32, fail: &str) -> String {
    let path = bench.path(name);
    let program = loopswap().get_program().to_string_lossy().into_owned();
    // The mock of a suite is `{loopswap} runner mock`: only its numbers differ between the two builds.
    let script = format!(
        "#!/bin/sh\nif [ \"$1\" = runner ]; then exec {program} runner mock --ns-per-op {ns_per_op} {fail}; fi\nexec {program} \"$@\"\n"
    );
    std::fs::write(&path, script).expect("room for a script");
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(&path, mode).expect("it is ours");
    path
}

pub(crate) fn race(bench: &Bench, base: &str, head: &str, more: &[&str]) -> Command {
    let mut command = loopswap();
    command.args(["race", base, head, "--suite", &bench.path("mine.toml"), "--output", &bench.path("out"), "--quiet"]);
    command.args(["--generations", "20"]).args(more);
    command
}

fn comparison(bench: &Bench) -> Value {
    read_json(Path::new(&bench.path("out/comparison.json")))
}

#[test]
fn a_slower_build_is_a_confirmed_regression_and_an_equal_one_is_equivalent() {
    let bench = Bench::mocks(&[("one", "")], 1, "");
    let (base, slow) = (build(&bench, "base", 50_000, ""), build(&bench, "slow", 52_500, ""));
    let output = race(&bench, &base, &slow, &[]).output().expect("it starts");
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let found = comparison(&bench);
    let row = &found["rows"][0];
    assert_eq!(row["verdict"], "regression", "{row}");
    assert!((row["ratio"]["value"].as_f64().expect("a ratio") - 1.05).abs() < 1e-6, "{row}");
    assert_eq!(row["generations"], 12, "a clear row stops at the first look");
    assert_eq!(row["confirmation"]["confirmed"], true, "{row}");
    assert!(row["confirmation"]["generations"].as_u64().is_some_and(|count| count >= 20), "{row}");
    assert_eq!(found["kind"], "race");
    assert!(stdout(&output).contains("cpu/case0"));

    let bench = Bench::mocks(&[("one", "")], 1, "");
    let same = build(&bench, "same", 50_000, "");
    let output = race(&bench, &same, &same, &[]).output().expect("it starts");
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let row = &comparison(&bench)["rows"][0];
    assert_eq!((&row["verdict"], &row["confirmation"]), (&"equivalent".into(), &Value::Null), "{row}");
    assert!(row["smallest_visible"].is_number(), "{row}");
}

#[test]
fn counts_of_two_ways_of_counting_are_not_compared() {
    let bench = Bench::mocks(&[("one", "")], 1, "");
    let told = build(&bench, "told", 50_000, "--syscalls-per-op 4");
    let (same, mute) = (build(&bench, "same", 50_000, "--syscalls-per-op 4"), build(&bench, "mute", 50_000, ""));
    let output = race(&bench, &told, &same, &[]).output().expect("it starts");
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let found = comparison(&bench);
    let counters = &found["rows"][0]["counters"];
    assert_eq!((&counters[0]["name"], &counters[0]["method"]), (&"syscalls".into(), &"given".into()), "{counters}");

    let bench = Bench::mocks(&[("one", "")], 1, "");
    let output = race(&bench, &told, &mute, &[]).output().expect("it starts");
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let found = comparison(&bench);
    assert_eq!(found["rows"][0]["counters"], Value::Array(vec![]), "{found}");
    let caveat = "in 1 row syscalls are not compared, BASE counts them by given, HEAD by ptrace-difference";
    // If ptrace(2) is forbidden HEAD has no figure, and nothing can be compared.
    assert!(found["caveats"].to_string().contains(caveat) || found["caveats"] == Value::Array(vec![]), "{found}");
}

#[test]
fn a_build_that_fails_is_an_error_of_its_row_only() {
    let bench = Bench::mocks(&[("one", "")], 1, "");
    let (base, ill) = (build(&bench, "base", 50_000, ""), build(&bench, "ill", 50_000, "--fail wrong"));
    let output = race(&bench, &base, &ill, &[]).output().expect("it starts");
    assert_eq!(code(&output), 6, "{}", stderr(&output));
    let row = &comparison(&bench)["rows"][0];
    assert_eq!(row["verdict"], "error", "{row}");
    assert!(row["errors"].to_string().contains("expected 1, got 2"), "{row}");
}

#[test]
fn what_is_no_build_is_not_comparable() {
    let bench = Bench::mocks(&[("one", "")], 1, "");
    let program = loopswap().get_program().to_string_lossy().into_owned();
    for (base, says) in [(bench.path("none"), "No such file"), ("/bin/true".to_owned(), "cannot be read")] {
        let output = race(&bench, &base, &program, &[]).output().expect("it starts");
        assert_eq!(code(&output), 7, "{}", stderr(&output));
        assert!(stderr(&output).contains(says), "{}", stderr(&output));
        assert!(!Path::new(&bench.path("out")).exists(), "nothing is written");
    }
    let output = race(&bench, "no-such-revision", &program, &["--rev"]).output().expect("it starts");
    assert_eq!(code(&output), 7, "{}", stderr(&output));
    assert!(stderr(&output).contains("no git revision"), "{}", stderr(&output));
}

#[test]
fn what_cannot_be_raced_or_written_has_the_codes_of_the_table() {
    let bench = Bench::mocks(&[("one", "")], 1, "");
    let same = build(&bench, "same", 50_000, "");
    let refused = |more: &[&str]| race(&bench, &same, &same, more).output().expect("it starts");
    let output = refused(&["--case", "nosuchcase"]);
    assert_eq!(code(&output), 4, "{}", stderr(&output));
    assert!(stderr(&output).contains("cpu/case0"), "{}", stderr(&output));
    let output = refused(&["--margin", "much"]);
    assert_eq!(code(&output), 64, "{}", stderr(&output));
    assert!(!Path::new(&bench.path("out")).exists(), "nothing is measured");

    // Something is in the way of the comparison: what was measured is kept nevertheless.
    std::fs::create_dir_all(bench.path("out/comparison.json/in the way")).expect("room");
    let output = refused(&[]);
    assert_eq!(code(&output), 70, "{}", stderr(&output));
    assert!(stdout(&output).contains("cpu/case0"), "the finding is shown: {}", stdout(&output));
    // What it recommends gives what could not be written.
    let said = stderr(&output);
    let (_, rest) = said.split_once("the record is kept: `loopswap ").unwrap_or_else(|| panic!("{said}"));
    let words: Vec<&str> = rest.split('`').next().expect("a command").split_whitespace().collect();
    let again = run(&words);
    assert_eq!(code(&again), 0, "{words:?}: {}", stderr(&again));
    let found: Value = serde_json::from_slice(&again.stdout).expect("JSON");
    assert_eq!((&found["kind"], &found["rows"][0]["case"]), (&"race".into(), &"cpu/case0".into()), "{found}");
    let output = refused(&[]);
    assert_eq!(code(&output), 64, "nothing that was measured is overwritten: {}", stderr(&output));
}

#[test]
fn whatever_reads_the_record_of_a_race_judges_it_as_the_race_did() {
    let bench = Bench::mocks(&[("one", "")], 1, "");
    let (base, slow) = (build(&bench, "base", 50_000, ""), build(&bench, "slow", 52_500, ""));
    let output = race(&bench, &base, &slow, &["--margin", "2%"]).output().expect("it starts");
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let (folder, file) = (bench.path("out"), bench.path("out/comparison.json"));
    let (record, written) = (bench.record().display().to_string(), std::fs::read_to_string(&file).expect("written"));
    let judged = |what: &str| {
        for path in [&folder, &record] {
            assert_eq!(stdout(&run(&["report", "--json", path])), written, "{what}: {path}");
            let table = stdout(&run(&["report", path]));
            assert!(stdout(&output).starts_with(&table) && table.contains("cpu/case0"), "{what}: {path}: {table}");
            let gated = run(&["gate", path, "--quiet"]);
            assert_eq!(code(&gated), 3, "{what}: {path}: {}", stderr(&gated));
        }
    };
    judged("beside its comparison");
    std::fs::write(&file, written.replace("\"regression\"", "\"equivalent\"")).expect("room");
    judged("the record decides");
    std::fs::remove_file(&file).expect("it was written");
    judged("alone");
    let accepted = bench.path("accepted.toml");
    let taken = ["--runtime", "one", "--until", "9999-01-01", "--why", "meant", "--file", &accepted];
    let output = run(&[&["acknowledge", "cpu/case0", &record], &taken[..]].concat());
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    // It has no report of a run, and is not gone on with as one.
    for (arguments, way_out) in [
        (vec!["compare", &folder, &folder], format!("loopswap gate {folder}")),
        (vec!["gate", &record, &record], format!("loopswap gate {record}")),
        (vec!["run", "--resume", &folder], format!("loopswap race --resume {folder}")),
    ] {
        let output = run(&arguments);
        assert_eq!(code(&output), 64, "{arguments:?}: {}", stderr(&output));
        assert!(stderr(&output).contains("of a race"), "{arguments:?}: {}", stderr(&output));
        assert!(stderr(&output).contains(&way_out), "{arguments:?}: {}", stderr(&output));
    }
}

#[test]
fn an_interrupted_race_is_kept_and_can_be_gone_on_with() {
    let bench = Bench::mocks(&[("one", "")], 3, "");
    let build = build(&bench, "base", 70_005, "");
    let child = race(&bench, &build, &build, &[]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let child = child.expect("it starts");
    bench.await_record("\"closed\"");
    signal(child.id().cast_signed(), Signal::SIGINT);
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(code(&output), 130, "{}", stderr(&output));
    assert!(stderr(&output).contains("race --resume"), "{}", stderr(&output));
    assert!(processes("--ns-per-op 70005").is_empty(), "no process is left");
    assert_eq!(comparison(&bench)["complete"], "interrupted");

    let output = run(&["race", "--resume", &bench.path("out"), "--quiet"]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let found = comparison(&bench);
    assert_eq!(found["complete"], "finished");
    for row in found["rows"].as_array().expect("rows") {
        assert_eq!(row["verdict"], "equivalent", "{row}");
    }
}

#[test]
fn a_record_names_programs_by_their_way_from_the_folder_that_the_race_began_in() {
    let bench = Bench::mocks(&[("one", "")], 3, "");
    build(&bench, "base", 50_000, "");
    std::fs::create_dir(bench.path("elsewhere")).expect("room");
    let inside = |folder: &str, arguments: &[&str]| {
        let mut command = loopswap();
        command.current_dir(bench.path(folder)).args(["race", "--quiet"]).args(arguments);
        command
    };
    let mut command =
        inside(".", &["base", "./base", "--suite", "mine.toml", "--output", "out", "--generations", "20"]);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts");
    bench.await_record("\"closed\"");
    signal(child.id().cast_signed(), Signal::SIGINT);
    assert_eq!(code(&child.wait_with_output().expect("it ends")), 130);
    let record = std::fs::read_to_string(bench.record()).expect("a record");
    let header: Value = serde_json::from_str(record.lines().next().expect("a header")).expect("JSON");
    let race = &header["header"]["plan"]["race"];
    assert_eq!((&race["base"]["program"], &race["head"]["program"]), (&"base".into(), &"base".into()), "{race}");
    assert!(!record.contains(&bench.path("")), "the record names a folder of the machine");

    let output = inside("elsewhere", &["--resume", "../out"]).output().expect("it starts");
    assert_eq!(code(&output), 7, "{}", stderr(&output));
    assert!(stderr(&output).contains("resume from that folder"), "{}", stderr(&output));
    let output = inside(".", &["--resume", "out"]).output().expect("it starts");
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    assert_eq!(comparison(&bench)["complete"], "finished");
}

#[test]
fn a_race_has_the_runtimes_that_were_asked_for_and_no_reference_beside_them() {
    let bench = Bench::mocks(&[("one", ""), ("two", "")], 1, "");
    let same = build(&bench, "same", 50_000, "");
    let output = race(&bench, &same, &same, &["--runtime", "^two$"]).output().expect("it starts");
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let found = comparison(&bench);
    let runtimes: Vec<&Value> = found["rows"].as_array().expect("rows").iter().map(|row| &row["runtime"]).collect();
    assert_eq!(runtimes, ["two"]);
}

#[test]
fn extra_work_is_found_in_a_real_runtime() {
    let bench = Bench::suite(
        "about = \"small\"\nreference = \"tokio\"\nruntimes = [\"tokio\"]\nslice = \"2ms\"\n\
         [[case]]\nworkload = \"cpu\"\nname = \"small\"\nparams = { tasks = 1, steps = 5000 }\n",
    );
    let program = loopswap().get_program().to_string_lossy().into_owned();
    let path = bench.path("extra-work");
    let script = format!(
        "#!/bin/sh\nif [ \"$1\" = runner ]; then exec {program} \"$@\" --extra-work 100; fi\nexec {program} \"$@\"\n"
    );
    std::fs::write(&path, script).expect("room for a script");
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(&path, mode).expect("it is ours");
    let output = race(&bench, &program, &path, &["--budget", "20s"]).output().expect("it starts");
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let row = &comparison(&bench)["rows"][0];
    // Twice the work takes about twice the time, however busy the machine is.
    assert_eq!(row["verdict"], "regression", "{row}");
    assert!(row["ratio"]["value"].as_f64().is_some_and(|ratio| (1.5..2.7).contains(&ratio)), "{row}");
}
