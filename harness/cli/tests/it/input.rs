//! Bad input gets one clear message that names the place and the remedy, and the documented code.

use crate::tools::{Bench, code, loopswap, run, stderr, stdout};
use std::process::{Command, Output};

/// Runs a suite with one line replaced, and expects a usage error.
fn refused(from: &str, to: &str) -> String {
    let good = "about = \"mine\"\nreference = \"tokio\"\nruntimes = [\"tokio\", \"smol\"]\n\n[[case]]\n\
                workload = \"redis\"\nname = \"own\"\nparams = { conns = 8 }\n";
    assert!(good.contains(from), "{from}");
    let bench = Bench::suite(&good.replace(from, to));
    let output = bench.run();
    let message = stderr(&output);
    assert_eq!(code(&output), 64, "{message}");
    assert!(!bench.record().exists(), "nothing is written");
    assert!(message.contains("mine.toml:"), "{message}");
    message
}

#[test]
fn an_unknown_runtime_gets_a_suggestion() {
    let message = refused("[\"tokio\", \"smol\"]", "[\"tokyo\", \"smol\"]");
    assert!(message.contains("mine.toml:3:13: unknown runtime `tokyo`"), "{message}");
    assert!(message.contains("did you mean `tokio`?"), "{message}");
}

#[test]
fn an_unknown_workload_gets_a_suggestion() {
    let message = refused("\"redis\"", "\"reddis\"");
    assert!(message.contains("unknown workload `reddis`") && message.contains("did you mean `redis`?"), "{message}");
}

#[test]
fn a_parameter_out_of_range_is_named_with_its_bounds() {
    let message = refused("conns = 8", "conns = 0");
    assert!(message.contains("mine.toml:8:20: redis: `conns = 0`: takes a whole number from 1 to 10000"), "{message}");
}

#[test]
fn an_unknown_parameter_is_named_with_those_that_there_are() {
    let message = refused("conns = 8", "cons = 8");
    assert!(message.contains("no parameter `cons`; there are: conns, servers, reuse"), "{message}");
}

#[test]
fn two_cases_of_one_name_are_refused() {
    let again = "[[case]]\nworkload = \"redis\"\nname = \"own\"\nparams = { conns = 9 }\n\n[[case]]";
    let message = refused("[[case]]", again);
    assert!(message.contains("another case is called `redis/own` too, with other parameters"), "{message}");
    assert!(message.contains("a `name` of its own"), "{message}");
    let message = refused("[[case]]", &again.replace('9', "8"));
    assert!(message.contains("mine.toml:11:12: `redis/own` is listed twice"), "{message}");
}

#[test]
fn a_malformed_suite_is_named_with_line_and_column() {
    let message = refused("name = \"own\"", "name = own");
    assert!(message.contains("mine.toml:7:8"), "{message}");
    let message = refused("about", "abuot");
    assert!(message.contains("mine.toml:1:1: unknown field `abuot`"), "{message}");
}

#[test]
fn a_time_that_is_none_is_refused() {
    let message = refused("\n[[case]]", "\nslice = \"quickly\"\n[[case]]");
    assert!(message.contains("`slice = \"quickly\"`"), "{message}");
}

#[test]
fn a_number_out_of_bounds_is_named_with_what_it_takes() {
    for (line, expected) in [
        ("generations = 0", "mine.toml:4:15: `generations = 0` is out of bounds"),
        ("rounds = 41", "mine.toml:4:10: `rounds = 41` is out of bounds"),
    ] {
        let message = refused("\n[[case]]", &format!("{line}\n[[case]]"));
        assert!(message.contains(expected), "{message}");
        assert!(message.contains("takes 1 to"), "{message}");
    }
}

