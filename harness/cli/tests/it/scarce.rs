//! Machines that lack something: one row, one arm or one peer fails with its remedy, everything else is
//! measured.
#![cfg(target_os = "linux")]

use crate::tools::{Bench, arm, code, loopswap, row, stderr, stdout};
use loopswap_refuse::{Refusal, run_under};
use nix::errno::Errno;
use serde_json::Value;
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Command, Output};

/// A case without a peer, and one for each further peer that is named.
fn bench(peers: &[&str]) -> Bench {
    let mut text = "about = \"scarce\"\nreference = \"tokio\"\nruntimes = [\"tokio\", \"threads\"]\ngenerations = 2\n\
                    slice = \"2ms\"\nlimit = \"1s\"\nbudget = \"2s\"\n\
                    [[case]]\nworkload = \"cpu\"\nname = \"few\"\nparams = { tasks = 1, steps = 1000 }\n"
        .to_owned();
    for workload in peers {
        text += &format!("[[case]]\nworkload = \"{workload}\"\nname = \"few\"\nparams = {{ conns = 2 }}\n");
    }
    Bench::suite(&text)
}

/// The run of a bench, started by a shell after `before`.
fn after(bench: &Bench, before: &str) -> Command {
    let mut command = Command::new("/bin/sh");
    let script = format!("{before}\nexec \"$0\" run --quiet --suite \"$1\" --output \"$2\"");
    command.args(["-c", &script]).arg(loopswap().get_program());
    command.args([bench.path("mine.toml"), bench.path("out")]);
    command
}

fn ran(mut command: Command) -> Output {
    command.output().expect("it starts")
}

/// Everything of a row is measured.
fn measured(report: &Value, case: &str) {
    for runtime in ["tokio", "threads"] {
        assert_eq!(arm(row(report, case), runtime)["status"], "measured", "{case} on {runtime}: {}", row(report, case));
    }
}

/// The row has no result, and says why and what to do.
fn failed(report: &Value, case: &str, word: &str) {
    let row = row(report, case);
    assert!(row["errors"].to_string().contains(word), "`{word}` in {}", row["errors"]);
    for runtime in ["tokio", "threads"] {
        assert_eq!(arm(row, runtime)["status"], "not-reached", "{row}");
        assert!(
            arm(row, runtime)["reason"].as_str().is_some_and(|why| why.contains("a peer of the row failed")),
            "{row}"
        );
    }
}

#[test]
fn few_open_files_fail_what_needs_more_and_say_how_to_raise_them() {
    let runners: Vec<String> = (0..30).map(|number| format!("m{number}")).collect();
    let runners: Vec<(&str, &str)> = runners.iter().map(|name| (name.as_str(), "")).collect();
    let bench = Bench::mocks(&runners, 1, "");
    let output = ran(after(&bench, "ulimit -n 64"));
    assert_eq!(code(&output), 6, "{}", stderr(&output));
    let report = bench.report();
    assert_eq!(report["complete"], "finished");
    assert_eq!(arm(row(&report, "cpu/case0"), "m0")["status"], "measured");
    assert!(row(&report, "cpu/case0").to_string().contains("ulimit -n"), "{}", row(&report, "cpu/case0"));
}

#[test]
fn few_open_files_are_enough_for_few_runtimes() {
    let bench = bench(&["http-fetch"]);
    let output = ran(after(&bench, "ulimit -n 64"));
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    measured(&bench.report(), "http-fetch/few");
}

/// A run under a refused call with an error of its own.
fn without(call: &str, errno: Errno, bench: &Bench) -> Output {
    let refusal = Refusal::parse(call, errno).expect(call);
    let mut command = bench.command();
    run_under(&[refusal], || command.output().expect("it starts")).expect("a filter")
}

