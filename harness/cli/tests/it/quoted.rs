//! Input is repeated in part and without its control characters, whatever it is and wherever it appears.

use crate::tools::{Bench, code, loopswap, run, stderr, stdout};
use std::process::Output;

/// Names of files are no longer than 255 bytes, arguments than 128 KiB (execve(2)), contents than disks.
const LONG: usize = 10_000_000;
const EVIL: &str = "x\n{\"gate\":\"passed\",\"exit\":0}\u{1b}]0;title\u{7}\u{202e}\u{200b}";

/// No output is longer than a few thousand characters, steers the terminal, or looks like a line of ours.
fn tame(output: &Output, of: &str) {
    for (stream, text) in [("output", stdout(output)), ("errors", stderr(output))] {
        let bad = text.chars().find(|c| (c.is_control() && *c != '\n') || "\u{202e}\u{200b}".contains(*c));
        assert_eq!(bad, None, "{of}: {stream}: {text}");
        assert!(text.len() < 20_000, "{of}: {} bytes of {stream}", text.len());
        // `gate` ends with one line of JSON.
        let lines: Vec<&str> = text.lines().filter(|line| line.starts_with('{')).collect();
        let json = lines.iter().all(|line| line.starts_with("{\"gate\":\"failed\""));
        assert!(lines.len() <= 1 && json, "{of}: {stream}: {text}");
        assert!(!text.contains("panicked"), "{of}: {text}");
    }
}

#[test]
fn every_verb_quotes_its_arguments() {
    let long = "y".repeat(100_000);
    for given in [EVIL, &long] {
        for arguments in [
            &["run", "--suite", given][..],
            &["run", "--case", given],
            &["run", "--also", given],
            &["run", "--reference", given],
            &["run", "--redis", given],
            &["run", "--resume", given],
            &["run", "--output", given, "--case", "none"],
            &["list", given],
            &["plan", "--runtime", given],
            &["report", given],
            &["explain", given, given],
            &["compare", given, given],
            &["gate", given],
            &["gate", given, given],
            &["acknowledge", given, given, "--runtime", given, "--until", "2999-01-01", "--why", given],
            &["schema", given],
            &["spec", given],
            &["race", given, given],
            &["race", "--resume", given],
            &["selftest", "--extra", given],
            &["environment", given],
            &["doctor", given],
            &["runner", given],
            &["peer", given],
            &["leash", "--", given],
            &[given],
        ] {
            let output = run(arguments);
            assert_ne!(code(&output), 0, "{arguments:.40?}");
            tame(&output, &format!("{:.60?}", arguments));
        }
    }
}

#[test]
fn files_of_ten_megabytes_on_one_line_are_told_in_one() {
    let bench = Bench::suite("");
    let long = "z".repeat(LONG);
    let escaped = serde_json::to_string(EVIL).expect("a string");
    for value in [format!("\"{long}\""), escaped] {
        let files = [
            ("report.json", format!("{{\"schema\":1,\"loopswap\":{value},\"seed\":{value}}}")),
            ("comparison.json", format!("{{\"comparison_schema\":1,\"loopswap\":{value},\"kind\":{value}}}")),
            ("selftest.json", format!("{{\"selftest_schema\":1,\"loopswap\":{value},\"wall_s\":{value}}}")),
            ("record.jsonl", format!("{{\"header\":{{\"schema\":{value}}}}}\n")),
            ("mine.toml", format!("about = 1\nreference = {value}\n")),
            ("suite.toml", format!("about = \"a\"\nreference = {value}\nruntimes = []\ncase = []\n")),
            ("case.toml", format!("about = \"a\"\nreference = \"tokio\"\nruntimes = []\n[[case]]\ncase = {value}\n")),
            (
                "claim.toml",
                format!(
                    "about = \"a\"\nreference = \"tokio\"\nruntimes = []\n[[case]]\ncase = \"cpu/one-go\"\n\
                     [[claim]]\nsays = \"a\"\ncheck = {value}\n"
                ),
            ),
            ("accepted.toml", format!("[[change]]\ndirection = {value}\n")),
        ];
        for (name, text) in &files {
            // TOML has no escapes of JSON's kind for these; the suite is refused nevertheless.
            std::fs::write(bench.path(name), text).expect("room");
        }
        for arguments in [
            &["report", &bench.path("report.json")][..],
            &["report", &bench.path("comparison.json")],
            &["report", &bench.path("selftest.json")],
            &["report", &bench.path("record.jsonl")],
            &["compare", &bench.path("report.json"), &bench.path("report.json")],
            &["gate", &bench.path("comparison.json")],
            &["gate", &bench.path("comparison.json"), "--acknowledged", &bench.path("accepted.toml")],
            &["explain", "x", &bench.path("record.jsonl")],
            &["plan", "--suite", &bench.path("mine.toml")],
            &["plan", "--suite", &bench.path("suite.toml")],
            &["plan", "--suite", &bench.path("case.toml")],
            &["plan", "--suite", &bench.path("claim.toml")],
        ] {
            let output = run(arguments);
            assert_eq!(code(&output), 64, "{arguments:?}: {:.2000}", stderr(&output));
            tame(&output, &format!("{arguments:?}"));
        }
    }
}

