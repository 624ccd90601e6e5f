//! The runtime as server, under the load client.

use crate::tools::{Bench, arm, code, loopswap, row, run, stderr, stdout};
use serde_json::Value;
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, Stdio};

fn suite(runtimes: &[&str], slice: &str, cases: &str) -> Bench {
    let quoted: Vec<String> = runtimes.iter().map(|name| format!("\"{name}\"")).collect();
    Bench::suite(&format!(
        "about = \"serving\"\nreference = \"{}\"\nruntimes = [{}]\ngenerations = 1\nslice = \"{slice}\"\nlimit = \"10s\"\n\
         budget = \"3s\"\n{cases}",
        runtimes[0],
        quoted.join(", ")
    ))
}

fn case(workload: &str, name: &str, params: &str) -> String {
    format!("[[case]]\nworkload = \"{workload}\"\nname = \"{name}\"\nparams = {{ {params} }}\n")
}

fn report(bench: &Bench, flags: &[&str]) -> Value {
    let output = bench.command().args(flags).output().expect("it starts");
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    bench.report()
}

const RUNTIMES: [&str; 6] = ["tokio", "smol", "glommio", "threads", "async-std", "null"];

#[test]
fn latencies_of_a_closed_loop_are_those_of_the_load_client() {
    let cases = case("echo", "few", "conns = 4") + &case("service", "few", "conns = 4");
    let report = report(&suite(&RUNTIMES, "2ms", &cases), &[]);
    for name in ["echo/few", "service/few"] {
        let row = row(&report, name);
        assert!(row["peers"].to_string().contains("loopswap-load"), "{row}");
        for runtime in RUNTIMES {
            let arm = arm(row, runtime);
            if arm["status"] == "skipped" {
                eprintln!("skipped: {runtime}: {}", arm["reason"]);
                continue;
            }
            assert_eq!(arm["status"], "measured", "{arm}");
            // One counting slice: every operation of it was stamped, none in the timed ones.
            let stamped = arm["latency"]["count"].as_u64().unwrap_or_else(|| panic!("no latency in {arm}"));
            assert!(stamped >= 16, "{arm}");
            assert!(arm["cpu_ns_per_op"]["peer"]["value"].as_f64().is_some_and(|cpu| cpu > 0.0), "{arm}");
        }
    }
}

#[test]
fn every_runtime_answers_at_a_rate() {
    let cases = case("echo", "paced", "conns = 4, rate = 500") + &case("service", "paced", "conns = 4, rate = 500");
    let report = report(&suite(&RUNTIMES, "2ms", &cases), &["--slice", "100ms"]);
    for name in ["echo/paced", "service/paced"] {
        let row = row(&report, name);
        assert_eq!((&row["headline"], &row["rate_per_s"]), (&"response".into(), &500.into()));
        for runtime in RUNTIMES {
            let arm = arm(row, runtime);
            if arm["status"] == "skipped" {
                eprintln!("skipped: {runtime}: {}", arm["reason"]);
                continue;
            }
            let rounds = row["rounds"].as_f64().expect("a number");
            let stamped = arm["latency"]["count"].as_f64().unwrap_or_else(|| panic!("no latency in {arm}"));
            assert!((stamped - rounds * 50.0).abs() < 1e-9, "every operation of a slice is stamped: {rounds} {arm}");
        }
    }
}

#[test]
fn two_requests_that_sleep_are_answered_together() {
    let cases = case("service", "two", "path = \"red\", conns = 2, sleep = \"1s\", set = 2");
    let bench = suite(&["tokio", "smol"], "1s", &cases);
    let report = report(&bench, &["--embedded-redis"]);
    for runtime in ["tokio", "smol"] {
        let ns = arm(row(&report, "service/two"), runtime)["time_ns"]["value"].as_f64().expect("a time");
        assert!((1e9..2e9).contains(&ns), "{runtime}: one second, and not the sum of two: {ns} ns");
    }
}

#[test]
fn more_connections_than_are_opened_at_once_are_served_by_all_shards() {
    let cases = case("echo", "many", "size = 16, conns = 1100") + "placement = \"free\"\n";
    let bench = suite(&["tokio", "glommio"], "2ms", &cases);
    let report = report(&bench, &[]);
    for runtime in ["tokio", "glommio"] {
        let arm = arm(row(&report, "echo/many"), runtime);
        match arm["status"].as_str() {
            Some("skipped") => eprintln!("skipped: {runtime}: {}", arm["reason"]),
            status => assert_eq!(status, Some("measured"), "{arm}"),
        }
    }
}

