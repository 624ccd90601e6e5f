//! Guests by their names: skipped where they are not prepared, measured like the runtimes of this program where they
//! are; and what a guest says of itself. The prepared ones here are mocks.

use crate::tools::{Bench, arm, code, loopswap, row, run, stderr, stdout};
use assert_cmd::cargo::cargo_bin;
use serde_json::{Value, json};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

/// A suite of one mock and a guest, neither of which does what the case says.
fn suite(runtimes: &str) -> Bench {
    Bench::suite(&format!(
        "about = \"guests\"\nreference = \"mock\"\nruntimes = {runtimes}\ngenerations = 3\nslice = \"2ms\"\n\
         budget = \"2s\"\n[[runner]]\nname = \"mock\"\ncommand = [\"{{loopswap}}\", \"runner\", \"mock\"]\n\
         [[case]]\nworkload = \"cpu\"\nname = \"case0\"\nparams = {{ tasks = 1 }}\n"
    ))
}

/// Prepares a mock under the name of a guest, whose hello has these further fields of its runtime.
fn prepare(folder: &Path, name: &str, fields: &str) {
    std::fs::create_dir_all(folder.join(name)).expect("a folder");
    let program = folder.join(name).join("run");
    let mock = cargo_bin("loopswap").display().to_string();
    let text = format!("#!/bin/sh\n'{mock}' runner mock | sed -u '1s/\"mock\"/\"{name}\",{fields}/'\n");
    std::fs::write(&program, text).expect("room for a script");
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).expect("it may be executed");
}

/// What a guest says of itself, as fields of its runtime.
const SAYS: &str = "\"language\":\"Python\",\"interpreter\":{\"name\":\"CPython\",\"version\":\"3.11.7\"},\
                    \"loop\":\"libuv 1.52.1\",\"libraries\":{\"aiohttp\":\"3.14.5\"},\"settings\":{\"gc\":\"off\"},\
                    \"notes\":[\"a promise is no task\"],\"timer_early_ns\":1000000,\"variant_of\":\"asyncio\"";

#[test]
fn a_guest_that_is_not_prepared_is_skipped_with_the_way_to_prepare_it() {
    let bench = suite("[\"mock\", \"uvloop\"]");
    let none = bench.path("none");
    let output = bench.command().env("LOOPSWAP_GUESTS", &none).output().expect("it starts");
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let report = bench.report();
    let skipped = arm(row(&report, "cpu/case0"), "uvloop");
    let told = (&skipped["status"], &skipped["reason"], &skipped["remedy"]);
    assert_eq!(told, (&"skipped".into(), &"not prepared".into(), &"run scripts/guests uvloop".into()));
    assert!(stdout(&output).contains("skipped: not prepared; run scripts/guests uvloop"), "{}", stdout(&output));

    let said = |arguments: &[&str]| {
        let output = loopswap().args(arguments).env("LOOPSWAP_GUESTS", &none).output().expect("it starts");
        assert_eq!(code(&output), 0, "{arguments:?}: {}", stderr(&output));
        stdout(&output)
    };
    assert!(said(&["list"]).contains("skipped: not prepared; run scripts/guests python-threads"));
    assert!(said(&["doctor"]).contains("not prepared: go, node,"));
    let list: Value = serde_json::from_str(&said(&["list", "--json"])).expect("JSON");
    let go = json!({ "reason": "not prepared", "remedy": "run scripts/guests go" });
    assert_eq!((&list["guests"][0]["runtime"]["name"], &list["guests"][0]["unavailable"]), (&"go".into(), &go));
}

#[test]
fn a_guest_that_is_named_in_full_joins_any_suite_and_every_runtime_leaves_guests_out() {
    let arms = |runtimes: &str, arguments: &[&str]| -> Vec<String> {
        let bench = suite(runtimes);
        let mut command = loopswap();
        command.args(["plan", "--json", "--suite", &bench.path("mine.toml")]).args(arguments);
        let output = command.env("LOOPSWAP_GUESTS", bench.path("none")).output().expect("it starts");
        assert_eq!(code(&output), 0, "{}", stderr(&output));
        let plan: Value = serde_json::from_slice(&output.stdout).expect("JSON");
        let arms = plan["rows"][0]["arms"].as_array().expect("arms");
        arms.iter().map(|arm| arm["runtime"].as_str().expect("a name").to_owned()).collect()
    };
    assert_eq!(arms("[\"mock\"]", &["--runtime", "uvloop|node"]), ["mock", "mock", "uvloop", "node"]);
    assert_eq!(arms("[\"mock\"]", &["--also", "uvloop-h11"]), ["mock", "mock", "uvloop-h11"]);
    let every = arms("\"every\"", &[]);
    assert!(every.contains(&"tokio".into()) && !every.contains(&"uvloop".into()), "{every:?}");
    let unknown = run(&["plan", "--also", "uvlop"]);
    assert_eq!(code(&unknown), 64);
    assert!(stderr(&unknown).contains("did you mean `uvloop`?"), "{}", stderr(&unknown));
}

