//! A runner that cannot say hello is a target that failed: its arm says why, all others are measured.

use crate::tools::{Bench, arm, code, loopswap, read_json, row, run, stderr, stdout};
use loopswap_protocol::SENTENCE_MAX;
use std::process::Output;

/// What a program does instead of saying hello, as a shell command; and a word of the reason or of its last
/// lines.
const SILENT: [(&str, &str, &str); 9] = [
    ("bad-json", "echo '{\"hello\":'; cat", "not a reply of the protocol"),
    ("banner", "echo Welcome to my runner; cat", "Welcome to my runner"),
    ("lacks-a-field", "echo '{\"hello\":{\"protocol\":1}}'; cat", "missing field"),
    ("other-protocol", OTHER_PROTOCOL, "speaks protocol 99"),
    ("another-reply", "echo '{\"bye\":{}}'; cat", "expected `hello`"),
    ("import-error", "echo 'ModuleNotFoundError: no module named uvloop' >&2; exit 1", "no module named uvloop"),
    ("not-found", "no-such-program-at-all", "exit code 127"),
    ("no-program", "", "No such file or directory"),
    ("killed", "kill -9 $$", "SIGKILL"),
];

const OTHER_PROTOCOL: &str = "echo '{\"hello\":{\"protocol\":99,\"runtime\":{\"name\":\"x\",\"package\":\"x\",\"version\":\"1\",\
                              \"driver\":\"none\",\"topology\":\"single-thread\",\"about\":\"x\"},\"workloads\":[]}}'; cat";

const MOCK: &str = "[\"{loopswap}\", \"runner\", \"mock\"]";

/// A suite with a good mock, another one, and a runner for each program; the first is the reference.
fn suite(programs: &[(&str, &str)]) -> Bench {
    let names: Vec<String> = programs.iter().map(|(name, _)| format!("\"{name}\"")).collect();
    let mut text = format!(
        "about = \"silent\"\nreference = {}\nruntimes = [{}]\ngenerations = 8\nslice = \"2ms\"\nlimit = \"200ms\"\n\
         budget = \"2s\"\n[[case]]\nworkload = \"cpu\"\nname = \"case0\"\nparams = {{ tasks = 1 }}\n\
         [[case]]\nworkload = \"cpu\"\nname = \"case1\"\nparams = {{ tasks = 2 }}\n",
        names[0],
        names.join(", ")
    );
    for (name, program) in programs {
        let command = match *program {
            "good" => MOCK.to_owned(),
            "" => "[\"/no/such/program\"]".to_owned(),
            program => format!("['/bin/sh', '-c', '''{program}''']"),
        };
        text += &format!("[[runner]]\nname = \"{name}\"\ncommand = {command}\n");
    }
    Bench::suite(&text)
}

fn silent() -> Vec<(&'static str, &'static str)> {
    SILENT.iter().map(|(name, program, _)| (*name, *program)).collect()
}

#[test]
fn each_is_a_failed_arm_with_its_reason_and_the_rest_is_measured() {
    let programs: Vec<_> = [("good", "good"), ("other", "good")].into_iter().chain(silent()).collect();
    let bench = suite(&programs);
    let output = bench.run();
    assert_eq!(code(&output), 6, "{}", stderr(&output));
    let report = bench.report();
    assert_eq!(report["complete"], "finished");
    for case in ["cpu/case0", "cpu/case1"] {
        for good in ["good", "other"] {
            assert_eq!(arm(row(&report, case), good)["status"], "measured", "{good}");
        }
        for (name, _, word) in SILENT {
            let failed = arm(row(&report, case), name);
            assert_eq!(failed["status"], "failed", "{name}");
            assert!(format!("{}{}", failed["reason"], failed["stderr"]).contains(word), "{name}: {failed}");
        }
    }
    let again = run(&["report", &bench.path("out")]);
    assert!(stdout(&again).contains("no module named uvloop") || stdout(&again).contains("exit code 1"));
}

#[test]
fn whether_a_runtime_can_run_here_is_asked_once() {
    let fails_later = "[ -z \"$LOOPSWAP_PREFLIGHT\" ] || { echo \"preflight=$LOOPSWAP_PREFLIGHT\" >&2; exit 1; }; \
                       exec {loopswap} runner mock";
    let bench = suite(&[("good", "good"), ("again", fails_later)]);
    let inherited = bench.command().env("LOOPSWAP_PREFLIGHT", "passed").output().expect("the binary starts");
    assert_eq!(code(&inherited), 6);
    let report = bench.report();
    assert_eq!(arm(row(&report, "cpu/case0"), "good")["status"], "measured");
    let again = arm(row(&report, "cpu/case0"), "again");
    assert!(again["stderr"].as_str().is_some_and(|text| text.contains("preflight=passed")), "{again}");
}