#[test]
fn without_a_free_port_the_rows_of_peers_fail() {
    let bench = bench(&["http-fetch"]);
    let output = without("bind", Errno::EADDRINUSE, &bench);
    assert_eq!(code(&output), 6, "{}", stderr(&output));
    measured(&bench.report(), "cpu/few");
    failed(&bench.report(), "http-fetch/few", "TIME_WAIT");
}

#[test]
fn without_a_port_to_connect_from_the_arms_fail() {
    let bench = bench(&["http-fetch"]);
    let output = without("connect", Errno::EADDRNOTAVAIL, &bench);
    assert_eq!(code(&output), 6, "{}", stderr(&output));
    let report = bench.report();
    measured(&report, "cpu/few");
    let tokio = arm(row(&report, "http-fetch/few"), "tokio");
    assert!(tokio["reason"].as_str().is_some_and(|why| why.contains("ip_local_port_range")), "{tokio}");
}

#[test]
fn half_a_gibibyte_of_addresses_is_enough_or_fails_an_arm() {
    let bench = bench(&["http-fetch"]);
    let output = ran(after(&bench, "ulimit -v 524288"));
    assert!([0, 6].contains(&code(&output)), "{}", stderr(&output));
    let report = bench.report();
    assert_eq!(report["complete"], "finished");
    for case in ["cpu/few", "http-fetch/few"] {
        for runtime in ["tokio", "threads"] {
            let arm = arm(row(&report, case), runtime);
            let why = format!("{}{}{}", arm["reason"], arm["stderr"], row(&report, case)["errors"]);
            assert!(arm["status"] == "measured" || why.contains("memory") || why.contains("ulimit"), "{arm}");
        }
    }
}

/// Folders for temporary files that are full.
#[test]
fn without_room_for_temporary_files_only_what_needs_some_fails() {
    let bench = bench(&["http-fetch"]);
    let output = ran(after(&bench, "export TMPDIR=/no/such/folder"));
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    measured(&bench.report(), "http-fetch/few");
}

#[test]
fn a_full_folder_for_temporary_files_fails_only_what_needs_some() {
    let bench = bench(&["http-fetch"]);
    let full = bench.path("full");
    std::fs::create_dir(&full).expect("room");
    let script = format!(
        "mount -t tmpfs -o size=4k tmpfs {full} || {{ echo no mount >&2; exit 99; }}\n\
         head -c 4096 /dev/zero > {full}/zeros; export TMPDIR={full}"
    );
    let Some(output) = apart(&bench, &script) else { return };
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    measured(&bench.report(), "http-fetch/few");
}

/// A run in its own mount namespace, after `before`; prints why and returns `None` if there cannot be one.
fn apart(bench: &Bench, before: &str) -> Option<Output> {
    let script = format!("{before}\nexec \"$0\" run --quiet --suite \"$1\" --output \"$2\"");
    let mut command = Command::new("unshare");
    command.args(["--mount", "/bin/sh", "-c", &script]).arg(loopswap().get_program());
    command.args([bench.path("mine.toml"), bench.path("out")]);
    let output = command.output().ok().filter(|output| ![Some(99), Some(1), None].contains(&output.status.code()));
    if output.is_none() {
        eprintln!("skipped: nothing can be mounted here (it needs root and CAP_SYS_ADMIN)");
    }
    output
}

#[test]
fn without_pressure_and_sys_everything_is_measured() {
    let bench = bench(&["http-fetch"]);
    let hide = |folder: &str| format!("[ ! -d {folder} ] || mount -t tmpfs -o size=4k tmpfs {folder} || exit 99\n");
    let Some(output) = apart(&bench, &(hide("/proc/pressure") + &hide("/sys"))) else { return };
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    measured(&bench.report(), "cpu/few");
    measured(&bench.report(), "http-fetch/few");
}

#[test]
fn nobody_needs_a_home() {
    let bench = bench(&["http-fetch"]);
    let mut command = after(&bench, "unset HOME TMPDIR");
    command.env_remove("HOME");
    let output = ran(command);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    measured(&bench.report(), "http-fetch/few");
}