#[test]
fn what_a_server_does_can_be_counted() {
    let report = report(&suite(&["tokio", "smol"], "2ms", &case("echo", "one", "conns = 1")), &["--counters"]);
    for runtime in ["tokio", "smol"] {
        let counters = &arm(row(&report, "echo/one"), runtime)["counters_per_op"];
        let value = |name: &str| counters[name]["value"].as_f64();
        // A poll may answer more than one message, where the next has come before it ends.
        assert!(value("polls").is_some_and(|polls| polls > 0.0), "{counters}");
        // One read and one write, where the kernel tells; the first message may have come before counting began.
        assert!(value("syscalls").is_none_or(|calls| calls > 1.0), "{counters}");
    }
}

/// A peer process, and where it announced itself.
fn peer(kind: &str) -> (Child, String) {
    let mut process =
        loopswap().args(["peer", kind]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("the peer starts");
    let mut line = String::new();
    BufReader::new(process.stdout.take().expect("a pipe")).read_line(&mut line).expect("the announcement");
    let announcement: Value = serde_json::from_str(&line).expect("JSON");
    (process, announcement["address"].as_str().expect("an address").to_owned())
}

#[test]
fn both_roles_can_be_piped_by_hand() {
    for (kind, case) in [("load", "echo/size=1KiB,conns=3"), ("echo", "echo/client,size=1KiB,conns=1")] {
        let without = run(&["spec", case]);
        assert_eq!(code(&without), 64);
        assert!(stderr(&without).contains(&format!("loopswap peer {kind}")), "{}", stderr(&without));
        let (mut process, address) = peer(kind);
        for runtime in ["tokio", "threads", "sequential"] {
            let spec = run(&["spec", case, "--granules", "100", &format!("--{kind}"), &address]);
            assert_eq!(code(&spec), 0, "{}", stderr(&spec));
            let mut runner = loopswap()
                .args(["runner", runtime])
                .stdin(Stdio::piped())
                .stdout(Stdio::piped())
                .spawn()
                .expect("the runner starts");
            runner.stdin.take().expect("a pipe").write_all(&spec.stdout).expect("the runner reads");
            let output = runner.wait_with_output().expect("the runner ends");
            assert_eq!(code(&output), 0, "{runtime}");
            let kinds: Vec<String> = stdout(&output)
                .lines()
                .map(|line| {
                    let reply: Value = serde_json::from_str(line).expect("a reply a line");
                    reply.as_object().and_then(|reply| reply.keys().next().cloned()).expect("a tagged reply")
                })
                .collect();
            let serves = ["hello", "ready", "slice", "slice", "slice", "count", "bye"];
            match (kind, runtime) {
                ("load", "sequential") => assert_eq!(kinds, ["hello", "unsupported"]),
                _ => assert_eq!(kinds, serves, "{case} on {runtime}"),
            }
        }
        process.kill().expect("it runs");
        process.wait().expect("it ends");
    }
}

#[test]
fn a_load_client_that_dies_is_a_fault_of_the_peer_and_the_run_goes_on() {
    let cases = case("echo", "served", "conns = 2") + &case("cpu", "after", "tasks = 1");
    let bench = Bench::suite(&format!(
        "about = \"dies\"\nreference = \"tokio\"\nruntimes = [\"tokio\"]\ngenerations = 40\nslice = \"5ms\"\n\
         budget = \"6s\"\n{cases}"
    ));
    let child = bench.start();
    bench.await_record("\"closed\"");
    let peers = crate::tools::children(child.id());
    let (load, _) = peers.iter().find(|(_, line)| line.contains(" peer load")).expect("the load client");
    crate::tools::signal(*load, nix::sys::signal::Signal::SIGKILL);
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(code(&output), 6, "{}", stderr(&output));
    let report = bench.report();
    assert!(report.to_string().contains("loopswap-load"), "{report}");
    assert_eq!(arm(row(&report, "cpu/after"), "tokio")["status"], "measured");
}