#[test]
fn a_runner_that_says_nothing_is_waited_for_once() {
    let bench = suite(&[("good", "good"), ("mute", "cat >/dev/null; sleep 1")]);
    let output = bench.run();
    assert_eq!(code(&output), 6, "{}", stderr(&output));
    let report = bench.report();
    let mute = arm(row(&report, "cpu/case1"), "mute");
    assert!(mute["reason"].as_str().is_some_and(|why| why.contains("did not answer")), "{mute}");
    assert_eq!(arm(row(&report, "cpu/case1"), "good")["status"], "measured");
}

#[test]
fn without_a_reference_the_others_are_measured_and_have_no_ratios() {
    let bench = suite(&[("broken", "exit 1"), ("good", "good"), ("other", "good")]);
    let output = bench.run();
    assert_eq!(code(&output), 6, "{}", stderr(&output));
    let report = bench.report();
    for good in ["good", "other"] {
        let good = arm(row(&report, "cpu/case0"), good);
        assert_eq!(good["status"], "measured");
        assert!(good["time_ns"].is_object() && good["speed_ratio"].is_null(), "{good}");
    }
    assert_eq!(arm(row(&report, "cpu/case0"), "broken")["status"], "failed");
}

#[test]
fn a_run_in_which_nobody_says_hello_ends_in_order() {
    let bench = suite(&[("broken", "exit 1"), ("too", "exit 1")]);
    let output = bench.run();
    assert_eq!(code(&output), 6, "{}", stderr(&output));
    assert_eq!(bench.report()["complete"], "finished");
}

#[test]
fn list_doctor_and_plan_show_it() {
    let bench = suite(&[("good", "good"), ("broken", "echo no module named uvloop >&2; exit 1")]);
    let suite = bench.path("mine.toml");
    let said = |arguments: &[&str]| -> Output {
        let output = run(&[arguments, &["--suite", &suite]].concat());
        assert_eq!(code(&output), 0, "{arguments:?}: {}", stderr(&output));
        output
    };
    for verb in ["list", "doctor", "plan"] {
        let text = stdout(&said(&[verb]));
        assert!(text.contains("failed: the runner ended with exit code 1"), "{verb}: {text}");
        assert!(text.contains("no module named uvloop"), "{verb}: {text}");
    }
    assert!(stdout(&said(&["plan"])).contains("broken (failed"));
    let list: serde_json::Value = serde_json::from_slice(&said(&["list", "--json"]).stdout).expect("JSON");
    let runtimes = list["runtimes"].as_array().expect("runtimes");
    let broken = runtimes.iter().find(|runtime| runtime["runtime"]["name"] == "broken").expect("it is listed");
    assert!(broken["failed"]["message"].as_str().is_some_and(|why| why.contains("exit code 1")), "{broken}");
}

#[test]
fn a_built_in_runtime_that_says_that_it_is_another_is_not_believed() {
    let bench = Bench::suite(
        "about = \"liar\"\nreference = \"good\"\nruntimes = [\"good\", \"liar\"]\ngenerations = 1\nslice = \"2ms\"\n\
         budget = \"1s\"\n[[case]]\nworkload = \"cpu\"\nname = \"case0\"\nparams = { tasks = 1 }\n\
         [[runner]]\nname = \"good\"\ncommand = [\"{loopswap}\", \"runner\", \"mock\"]\n\
         [[runner]]\nname = \"liar\"\ncommand = [\"./liar\", \"runner\", \"tokio\"]\n",
    );
    // Its arguments ask for one runtime, it says another.
    let script = format!("#!/bin/sh\nexec {} runner mock\n", loopswap().get_program().display());
    let path = bench.folder.path().join("liar");
    std::fs::write(&path, script).expect("room");
    std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o755)).expect("it is ours");
    let mut command = bench.command();
    let output = command.current_dir(bench.folder.path()).output().expect("it starts");
    assert_eq!(code(&output), 6, "{}", stderr(&output));
    let report = bench.report();
    let liar = arm(row(&report, "cpu/case0"), "liar");
    assert!(liar["reason"].as_str().is_some_and(|why| why.contains("says that it is `mock`")), "{liar}");
}

