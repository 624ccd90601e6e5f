//! What a suite may say, and what `plan`, `run` and `race` make of it alike.

use crate::tools::{Bench, code, loopswap, run, stderr, stdout};
use std::fmt::Write as _;

const HEAD: &str = "about = \"mine\"\nreference = \"tokio\"\nruntimes = [\"tokio\"]\n";
const CASE: &str = "[[case]]\nworkload = \"cpu\"\nname = \"one\"\nparams = { tasks = 1, steps = 1000 }\n";

/// What every verb that reads this suite says when it refuses it.
fn refused(text: &str, verbs: &[&str]) -> Vec<String> {
    let bench = Bench::suite(text);
    let (suite, program) = (bench.path("mine.toml"), loopswap().get_program().to_string_lossy().into_owned());
    let of = |verb: &&str| {
        let (mut arguments, out) = (vec![*verb, "--suite", suite.as_str()], bench.path("out"));
        match *verb {
            "race" => arguments.extend([program.as_str(), program.as_str(), "--output", out.as_str()]),
            "run" => arguments.extend(["--output", out.as_str()]),
            _ => {}
        }
        let output = run(&arguments);
        assert_eq!(code(&output), 64, "{verb}: {}{}", stdout(&output), stderr(&output));
        assert!(!bench.record().exists(), "{verb}: nothing is written");
        stderr(&output)
    };
    verbs.iter().map(of).collect()
}

#[test]
fn a_runner_without_a_name_or_a_program_of_its_own_is_refused_by_every_verb() {
    let runner = |name: &str, command: &str| format!("[[runner]]\nname = \"{name}\"\ncommand = {command}\n");
    let own = runner("own", "[\"true\"]");
    for (runners, place, says, way_out) in [
        (runner("smol", "[\"true\"]"), ":5:8: ", "`smol` is the name of a runtime of loopswap", "a name of its own"),
        (own.repeat(2), ":8:8: ", "another runner is called `own` too", "a name of its own"),
        (format!("{own}{}", runner("", "[\"true\"]")), ":8:8: ", "is not a name that can be shown", "1 to 200"),
        (runner("own", "[]"), ":6:11: ", "`command` of runner `own` names no program", "list of program"),
    ] {
        for said in refused(&format!("{HEAD}{runners}{CASE}"), &["plan", "run", "race", "list", "doctor"]) {
            let place = format!("mine.toml{place}");
            assert!(said.contains(&place) && said.contains(says) && said.contains(way_out), "{place}{says}: {said}");
        }
    }
}

/// Cases of one workload, each with a name of its own.
fn cases(count: usize) -> String {
    (0..count).fold(String::new(), |mut text, case| {
        let _ = writeln!(text, "[[case]]\nworkload = \"cpu\"\nname = \"c{case}\"");
        text
    })
}

#[test]
fn as_many_rows_are_planned_as_a_record_may_have() {
    let page = include_str!("../../../../docs/suites.md");
    assert!(page.contains("10 000 cases"), "the bound is documented");
    let bench = Bench::suite(&format!("{HEAD}{}", cases(10_000)));
    let output = run(&["plan", "--suite", &bench.path("mine.toml")]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    assert!(stdout(&output).contains("10000 rows × 2 arms"), "{:.300}", stdout(&output));
    for said in refused(&format!("{HEAD}{}", cases(10_001)), &["plan", "run", "race"]) {
        assert!(
            said.contains("mine.toml:30005:12: with this entry the suite comes to more than 10000 cases"),
            "{said}"
        );
        assert!(said.contains("make two suites of it"), "{said}");
    }
    // Rows come from elsewhere too.
    let output = run(&["plan", "--suite", &bench.path("mine.toml"), "--cpus", "1,2"]);
    assert_eq!(code(&output), 64, "{}", stdout(&output));
    assert!(stderr(&output).contains("--cpus: 10000 cases on each of 2"), "{}", stderr(&output));
    let two = HEAD.replace("[\"tokio\"]", "[\"tokio\", \"smol\"]");
    for said in refused(&format!("{two}{}", cases(5001)), &["race"]) {
        assert!(said.contains("10002 rows to measure; a record has up to 10000"), "{said}");
    }
}

#[test]
fn the_time_of_a_plan_is_what_its_rounds_take_if_the_budget_is_more() {
    let rounds = |text: &str| {
        let head = format!("{HEAD}{text}slice = \"100ms\"\nbudget = \"70s\"\n");
        let bench = Bench::suite(&format!("{head}{CASE}"));
        stdout(&run(&["plan", "--suite", &bench.path("mine.toml")]))
    };
    let said = rounds("");
    assert!(said.contains("about 1m 10s for the whole run"), "40 rounds take more than the budget: {said}");
    // Two arms with ten slices each and some time beside them, and the trials.
    let said = rounds("rounds = 1\n");
    assert!(said.contains("about 4s for the whole run"), "{said}");
}
