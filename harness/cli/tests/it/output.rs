//! Standard output that cannot be written is told; a reader that has seen enough is not missed.

use crate::tools::{Bench, code, loopswap, stderr};
use std::fs::File;
use std::process::{Command, Output, Stdio};

/// A folder with two reports and the comparison of them.
fn stored() -> Bench {
    let bench = Bench::mocks(&[("base", "")], 1, "");
    for name in ["base", "head"] {
        let output = loopswap()
            .args(["run", "--suite", &bench.path("mine.toml"), "--output", &bench.path(name), "--quiet"])
            .output()
            .expect("it starts");
        assert_eq!(code(&output), 0, "{}", stderr(&output));
    }
    let comparison = bench.path("comparison.json");
    let output = crate::tools::run(&["compare", &bench.path("base"), &bench.path("head"), "--json", &comparison]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    bench
}

fn to(stdout: impl Into<Stdio>, arguments: &[&str]) -> Output {
    let mut command: Command = loopswap();
    let child = command.args(arguments).stdin(Stdio::null()).stdout(stdout).stderr(Stdio::piped()).spawn();
    child.and_then(std::process::Child::wait_with_output).expect("it starts")
}

#[test]
fn output_that_cannot_be_written_fails_with_70_whatever_the_verb() {
    let bench = stored();
    let (base, head, both) = (bench.path("base"), bench.path("head"), bench.path("comparison.json"));
    let (suite, new) = (bench.path("mine.toml"), bench.path("new"));
    for arguments in [
        vec!["report", &base],
        vec!["report", "--json", &base],
        vec!["report", "--markdown", &both],
        vec!["compare", &base, &head],
        vec!["gate", &both],
        vec!["explain", "cpu/case0", &base],
        vec!["run", "--quiet", "--suite", &suite, "--output", &new],
        vec!["list"],
        vec!["plan", "--suite", &suite],
        vec!["doctor"],
        vec!["environment"],
        vec!["schema"],
        vec!["spec", "cpu/one-go"],
        vec!["--help"],
        vec!["--version"],
    ] {
        let full = File::options().write(true).open("/dev/full").expect("it is there");
        let output = to(full, &arguments);
        let said = stderr(&output);
        assert_eq!(code(&output), 70, "{arguments:?}: {said}");
        assert!(said.contains("standard output: No space left on device"), "{arguments:?}: {said}");
    }
    assert!(std::path::Path::new(&new).join("report.json").exists(), "what was measured is kept");
}

#[test]
fn a_reader_that_has_seen_enough_is_no_failure() {
    let (reader, writer) = std::io::pipe().expect("a pipe");
    drop(reader);
    let output = to(writer, &["schema"]);
    assert_eq!((code(&output), stderr(&output).as_str()), (0, ""));

    let mut shell = Command::new("sh");
    shell.args(["-c", "\"$0\" schema >&-"]).arg(loopswap().get_program());
    let output = shell.output().expect("sh starts");
    assert_eq!((code(&output), stderr(&output).as_str()), (0, ""));
}