/// A build that is this program, except for its runner of `other`.
fn head(bench: &Bench, other: &str) -> String {
    let program = loopswap().get_program().display().to_string();
    let script =
        format!("#!/bin/sh\nif [ \"$1\" = runner ] && [ \"$4\" = 7 ]; then {other}; fi\nexec {program} \"$@\"\n");
    let path = bench.folder.path().join("head");
    std::fs::write(&path, script).expect("room");
    std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o755)).expect("it is ours");
    path.display().to_string()
}

#[test]
fn a_side_of_a_race_that_cannot_say_hello_fails_its_rows_and_the_gate() {
    let bench = Bench::suite(
        "about = \"race\"\nreference = \"one\"\nruntimes = [\"one\", \"two\"]\nslice = \"2ms\"\n\
         [[case]]\nworkload = \"cpu\"\nname = \"case0\"\nparams = { tasks = 1 }\n\
         [[runner]]\nname = \"one\"\ncommand = [\"{loopswap}\", \"runner\", \"mock\"]\n\
         [[runner]]\nname = \"two\"\ncommand = [\"{loopswap}\", \"runner\", \"mock\", \"7\"]\n",
    );
    let suite =
        std::fs::read_to_string(bench.path("mine.toml")).expect("a suite").replace("\"7\"", "\"--after\", \"7\"");
    std::fs::write(bench.path("mine.toml"), suite).expect("room");
    let program = loopswap().get_program().display().to_string();
    let out = bench.path("out");
    let head = head(&bench, "echo no hello today >&2; exit 1");
    let raced = run(&[
        "race",
        &program,
        &head,
        "--suite",
        &bench.path("mine.toml"),
        "--budget",
        "3s",
        "--generations",
        "12",
        "--quiet",
        "--output",
        &out,
    ]);
    assert_eq!(code(&raced), 6, "{}{}", stdout(&raced), stderr(&raced));
    let comparison = read_json(&bench.folder.path().join("out/comparison.json"));
    let verdicts: Vec<_> =
        comparison["rows"].as_array().expect("rows").iter().map(|row| (&row["runtime"], &row["verdict"])).collect();
    assert!(verdicts.iter().any(|(runtime, verdict)| *runtime == "two" && *verdict == "error"), "{verdicts:?}");
    assert!(verdicts.iter().any(|(runtime, verdict)| *runtime == "one" && *verdict != "error"), "{verdicts:?}");
    let gated = run(&["gate", &bench.path("out/comparison.json")]);
    assert_eq!(code(&gated), 6, "{}{}", stdout(&gated), stderr(&gated));
}

/// A hello that says at great length why the runner cannot run here.
#[test]
fn what_a_hello_says_at_length_is_quoted_in_part_everywhere() {
    let long = "\\u001b[31mno ".repeat(10_000);
    let hello = OTHER_PROTOCOL.replace("\"protocol\":99", "\"protocol\":1");
    let unavailable = format!("\"unavailable\":{{\"reason\":\"{long}\",\"remedy\":\"{long}\"}},\"workloads\"");
    let bench = Bench::suite("");
    let script = bench.path("wordy.sh");
    std::fs::write(&script, hello.replace("\"workloads\"", &unavailable).replace("echo ", "printf '%s\\n' "))
        .expect("room");
    let suite = format!(
        "about = \"wordy\"\nreference = \"good\"\nruntimes = [\"good\", \"wordy\"]\ngenerations = 8\nslice = \"2ms\"\n\
         limit = \"200ms\"\nbudget = \"2s\"\n[[case]]\nworkload = \"cpu\"\nname = \"case0\"\nparams = {{ tasks = 1 }}\n\
         [[runner]]\nname = \"good\"\ncommand = {MOCK}\n[[runner]]\nname = \"wordy\"\ncommand = [\"/bin/sh\", \"{script}\"]\n"
    );
    std::fs::write(bench.path("mine.toml"), suite).expect("room");
    let suite = bench.path("mine.toml");
    for arguments in [
        vec!["doctor", "--suite", &suite],
        vec!["list", "--suite", &suite],
        vec!["plan", "--suite", &suite],
        vec!["run", "--quiet", "--suite", &suite, "--output", &bench.path("out")],
    ] {
        let output = run(&arguments);
        let said = stdout(&output);
        assert_eq!(code(&output), 0, "{arguments:?}: {}", stderr(&output));
        let columns = said.lines().filter(|line| line.contains("31mno")).map(|line| line.chars().count()).max();
        assert!(columns.is_some_and(|columns| columns < 2 * SENTENCE_MAX), "{arguments:?}: {said}");
        let quoted = said.matches("31mno").count() * "\\u{1b}[31mno ".len();
        assert!(quoted <= 2 * SENTENCE_MAX, "{arguments:?}: {said}");
    }
}
