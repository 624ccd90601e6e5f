//! `loopswap verify-runner`: what keeps to the protocol passes, and of what does not the message names the mistake.

use crate::guests;
use crate::tidy::{own_runtimes, read};
use crate::tools::{code, installed, loopswap, stderr, stdout};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Output;

/// Verifies a program with these flags; returns the data.
fn verified(flags: &[&str], command: &[&str]) -> (i32, Value) {
    let mut verify = loopswap();
    // Which would flush what a mistake does not.
    verify.args(["verify-runner", "--json", "--budget", "1h"]).args(flags).args(command).env_remove("PYTHONUNBUFFERED");
    let output = verify.output().expect("it starts");
    let data = serde_json::from_slice(&output.stdout);
    (code(&output), data.unwrap_or_else(|error| panic!("{command:?}: {error}: {}", stderr(&output))))
}

fn checks(data: &Value) -> &Vec<Value> {
    data["checks"].as_array().expect("checks")
}

fn called(check: &Value) -> String {
    format!("{}/{}", check["group"].as_str().unwrap_or_default(), check["name"].as_str().unwrap_or_default())
}

fn with(data: &Value, outcome: &str) -> Vec<String> {
    checks(data).iter().filter(|check| check["outcome"] == outcome).map(called).collect()
}

/// The text of a code block of PROTOCOL.md, as a file in a folder.
fn of_specification(language: &str, name: &str) -> (tempfile::TempDir, PathBuf) {
    let text = read("harness/protocol/PROTOCOL.md");
    let block = text.split(&format!("```{language}\n")).nth(1).and_then(|rest| rest.split("```").next());
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join(name);
    std::fs::write(&path, block.expect("a code block")).expect("room");
    (folder, path)
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}

#[test]
fn the_runners_of_the_specification_pass() {
    let (_folder, python) = of_specification("python", "asyncio_runner.py");
    let lines = std::fs::read_to_string(&python).expect("a file").lines().count();
    assert!(lines < 60, "{lines} lines are not the shortest runner");
    let (_folder, node) = of_specification("js", "node_runner.js");
    for (program, path, workload) in [("python3", python, "sleep"), ("node", node, "echo")] {
        if !installed(program) {
            continue;
        }
        let (code, data) = verified(&[], &[program, &shown(&path)]);
        assert_eq!((code, with(&data, "wrong")), (0, vec![]), "{data:#}");
        assert_eq!(data["workloads"], serde_json::json!([workload]));
        assert!(with(&data, "ok").iter().filter(|name| name.starts_with("work/")).count() >= 2, "{data:#}");
        for check in checks(&data).iter().filter(|check| check["outcome"] == "skipped") {
            let reason = check["reason"].as_str().unwrap_or_default();
            let why = ["unsupported: this runner has", "its hello names no such counter"];
            assert!(why.iter().any(|why| reason.starts_with(why)), "{check}");
        }
    }
}

/// A case of each kind: without peers, with a server, as a server; all other groups use the first of them.
const FEW: &str = "^(switch/two-tasks|sleep/sequential-await|cpu/one-go|redis/conns=1|echo/size=1KiB,conns=3)$";

/// Reasons for which a check of a runner that is right may be skipped.
const REASONS: [&str; 4] = ["unsupported: ", "unfinished: ", "none of its ", "its hello names no such counter"];

/// Whether a runner is right, and every check of it was made that its runtime can have.
fn passes(name: &str, command: &[&str]) {
    let (code, data) = verified(&["--case", FEW, "--embedded-redis"], command);
    assert_eq!((code, with(&data, "wrong")), (0, vec![]), "{name}: {data:#}");
    assert_eq!(data["runtime"]["name"], *name);
    if data.to_string().contains("its runtime cannot run here") {
        eprintln!("skipped: {name}: {}", checks(&data).last().expect("a check")["reason"]);
        return;
    }
    let skipped = checks(&data).iter().filter(|check| check["outcome"] == "skipped");
    let other = skipped.filter(|check| {
        let reason = check["reason"].as_str().unwrap_or_default();
        !REASONS.iter().any(|why| reason.starts_with(why))
    });
    assert_eq!(other.collect::<Vec<_>>(), Vec::<&Value>::new(), "{name}");
}

fn built_in_pass(part: usize) {
    let program = loopswap().get_program().display().to_string();
    let names = own_runtimes();
    assert!(names.len() > 10, "{names:?}");
    for name in names.iter().skip(part).step_by(2) {
        passes(name, &[&program, "runner", name]);
    }
}

#[test]
fn every_shipped_runner_passes() {
    built_in_pass(0);
}

#[test]
fn every_other_shipped_runner_passes() {
    built_in_pass(1);
}

/// The guests of a family that are prepared; the others say that they are skipped. Not their variants: each is the
/// program of its guest with one workload changed, whose name is behind its own.
fn guests_pass(family: &str) {
    for name in guests::listed_by(family).iter().filter(|line| !line.contains(' ')) {
        if let Some(program) = guests::program(name) {
            passes(name, &[&shown(&program)]);
        }
    }
}

#[test]
fn every_prepared_guest_in_python_passes() {
    guests_pass("python");
}

#[test]
fn every_prepared_node_passes() {
    guests_pass("node");
}

#[test]
fn prepared_go_passes() {
    guests_pass("go");
}

/// A mistake in the asyncio runner of the specification, and what is said of it.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Mistake {
    group: String,
    in_place_of: String,
    is: String,
    check: String,
    what: String,
    sentence: String,
}

#[derive(serde::Deserialize)]
struct Mistakes {
    mistake: Vec<Mistake>,
}

