//! The gate: an exit code for each kind of finding, one line of JSON, and changes that are accepted.

use crate::race::{build, race};
use crate::tools::{Bench, base_and_head, code, loopswap, run, stderr, stdout};
use serde_json::Value;
use std::process::Output;

const SLOWER: &str = "--ns-per-op 150000";

/// The one line of JSON on standard error.
fn verdict(output: &Output) -> Value {
    let lines: Vec<Value> = stderr(output)
        .lines()
        .filter(|line| line.starts_with('{'))
        .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}")))
        .collect();
    assert_eq!(lines.len(), 1, "{}", stderr(output));
    assert_eq!(lines[0]["exit"], code(output));
    for key in ["reason", "fail_on", "rows", "regressions", "errors", "inconclusive", "acknowledged", "missing"] {
        assert!(!lines[0][key].is_null(), "{key}: {}", lines[0]);
    }
    lines[0].clone()
}

/// `loopswap gate` of the two reports of a bench, in its folder, without a file of accepted changes.
fn gate(bench: &Bench, more: &[&str]) -> Output {
    let (base, head) = (bench.path("base"), bench.path("head"));
    let mut command = loopswap();
    command.args(["gate", &base, &head]).args(more).current_dir(bench.folder.path());
    command.output().expect("the binary starts")
}