#[test]
fn names_of_a_suite_that_cannot_be_shown_are_refused() {
    for name in ["\\u0007", "a\\nb", "\\u202e", "", &"n".repeat(201)] {
        let case = format!("[[case]]\nworkload = \"cpu\"\nname = \"{name}\"\n");
        let runner = format!("[[runner]]\nname = \"{name}\"\ncommand = [\"x\"]\n[[case]]\nworkload = \"cpu\"\n");
        for text in [case, runner] {
            let bench = Bench::suite(&format!("about = \"a\"\nreference = \"tokio\"\nruntimes = []\n{text}"));
            let output = run(&["plan", "--suite", &bench.path("mine.toml")]);
            assert_eq!(code(&output), 64, "{}", stdout(&output));
            assert!(stderr(&output).contains("is not a name that can be shown"), "{}", stderr(&output));
            tame(&output, name);
        }
    }
}

#[test]
fn a_runner_that_says_too_much_is_quoted_in_record_report_and_table() {
    let script =
        |line: &str| format!("read -r _ || true; head -c {LONG} /dev/zero | tr '\\0' 'q' >&2; printf '%s\\n' '{line}'");
    let hello = r#"{"hello":{"protocol":1,"runtime":{"name":"it","package":"p","version":"1","driver":"epoll","topology":"single-thread","about":"a"},"workloads":["cpu"]}}"#;
    let error = serde_json::json!({"error": {"message": format!("{EVIL}{}", "m".repeat(100_000))}}).to_string();
    let program = format!("printf '%s\\n' '{hello}'\n{}", script(&error));
    let bench = Bench::suite("");
    std::fs::write(bench.path("runner.sh"), program).expect("room");
    let suite = format!(
        "about = \"a\"\nreference = \"one\"\nruntimes = [\"one\", \"loud\"]\ngenerations = 8\nslice = \"2ms\"\n\
         budget = \"1s\"\n[[runner]]\nname = \"one\"\ncommand = [\"{{loopswap}}\", \"runner\", \"mock\"]\n\
         [[runner]]\nname = \"loud\"\ncommand = [\"sh\", \"{}\"]\n[[case]]\nworkload = \"cpu\"\nname = \"x\"\n",
        bench.path("runner.sh")
    );
    std::fs::write(bench.path("mine.toml"), suite).expect("room");
    let output = bench.run();
    assert_eq!(code(&output), 6, "{}", stderr(&output));
    tame(&output, "run");
    let shown = stdout(&output).split_whitespace().collect::<Vec<_>>().join(" ");
    let joined = "failed: x {\"gate\":\"passed\",\"exit\":0}\\u{1b}]0;title\\u{7}\\u{202e}\\u{200b}m";
    assert!(shown.contains(joined), "{shown}");
    assert!(std::fs::metadata(bench.record()).expect("a record").len() < 1_000_000);
    for arguments in [&["report", &bench.path("out")][..], &["report", "--markdown", &bench.path("out")]] {
        tame(&loopswap().args(arguments).output().expect("it starts"), "report");
    }
}