#[test]
fn as_many_rounds_are_measured_as_the_suite_allows() {
    let bench = Bench::suite(
        "about = \"few\"\nreference = \"tokio\"\nruntimes = [\"tokio\", \"threads\"]\ngenerations = 2\n\
         rounds = 3\nslice = \"2ms\"\nbudget = \"1min\"\n\
         [[case]]\nworkload = \"cpu\"\nname = \"one\"\nparams = { tasks = 1, steps = 1000 }\n",
    );
    assert_eq!(code(&bench.run()), 0);
    let record = std::fs::read_to_string(bench.record()).expect("a record");
    assert_eq!(record.matches("{\"round\":").count(), 2 * 3, "{record}");
}

/// The message about an unknown key lists those that there are.
#[test]
fn every_key_of_a_suite_is_documented() {
    let page = include_str!("../../../../docs/suites.md");
    let runner = "[[runner]]\nname = \"one\"\ncommand = [\"true\"]\nnosuch = 1\n";
    let claim = "[[claim]]\nsays = \"\"\ncheck = \"\"\nnosuch = 1\n";
    for (from, to) in [
        ("about", "nosuch = 1\nabout"),
        ("conns = 8 }", "conns = 8 }\nnosuch = 1"),
        ("[[case]]", &format!("{runner}[[case]]")),
        ("conns = 8 }", &format!("conns = 8 }}\n{claim}")),
    ] {
        let message = refused(from, to);
        let (_, there_are) = message.split_once("unknown field `nosuch`").unwrap_or_else(|| panic!("{message}"));
        let keys: Vec<&str> = there_are.split('`').skip(1).step_by(2).collect();
        assert!(keys.len() >= 2, "{message}");
        for key in keys {
            let described = [format!("`{key}`"), format!("`[[{key}]]`")];
            assert!(described.iter().any(|word| page.contains(word)), "docs/suites.md does not describe `{key}`");
        }
    }
}