#[test]
fn a_prepared_guest_is_measured_under_its_name_and_what_it_says_is_shown() {
    let bench = suite("[\"mock\", \"uvloop\"]");
    let guests = bench.folder.path().join("guests");
    prepare(&guests, "uvloop", SAYS);
    let output = bench.command().env("LOOPSWAP_GUESTS", &guests).output().expect("it starts");
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let report = bench.report();
    let measured = arm(row(&report, "cpu/case0"), "uvloop");
    assert_eq!(measured["status"], "measured", "{measured}");
    let (hello, ready) = (&measured["start_up"]["hello_ns"], &measured["start_up"]["ready_ns"]);
    assert!(hello.as_u64() > Some(0) && ready.as_u64() >= hello.as_u64(), "{measured}");
    let runtimes = report["runtimes"].as_array().expect("runtimes");
    let uvloop = runtimes.iter().find(|runtime| runtime["name"] == "uvloop").expect("it has said hello");
    let said: Value = serde_json::from_str(&format!("{{{SAYS}}}")).expect("JSON");
    for (field, value) in said.as_object().expect("fields") {
        assert_eq!(uvloop[field], *value, "{field}");
    }
    let table = stdout(&output);
    assert!(table.contains("uvloop *"), "{table}");
    assert!(table.contains("* uvloop: a promise is no task; a task that sleeps may wake up to 1 ms early"), "{table}");
    let explained = stdout(&run(&["explain", "cpu/case0", &bench.path("out"), "--runtime", "uvloop"]));
    assert!(explained.contains("start-up: hello after"), "{explained}");
    let page = stdout(&run(&["report", "--markdown", &bench.path("out")]));
    assert!(
        page.contains("a variant of asyncio, Python (CPython 3.11.7), loop libuv 1.52.1, aiohttp 3.14.5"),
        "{page}"
    );

    let list = loopswap().arg("list").env("LOOPSWAP_GUESTS", &guests).output().expect("it starts");
    assert!(stdout(&list).contains("single thread, Python (CPython 3.11.7)"), "{}", stdout(&list));
    assert!(stdout(&list).contains("variants: uvloop-streams (echo), "), "{}", stdout(&list));
}

/// Statuses of mocks that sleep 9.5 ms of 10, by how early each says that its timers may be.
#[test]
fn a_runtime_is_held_to_the_granularity_that_it_declares() {
    let mut text = "about = \"early\"\nreference = \"one\"\nruntimes = [\"one\", \"half\", \"none\", \"most\"]\n\
                    generations = 1\nslice = \"2ms\"\nbudget = \"5s\"\n\
                    [[case]]\nworkload = \"sleep\"\nname = \"case0\"\nparams = { tasks = 1, time = \"10ms\" }\n"
        .to_owned();
    let early = |ns: u64| format!("\"timer_early_ns\":{ns},\"about\"");
    let hellos =
        [("one", early(1_000_000)), ("half", early(400_000)), ("none", "\"about\"".into()), ("most", early(1 << 40))];
    for (name, about) in &hellos {
        text += &format!(
            "[[runner]]\nname = \"{name}\"\ncommand = ['/bin/sh', '-c', '''{{loopswap}} runner mock --ns-per-op 9500000 \
             | sed -u '1s/\"about\"/{about}/' ''']\n"
        );
    }
    let bench = Bench::suite(&text);
    let output = bench.run();
    assert_eq!(code(&output), 6, "{}", stderr(&output));
    let report = bench.report();
    let found = |name: &str| arm(row(&report, "sleep/case0"), name).clone();
    assert_eq!(found("one")["status"], "measured", "{}", found("one"));
    for (name, why) in [
        ("half", "take at least 9.600 ms, it reports 9.500 ms: it does not wait"),
        ("none", "take at least 9.900 ms, it reports 9.500 ms: it does not wait"),
        ("most", "`timer_early_ns` is 1099511627776: takes 0 to 100000000"),
    ] {
        let arm = found(name);
        assert!(arm["reason"].as_str().is_some_and(|reason| reason.contains(why)), "{name}: {arm}");
    }
}