#[test]
fn no_change_passes_with_0() {
    let output = gate(&base_and_head("--ns-per-op 100000"), &[]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    assert_eq!(verdict(&output)["gate"], "passed");
    assert!(stdout(&output).contains("HEAD against BASE: 0 slower"), "{}", stdout(&output));
}

#[test]
fn a_regression_fails_with_3() {
    let bench = base_and_head(SLOWER);
    let output = gate(&bench, &[]);
    assert_eq!(code(&output), 3, "{}", stderr(&output));
    let found = verdict(&output);
    assert_eq!(found["gate"], "failed");
    assert_eq!(found["reason"], "cpu/case0 on other is slower");
    assert_eq!(found["regressions"][0]["case"], "cpu/case0");
    assert_eq!(found["regressions"][0]["runtime"], "other");
    // A finding that was not to fail is reported nevertheless.
    let passed = gate(&bench, &["--fail-on", "error"]);
    assert_eq!((code(&passed), verdict(&passed)["regressions"].as_array().map(Vec::len)), (0, Some(1)));
}

#[test]
fn a_filter_that_matches_nothing_fails_with_4() {
    let bench = base_and_head(SLOWER);
    for option in [["--case", "nosuchcase"], ["--runtime", "tokyo"], ["--workload", "redis"]] {
        let output = gate(&bench, &option);
        assert_eq!(code(&output), 4, "{option:?}: {}", stderr(&output));
        assert!(stderr(&output).contains("cpu/case0 on other"), "{}", stderr(&output));
        verdict(&output);
    }
    // The regression is on the other runtime.
    assert_eq!(code(&gate(&bench, &["--runtime", "good", "--workload", "cpu", "--case", "case0"])), 0);
    assert_eq!(code(&gate(&bench, &["--runtime", "other"])), 3);
}

#[test]
fn what_cannot_be_told_fails_with_5_where_it_was_to() {
    let bench = base_and_head("--ns-per-op 105000");
    let output = gate(&bench, &["--fail-on", "regression,inconclusive"]);
    assert_eq!(code(&output), 5, "{}", stderr(&output));
    assert!(verdict(&output)["reason"].as_str().is_some_and(|why| why.contains("inconclusive")));
    // Without any allowance for drift the same five percent are a regression.
    assert_eq!(code(&gate(&bench, &["--drift", "0%"])), 3);
}

#[test]
fn a_target_that_failed_fails_with_6() {
    let output = gate(&base_and_head("--fail wrong"), &[]);
    assert_eq!(code(&output), 6, "{}", stderr(&output));
    let found = verdict(&output);
    assert!(found["errors"][0]["sentence"].as_str().is_some_and(|why| why.contains("expected 1, got 2")), "{found}");
}

#[test]
fn a_baseline_that_is_missing_or_unlike_fails_with_7() {
    let bench = base_and_head(SLOWER);
    let output = run(&["gate", &bench.path("absent"), &bench.path("head")]);
    assert_eq!(code(&output), 7, "{}", stderr(&output));
    assert!(verdict(&output)["reason"].as_str().is_some_and(|why| why.contains("no baseline")));
    let report = std::fs::read_to_string(bench.path("base/report.json")).expect("a report");
    let unlike = bench.path("unlike.json");
    std::fs::write(&unlike, report.replace("\"placement\": \"split\"", "\"placement\": \"free\"")).expect("room");
    let output = run(&["gate", &unlike, &bench.path("head")]);
    assert_eq!(code(&output), 7, "{}", stderr(&output));
    assert!(stderr(&output).contains("`placement` differs: BASE has free, HEAD has split"), "{}", stderr(&output));
}

#[test]
fn what_cannot_be_used_fails_with_64() {
    let bench = base_and_head("--ns-per-op 100000");
    for arguments in [
        vec!["gate"],
        vec!["gate", "a", "b", "c"],
        vec!["gate", "absent.json"],
        vec!["gate", "a", "b", "--fail-on", "everything"],
        vec!["gate", "comparison.json", "--drift", "5%"],
    ] {
        assert_eq!(code(&run(&arguments)), 64, "{arguments:?}");
    }
    let report = run(&["gate", &bench.path("base/report.json")]);
    assert_eq!(code(&report), 64, "one report is not a comparison");
    assert!(stderr(&report).contains("BASE HEAD"), "{}", stderr(&report));
    let record = run(&["gate", &bench.path("base")]);
    assert_eq!(code(&record), 64, "the record of a run is not a comparison: {}", stderr(&record));
    let newer = bench.path("newer.json");
    std::fs::write(&newer, "{\"comparison_schema\": 99}").expect("room");
    let output = run(&["gate", &newer]);
    assert_eq!(code(&output), 64);
    assert!(stderr(&output).contains("newer loopswap"), "{}", stderr(&output));
    verdict(&output);
}

#[test]
fn what_the_system_cannot_write_fails_with_70() {
    use std::os::unix::fs::FileTypeExt as _;
    let bench = base_and_head(SLOWER);
    // A disk without room, as the kernel provides one.
    let output = gate(&bench, &["--quiet", "--summary", "/dev/full"]);
    assert_eq!(code(&output), 70, "{}", stderr(&output));
    assert!(stderr(&output).contains("No space left on device"), "{}", stderr(&output));
    let found = verdict(&output);
    assert_eq!((&found["gate"], &found["regressions"][0]["runtime"]), (&"failed".into(), &"other".into()));
    let output = run(&["compare", &bench.path("base"), &bench.path("head"), "--json", "/dev/full"]);
    assert_eq!(code(&output), 70, "{}", stderr(&output));
    let device = std::fs::metadata("/dev/full").expect("it is there").file_type();
    assert!(device.is_char_device(), "anything but a plain file is written to, not replaced");

    // Standard output is a device too.
    let output = gate(&bench, &["--quiet", "--summary", "/dev/stdout"]);
    assert_eq!(code(&output), 3, "{}", stderr(&output));
    assert!(stdout(&output).starts_with("### loopswap gate failed"), "{}", stdout(&output));
}

#[test]
fn what_cannot_be_written_is_the_reason_and_does_not_hide_the_verdict() {
    let full = || std::fs::OpenOptions::new().write(true).open("/dev/full").expect("the kernel provides it");
    for (ns_per_op, judged, found) in [("100000", 0, "nothing that was to fail was found"), ("150000", 3, "is slower")]
    {
        let bench = base_and_head(&format!("--ns-per-op {ns_per_op}"));
        let (base, head) = (bench.path("base"), bench.path("head"));
        let command = || {
            let mut command = loopswap();
            command.args(["gate", &base, &head]).current_dir(bench.folder.path());
            command
        };
        let unread = command().stdout(full()).output().expect("the binary starts");
        let summary = command().args(["--quiet", "--summary", "/dev/full"]).output().expect("the binary starts");
        for (output, place) in [(unread, "standard output: No space"), (summary, "/dev/full: No space")] {
            assert_eq!(code(&output), 70, "{}", stderr(&output));
            let verdict = verdict(&output);
            let reason = verdict["reason"].as_str().expect("a reason");
            assert!(reason.starts_with(place) && reason.contains("; the comparison itself: "), "{reason}");
            assert!(reason.contains(found), "{reason}");
        }
        // The exit code is the verdict, whoever reads the lines beside it.
        let unheard = command().stderr(full()).output().expect("the binary starts");
        assert_eq!(code(&unheard), judged);
        let neither = command().stdout(full()).stderr(full()).output().expect("the binary starts");
        assert_eq!(code(&neither), 70);
    }
}

#[test]
fn no_line_beside_the_annotations_is_a_command_to_the_forge() {
    let bench = base_and_head(SLOWER);
    for side in ["base", "head"] {
        let report = std::fs::read_to_string(bench.path(&format!("{side}/report.json"))).expect("a report");
        let named = report.replace("\"other\"", "\"::stop-commands::x\"");
        let named = named.replace("\"cpu/case0\"", "\"::add-mask::##[group]##[error]\"");
        std::fs::write(bench.path(&format!("{side}.json")), named).expect("room");
    }
    let accepted = bench.path("accepted.toml");
    let entry = "[[change]]\ncase = \"::debug::x\"\nruntime = \"##[command]x\"\ndirection = \"slower\"\n\
                 until = 2099-01-01\nwhy = \"w\"\n";
    std::fs::write(&accepted, entry).expect("room");
    let (base, head) = (bench.path("base.json"), bench.path("head.json"));
    for more in [
        &["--acknowledged", &accepted][..],
        &["--case", "##[nosuch]"],
        &["--summary", "/dev/stdout"],
        &["--fail-on", "error"],
    ] {
        let output = run(&[&["gate", &base, &head, "--annotations", "github"], more].concat());
        assert!([0, 3, 4].contains(&code(&output)), "{}", stderr(&output));
        verdict(&output);
        let said = stdout(&output) + &stderr(&output);
        assert!(said.contains("stop-commands"), "{said}");
        for line in said.lines() {
            let own = ["::error title=", "::warning title=", "::notice title="].iter().any(|own| line.starts_with(own));
            assert!(own || !line.trim_start().starts_with("::"), "{line}");
            assert!(!line.contains("##["), "{line}");
        }
    }
}

#[test]
fn entries_without_effect_are_told_up_to_a_number() {
    let bench = base_and_head(SLOWER);
    let many: String = (0..3000)
        .map(|number| {
            format!(
                "[[change]]\ncase = \"cpu/gone{number}\"\nruntime = \"other\"\ndirection = \"slower\"\n\
                 until = 2099-01-01\nwhy = \"w\"\n"
            )
        })
        .collect();
    std::fs::write(bench.path("many.toml"), many).expect("room");
    let output = gate(&bench, &["--acknowledged", &bench.path("many.toml"), "--annotations", "github"]);
    assert_eq!(code(&output), 3, "{}", stderr(&output));
    let found = verdict(&output);
    let warnings = found["warnings"].as_array().expect("a list");
    assert_eq!((warnings.len(), &warnings[20]), (21, &"2980 more without effect, in the same file".into()));
    assert!(stderr(&output).len() + stdout(&output).len() < 20_000, "{}", stderr(&output).len());
}

#[test]
fn a_race_is_judged_with_the_same_codes() {
    let undecided = ["--margin", "2%", "--equivalence", "1%"];
    for (name, ns_per_op, fail, terms, raced, fail_on, expected) in [
        ("equal", 50_000, "", [].as_slice(), 0, "regression,inconclusive,error,missing", 0),
        ("slower", 52_500, "", &[], 0, "regression", 3),
        ("between", 50_750, "", &undecided, 0, "inconclusive", 5),
        ("ill", 50_000, "--fail wrong", &[], 6, "error", 6),
        ("unable", 50_000, "--fail unsupported", &[], 0, "regression", 7),
    ] {
        let bench = Bench::mocks(&[("one", "")], 1, "");
        let (base, head) = (build(&bench, "base", 50_000, ""), build(&bench, name, ns_per_op, fail));
        let output = race(&bench, &base, &head, terms).output().expect("it starts");
        assert_eq!(code(&output), raced, "{name}: {}", stderr(&output));
        let output = run(&["gate", &bench.path("out"), "--fail-on", fail_on]);
        assert_eq!(code(&output), expected, "{name}: {}{}", stdout(&output), stderr(&output));
        verdict(&output);
        if name == "slower" {
            let output = run(&["gate", &bench.path("out"), "--runtime", "nobody"]);
            assert_eq!(code(&output), 4, "{}", stderr(&output));
        }
    }
}

#[test]
fn the_summary_has_its_verdict_first_and_annotations_are_for_the_forge() {
    let bench = base_and_head(SLOWER);
    let summary = bench.path("summary.md");
    let output = gate(&bench, &["--quiet", "--annotations", "github", "--summary", &summary]);
    assert_eq!(code(&output), 3, "{}", stderr(&output));
    let lines = stdout(&output);
    assert!(lines.starts_with("::error title=loopswap%3A cpu/case0 on other slower::slower: "), "{lines}");
    assert!(lines.lines().all(|line| line.starts_with("::")), "{lines}");
    let page = std::fs::read_to_string(&summary).expect("a summary");
    assert!(page.starts_with("### loopswap gate failed: cpu/case0 on other is slower\n"), "{page}");
    assert!(page.contains("<details>\n<summary>All rows (2)</summary>\n"), "{page}");
    let unwritable = gate(&bench, &["--summary", &bench.path("no/such/folder.md")]);
    assert_eq!(code(&unwritable), 64);
    verdict(&unwritable);
}

#[test]
fn a_change_is_accepted_until_its_day_and_then_no_longer() {
    let bench = base_and_head(SLOWER);
    let (file, accepted) = (bench.path("comparison.json"), bench.path("loopswap-acknowledged.toml"));
    assert_eq!(code(&run(&["compare", &bench.path("base"), &bench.path("head"), "--json", &file])), 0);
    std::fs::write(&accepted, "# Changes that we know of.\n").expect("room");
    let acknowledge = |case: &str, runtime: &str, until: &str| {
        let why = "checks \"more\"";
        let mut command = loopswap();
        command.args(["acknowledge", case, &file, "--runtime", runtime, "--until", until, "--why", why]);
        command.current_dir(bench.folder.path()).output().expect("the binary starts")
    };
    // Only changes that the comparison shows can be accepted, and only until a later day.
    for (case, runtime, until, said) in [
        ("cpu/case9", "other", "2099-12-31", "did you mean `cpu/case0 --runtime other`?"),
        ("cpu/case0", "good", "2099-12-31", "shows no change"),
        ("cpu/case0", "other", "2020-01-01", "this day is over"),
        ("cpu/case0", "other", "someday", "--until"),
    ] {
        let output = acknowledge(case, runtime, until);
        assert_eq!(code(&output), 64, "{}", stderr(&output));
        assert!(stderr(&output).contains(said), "{}", stderr(&output));
    }
    let output = acknowledge("cpu/case0", "other", "2099-12-31");
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let text = std::fs::read_to_string(&accepted).expect("the file");
    assert!(text.starts_with("# Changes that we know of.\n\n[[change]]\ncase = \"cpu/case0\"\n"), "{text}");
    assert!(text.contains("until = 2099-12-31\n"), "{text}");
    assert_eq!(code(&acknowledge("cpu/case0", "other", "2099-12-31")), 64, "it is accepted already");

    // The file is found where it is, the gate passes and says so.
    let output = gate(&bench, &[]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let found = verdict(&output);
    assert_eq!(found["acknowledged"][0]["sentence"], "slower until 2099-12-31: checks \"more\"");
    assert_eq!(found["regressions"], serde_json::json!([]));

    // Another file, with an entry that has expired and one too many.
    let old = bench.path("old.toml");
    let entry = text.replace("2099", "2020")
        + "\n[[change]]\ncase = \"cpu/gone\"\nruntime = \"other\"\n\
                direction = \"faster\"\nuntil = 2099-01-01\nwhy = \"it was\"\n";
    std::fs::write(&old, &entry).expect("room");
    let output = gate(&bench, &["--acknowledged", &old]);
    assert_eq!(code(&output), 3);
    let said = stderr(&output);
    assert!(said.contains("old.toml:4:8: `cpu/case0` on other, slower: expired on 2020-12-31"), "{said}");
    assert!(said.contains("`cpu/gone` on other, faster: the comparison has no such row"), "{said}");
    assert_eq!(verdict(&output)["warnings"].as_array().map(Vec::len), Some(2));

    // A mistake in it is reported with its place.
    std::fs::write(&old, entry.replace("\"faster\"", "\"fast\"")).expect("room");
    let output = gate(&bench, &["--acknowledged", &old]);
    assert_eq!(code(&output), 64);
    assert!(stderr(&output).contains("old.toml:13:13: unknown variant `fast`"), "{}", stderr(&output));
    assert_eq!(code(&gate(&bench, &["--acknowledged", &bench.path("absent.toml")])), 64);
}

#[test]
fn a_claim_that_does_not_hold_on_head_fails_with_3() {
    let bench = Bench::mocks(&[("good", "--ns-per-op 100000"), ("other", "--ns-per-op 200000")], 1, "");
    let suite = std::fs::read_to_string(bench.path("mine.toml")).expect("a suite");
    let claim = "[[claim]]\nsays = \"Both are as fast\"\ncheck = \"ratio(cpu/case0, other / good) <= 1.1\"\n";
    std::fs::write(bench.path("mine.toml"), suite + claim).expect("room");
    for folder in ["base", "head"] {
        let arguments = ["run", "--quiet", "--suite", &bench.path("mine.toml"), "--output", &bench.path(folder)];
        assert_eq!(code(&run(&arguments)), 3, "a run says it too");
    }
    let output = gate(&bench, &[]);
    assert_eq!(code(&output), 3, "{}", stderr(&output));
    let found = verdict(&output);
    assert_eq!(found["reason"], "a claim does not hold: Both are as fast");
    assert_eq!(found["claims"][0]["says"], "Both are as fast");
    assert!(stdout(&output).contains("Both are as fast"), "{}", stdout(&output));
    assert_eq!(code(&gate(&bench, &["--fail-on", "regression"])), 0, "only where it is asked for");
}