/// Whether the mistake is found where it is, and named.
fn is_named(Mistake { in_place_of, is, check, what, sentence, .. }: &Mistake) {
    let (_folder, path) = of_specification("python", "runner.py");
    let text = std::fs::read_to_string(&path).expect("a file");
    assert_eq!(text.matches(in_place_of).count(), 1, "`{in_place_of}` is one place");
    std::fs::write(&path, text.replace(in_place_of, is)).expect("room");
    let (code, data) = verified(&["--case", "^sleep/tasks=1000$"], &["python3", &shown(&path)]);
    assert_eq!(code, 6, "{is}: {data:#}");
    let wrong: Vec<&Value> = checks(&data).iter().filter(|check| check["outcome"] == "wrong").collect();
    let found = wrong.iter().find(|wrong| called(wrong) == *check).unwrap_or_else(|| panic!("{is}: {wrong:#?}"));
    let said = |field: &str| found[field].as_str().unwrap_or_default().to_owned();
    assert!(said("what").contains(what) && said("sentence").contains(sentence), "{is}: {found:#}");
    let section = format!("\n## {}\n", said("section"));
    assert!(read("harness/protocol/PROTOCOL.md").contains(&section), "{found:#}");
}

fn are_named(group: &str) {
    let Mistakes { mistake } = toml::from_str(include_str!("verify/mistakes.toml")).expect("mistakes");
    let mistakes: Vec<&Mistake> = mistake.iter().filter(|mistake| mistake.group == group).collect();
    assert!(mistakes.len() > 5, "there are mistakes of `{group}`");
    if !installed("python3") {
        return;
    }
    // They mostly wait.
    std::thread::scope(|scope| {
        for mistake in mistakes {
            scope.spawn(|| is_named(mistake));
        }
    });
}

#[test]
fn what_is_wrong_at_the_start_is_named() {
    are_named("start");
}

#[test]
fn wrong_figures_are_named() {
    are_named("figures");
}

#[test]
fn wrong_ends_are_named() {
    are_named("ends");
}

#[test]
fn what_is_done_with_misuse_is_named() {
    are_named("misuse");
}

#[test]
fn a_peer_that_is_asked_for_more_is_named() {
    if !installed("node") {
        return;
    }
    let (_folder, path) = of_specification("js", "runner.js");
    let text = std::fs::read_to_string(&path).expect("a file");
    // Every connection sends two bytes more, and waits until they are back.
    let greets = text
        .replace("() => ready(it));", "() => socket.write(\"hi\"));")
        .replace("socket.on(\"data\", (", "socket.once(\"data\", () => ready(it) || socket.on(\"data\", (")
        .replace("slice.over();\n  });", "slice.over();\n  }));");
    assert_ne!(greets, text);
    std::fs::write(&path, greets).expect("room");
    let (code, data) = verified(&["--case", "^echo/client,size=1KiB,conns=1$"], &["node", &shown(&path)]);
    assert_eq!(code, 6, "{data:#}");
    let found = checks(&data).iter().find(|check| check["outcome"] == "wrong").expect("one is wrong");
    assert!(found["what"].as_str().is_some_and(|what| what.contains("the peer counts")), "{found:#}");
    assert!(
        found["sentence"].as_str().is_some_and(|sentence| sentence.contains("ask it for nothing else")),
        "{found:#}"
    );
}

fn run(flags: &[&str]) -> Output {
    loopswap().arg("verify-runner").args(flags).output().expect("it starts")
}

#[test]
fn a_program_that_cannot_be_started_is_named_and_the_rest_is_skipped() {
    let output = run(&["/no/such/program"]);
    assert_eq!(code(&output), 6, "{}", stderr(&output));
    let text = stdout(&output);
    assert!(text.contains("starting /no/such/program: No such file or directory"), "{text}");
    assert!(text.contains("skipped  work/all") && text.contains("1 wrong, 6 skipped"), "{text}");
}

#[test]
fn a_case_that_nothing_matches_is_told_with_those_that_there_are() {
    let program = loopswap().get_program().display().to_string();
    let output = run(&["--case", "no-such-case", &program, "runner", "sequential"]);
    assert_eq!(code(&output), 4, "{}", stderr(&output));
    let said = stderr(&output);
    assert!(said.contains("no case of a workload that it names matches `no-such-case`"), "{said}");
    let listed = said.lines().find_map(|line| line.trim().strip_prefix("there are: ")).expect("a list");
    let cases: Vec<&str> = listed.split(", ").collect();
    assert!(
        ["sleep/tasks=1000", "redis/conns=1", "switch/two-tasks"].iter().all(|case| cases.contains(case)),
        "{said}"
    );
}

#[test]
fn nothing_is_waited_for_after_the_budget() {
    let output = run(&["--json", "--budget", "1s", "sh", "-c", "cat > /dev/null; sleep 3600"]);
    assert_eq!(code(&output), 5, "{}", stderr(&output));
    let data: Value = serde_json::from_slice(&output.stdout).expect("data");
    assert!(checks(&data).iter().all(|check| check["outcome"] == "skipped"), "{data:#}");
    assert!(data.to_string().contains("the budget was used up") && data["cut_short"] == true, "{data:#}");
}

#[test]
fn the_data_has_the_documented_fields() {
    let page = read("docs/verify-runner.md");
    let (_, data) = verified(&[], &["/no/such/program"]);
    let keys = |value: &Value| value.as_object().expect("an object").keys().cloned().collect::<Vec<_>>();
    let wrong = checks(&data).iter().find(|check| check["outcome"] == "wrong").expect("one is wrong");
    for key in keys(&data).into_iter().chain(checks(&data).iter().flat_map(keys)).chain(keys(wrong)) {
        assert!(page.contains(&format!("`{key}`")), "docs/verify-runner.md says nothing of `{key}`");
    }
}