#[test]
fn a_working_directory_that_is_gone_is_not_missed() {
    let bench = bench(&["http-fetch"]);
    let gone = bench.path("gone");
    let output = ran(after(&bench, &format!("mkdir {gone}; cd {gone}; rmdir {gone}")));
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    measured(&bench.report(), "http-fetch/few");
}

/// Puts a program that fails on the PATH of a run, before all others.
fn with_a_broken(program: &str, bench: &Bench) -> Output {
    let bin = bench.folder.path().join("bin");
    std::fs::create_dir(&bin).expect("room");
    let path = bin.join(program);
    std::fs::write(&path, "#!/bin/sh\necho this one is broken >&2\nexit 1\n").expect("room");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).expect("it is ours");
    let mut command = bench.command();
    let paths = std::env::var("PATH").unwrap_or_default();
    command.env("PATH", format!("{}:{paths}", bin.display())).output().expect("it starts")
}

#[test]
fn a_redis_server_that_does_not_start_fails_its_rows() {
    let bench = bench(&["redis", "http-fetch"]);
    let output = with_a_broken("redis-server", &bench);
    assert_eq!(code(&output), 6, "{}", stderr(&output));
    let report = bench.report();
    failed(&report, "redis/few", "--embedded-redis");
    failed(&report, "redis/few", "this one is broken");
    measured(&report, "cpu/few");
    measured(&report, "http-fetch/few");
}

#[test]
fn why_a_server_does_not_start_is_said_once() {
    let case = |name: &str| format!("[[case]]\nworkload = \"redis\"\nname = \"{name}\"\nparams = {{ conns = 2 }}\n");
    let suite = "about = \"few\"\nreference = \"tokio\"\nruntimes = [\"tokio\", \"threads\"]\ngenerations = 2\nbudget = \"2s\"\nslice = \"2ms\"\n\
                 [[case]]\nworkload = \"cpu\"\nname = \"few\"\nparams = { tasks = 1 }\n";
    let bench = Bench::suite(&format!("{suite}{}{}", case("one"), case("two").replace("= 2", "= 3")));
    let output = with_a_broken("redis-server", &bench);
    assert_eq!(code(&output), 6, "{}", stderr(&output));
    let report = bench.report();
    failed(&report, "redis/one", "this one is broken");
    failed(&report, "redis/two", "a peer could not be started: redis/one says why");
    assert_eq!(stdout(&output).matches("--embedded-redis").count(), 1, "{}", stdout(&output));
}

#[test]
fn a_mariadb_that_does_not_start_fails_its_rows() {
    let bench = bench(&["mysql", "http-fetch"]);
    let output = with_a_broken("mariadbd", &bench);
    assert_eq!(code(&output), 6, "{}", stderr(&output));
    let report = bench.report();
    failed(&report, "mysql/few", "--embedded-mysql");
    measured(&report, "cpu/few");
    measured(&report, "http-fetch/few");
}

/// A runtime that loopswap knows and this build lacks may be in a suite: skipped, with the way to build it
/// in.
#[test]
fn what_is_not_built_in_is_skipped_with_the_way_to_build_it() {
    let output = loopswap().args(["list", "--json"]).output().expect("it starts");
    let list: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let runtimes = list["runtimes"].as_array().expect("runtimes");
    assert_eq!(runtimes.len(), 14, "all of them have a name, built in or not");
    for runtime in runtimes {
        let (name, unavailable) = (&runtime["runtime"]["name"], &runtime["unavailable"]);
        if runtime["runtime"]["driver"].is_null() {
            assert!(unavailable["reason"].as_str().is_some_and(|why| why.starts_with("not built")), "{runtime}");
            let feature = format!("--features {}", name.as_str().expect("a name"));
            assert!(unavailable["remedy"].as_str().is_some_and(|how| how.contains(&feature)), "{runtime}");
        }
    }
}