#[test]
fn the_example_of_a_suite_is_one() {
    let page = include_str!("../../../../docs/suites.md");
    let example = page.split("```toml").nth(1).and_then(|rest| rest.split("```").next()).expect("an example");
    let bench = Bench::suite(&example.replace("\"python3\", \"mine.py\"", "\"{loopswap}\", \"runner\", \"mock\""));
    let output = run(&["plan", "--suite", &bench.path("mine.toml")]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    for part in ["redis/conns=1", "redis/four", "mine"] {
        assert!(stdout(&output).contains(part), "{part}: {}", stdout(&output));
    }
}

#[test]
fn a_suite_that_is_not_there_names_those_that_are() {
    let output = run(&["run", "--suite", "quik"]);
    assert_eq!(code(&output), 64);
    assert!(stderr(&output).contains("did you mean `quick`?"), "{}", stderr(&output));
}

#[test]
fn a_bad_regular_expression_is_refused() {
    let output = run(&["run", "--case", "("]);
    assert_eq!(code(&output), 64);
    assert!(stderr(&output).contains("--case"), "{}", stderr(&output));
}

#[test]
fn bad_flags_are_usage_errors() {
    for arguments in [&["run", "--no-such-flag"][..], &["nosuchverb"], &["run", "--generations", "0"], &["report"]] {
        assert_eq!(code(&run(arguments)), 64, "{arguments:?}");
    }
    assert_eq!(code(&run(&["--help"])), 0);
    assert_eq!(code(&run(&["--version"])), 0);
}

#[test]
fn a_filter_that_matches_nothing_says_what_there_is() {
    let output = run(&["plan", "--runtime", "tokyo"]);
    assert_eq!(code(&output), 4);
    assert!(stderr(&output).contains("did you mean `tokio`?"), "{}", stderr(&output));
    let output = run(&["plan", "--case", "nosuchcase"]);
    assert_eq!(code(&output), 4);
    assert!(stderr(&output).contains("redis/conns=64"), "{}", stderr(&output));
}

#[test]
fn an_unknown_reference_gets_a_suggestion() {
    let output = run(&["run", "--reference", "tokyo"]);
    assert_eq!(code(&output), 64);
    assert!(stderr(&output).contains("did you mean `tokio`?"), "{}", stderr(&output));
}

#[test]
fn files_that_are_no_records_are_refused() {
    let bench = Bench::suite("");
    let refused = |name: &str, text: &str| {
        let path = bench.path(name);
        std::fs::write(&path, text).expect("room");
        let output = run(&["report", &path]);
        assert_eq!((code(&output), stdout(&output)), (64, String::new()));
        let message = stderr(&output);
        assert!(message.contains(name), "{message}");
        message
    };
    assert!(refused("empty.jsonl", "").contains("empty"));
    assert!(refused("other.jsonl", "{\"hello\":1}\n").contains("not the header"));
    assert!(refused("newer.jsonl", "{\"header\":{\"schema\":99}}\n").contains("newer loopswap"));
    assert!(refused("newer.json", "{\"schema\":99}").contains("99"));
    assert!(refused("broken.json", "{").contains("broken.json"));
    let output = run(&["report", &bench.path("absent.json")]);
    assert_eq!(code(&output), 64);
    assert!(stderr(&output).contains("absent.json"), "{}", stderr(&output));
}

#[test]
fn a_redis_url_that_is_none_is_refused() {
    let output = run(&["run", "--redis", "127.0.0.1:1", "--output", "unused"]);
    assert_eq!(code(&output), 64);
    assert!(stderr(&output).contains("redis://"), "{}", stderr(&output));
}

/// A committed self-test.
const SELFTEST: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../results/selftest/2026-11-22T194419Z-idle.json");

/// Runs `script` with `$0` as loopswap, in an address space of 2 GB.
fn in_two_gigabytes(script: &str, arguments: &[&str]) -> Output {
    let mut shell = Command::new("bash");
    let limited = format!("ulimit -v 2000000; {script}");
    shell.args(["-c", &limited]).arg(loopswap().get_program()).args(arguments).output().expect("bash starts")
}

#[test]
fn files_without_an_end_are_refused_with_name_and_limit() {
    let bench = Bench::suite("");
    let sparse = bench.path("sparse");
    std::fs::File::create(&sparse).and_then(|file| file.set_len(1_200_000_000)).expect("it takes no room");
    let long = bench.path("long.jsonl");
    std::fs::File::create(&long).and_then(|file| file.set_len(2_000_000_000)).expect("it takes no room");
    let (zero, random) = ("/dev/zero".to_owned(), "/dev/urandom".to_owned());
    for (arguments, file, limit) in [
        (vec!["plan", "--suite", &zero], &zero, "4 MiB"),
        (vec!["plan", "--suite", &sparse], &sparse, "4 MiB"),
        (vec!["report", &zero], &zero, "4 MiB"),
        (vec!["report", &random], &random, "4 MiB"),
        (vec!["report", &sparse], &sparse, "64 MiB"),
        (vec!["report", &long], &long, "1024 MiB"),
        (vec!["explain", "cpu", &zero], &zero, "4 MiB"),
        (vec!["compare", &zero, &zero], &zero, "4 MiB"),
        (vec!["gate", &zero], &zero, "4 MiB"),
        (vec!["gate", "absent", "--acknowledged", &sparse], &sparse, "4 MiB"),
    ] {
        let output = in_two_gigabytes("exec \"$0\" \"$@\"", &arguments);
        let said = stderr(&output);
        assert_eq!(code(&output), 64, "{arguments:?}: {said}");
        assert!(said.contains(file) && said.contains(&format!("more than {limit}")), "{arguments:?}: {said}");
    }
    let output = in_two_gigabytes("exec \"$0\" plan --suite <(yes)", &[]);
    assert_eq!(code(&output), 64);
    assert!(stderr(&output).contains("more than 4 MiB"), "{}", stderr(&output));
}

#[test]
fn a_pipe_is_read_as_a_file_is() {
    let bench = Bench::mocks(&[("base", "")], 1, "");
    let suite = bench.path("mine.toml");
    let output = in_two_gigabytes("exec \"$0\" plan --suite <(cat \"$1\")", &[&suite]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    assert!(stdout(&output).contains("cpu/case0"), "{}", stdout(&output));
    let output = in_two_gigabytes("exec \"$0\" report <(cat \"$1\")", &[SELFTEST]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    assert_eq!(stdout(&output), stdout(&run(&["report", SELFTEST])));
}

#[test]
fn a_flag_that_a_kind_of_file_does_not_know_is_refused() {
    for flag in ["--markdown", "--counters"] {
        let output = run(&["report", flag, SELFTEST]);
        assert_eq!((code(&output), stdout(&output).as_str()), (64, ""));
        assert!(stderr(&output).contains(&format!("{flag}: ")), "{}", stderr(&output));
        assert!(stderr(&output).contains("is a self-test"), "{}", stderr(&output));
    }
}

#[test]
fn a_case_that_takes_no_rate_is_named() {
    let output = run(&["plan", "--suite", "full", "--rate", "1000", "--case", "cpu/one-go"]);
    assert_eq!(code(&output), 4, "{}", stderr(&output));
    assert!(stderr(&output).contains("--rate 1000: cpu/one-go takes no rate"), "{}", stderr(&output));
    assert!(!stderr(&output).contains("no case of suite"), "{}", stderr(&output));
}

/// A shell command in a folder of its own; `$0` is loopswap, `$1` a suite.
fn shell(script: &str, bench: &Bench) -> Output {
    let mut shell = Command::new("sh");
    shell.args(["-c", script]).arg(loopswap().get_program()).arg(bench.path("mine.toml"));
    shell.current_dir(bench.folder.path()).output().expect("sh starts")
}

#[test]
fn a_working_folder_that_is_gone_is_named_where_it_is_missed() {
    let bench = Bench::mocks(&[("base", "")], 1, "");
    let output = shell("mkdir gone; cd gone; rmdir ../gone; exec \"$0\" run --quiet --suite \"$1\"", &bench);
    assert_eq!(code(&output), 64, "{}", stderr(&output));
    assert!(stderr(&output).contains("the working folder is gone"), "{}", stderr(&output));
}

#[test]
fn a_temporary_folder_that_is_not_there_is_named() {
    let case = "[[case]]\nworkload = \"redis\"\nname = \"one\"\nparams = { conns = 1 }\n";
    let suite = "about = \"x\"\nreference = \"tokio\"\nruntimes = [\"tokio\"]\nbudget = \"1s\"\n";
    if Command::new("redis-server").arg("--version").output().is_err() {
        eprintln!("skipped: redis-server is not installed");
        return;
    }
    let bench = Bench::suite(&format!("{suite}{case}"));
    let output = shell("TMPDIR=/no/such exec \"$0\" run --quiet --suite \"$1\" --output out", &bench);
    let said = format!("{}{}", stdout(&output), stderr(&output)).split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(said.contains("/no/such is no folder: set TMPDIR to one that is there"), "{said}");
}

#[test]
fn a_file_limit_is_an_error_of_the_system_and_leaves_nothing_in_the_way() {
    let bench = Bench::mocks(&[("base", "")], 1, "");
    // 8 blocks of 1024 bytes, less than what is reserved next to a record.
    let output = shell("ulimit -f 8; exec \"$0\" run --quiet --suite \"$1\" --output out", &bench);
    assert_eq!(code(&output), 70, "{}", stderr(&output));
    assert!(stderr(&output).contains("File too large"), "{}", stderr(&output));
    let left: Vec<_> = std::fs::read_dir(bench.path("out")).expect("the folder").flatten().collect();
    assert!(left.is_empty(), "{left:?}");
    let output = shell("exec \"$0\" run --quiet --suite \"$1\" --output out", &bench);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
}
