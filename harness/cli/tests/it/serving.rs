//! The runtime as server, under the load client.

use crate::tools::{Bench, arm, code, loopswap, row, run, start_runner, stderr, stdout};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, ErrorKind, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Stdio};
use std::time::Duration;

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

/// A line of a pipe or of the control connection.
fn message(from: &mut impl BufRead) -> Value {
    let mut line = String::new();
    from.read_line(&mut line).expect("a line");
    serde_json::from_str(&line).unwrap_or_else(|error| panic!("`{line}` is not a message: {error}"))
}

/// The test takes the place of the load client, so that it decides what is asked when: a request that sleeps
/// for an hour, and next to it one that does not. A service that handles one at a time never answers.
#[test]
fn a_request_that_sleeps_keeps_no_other_waiting() {
    let (mut redis, address) = peer("redis");
    for runtime in ["tokio", "tokio-current-thread", "smol", "glommio", "threads", "futures", "null"] {
        let control = TcpListener::bind("127.0.0.1:0").expect("a port");
        let load = control.local_addr().expect("an address").to_string();
        let spec = run(&["spec", "service/red,conns=64", "--redis", &format!("redis://{address}"), "--load", &load]);
        assert_eq!(code(&spec), 0, "{}", stderr(&spec));
        let mut prepare: Value = message(&mut spec.stdout.as_slice());
        // One more than will come: until then the runner continues accepting, and serves those that have
        // come.
        prepare["prepare"]["params"]["conns"] = 3.into();
        let mut runner = start_runner(runtime);
        let mut said = BufReader::new(runner.stdout.take().expect("a pipe"));
        if let Some(unavailable) = message(&mut said)["hello"].get("unavailable") {
            eprintln!("skipped: {runtime}: {unavailable}");
            runner.kill().expect("it runs");
            runner.wait().expect("it ends");
            continue;
        }
        writeln!(runner.stdin.as_mut().expect("a pipe"), "{prepare}").expect("the runner reads");
        let orders = control.accept().expect("the runner connects").0;
        let mut answers = orders.try_clone().expect("a handle");
        let mut orders = BufReader::new(orders);
        let server = message(&mut orders)["begin"]["address"].as_str().expect("an address").to_owned();
        writeln!(answers, "{}", json!({"begun": {}})).expect("the runner reads");
        assert_eq!(message(&mut orders), json!({"connect": {"connections": 3}}), "{runtime}");
        let ask = |micros: u64| {
            let mut stream = TcpStream::connect(&server).expect("the service accepts");
            stream.set_read_timeout(Some(Duration::from_secs(60))).expect("a limit");
            write!(stream, "GET /red?sleep_us={micros} HTTP/1.1\r\nhost: {server}\r\n\r\n").expect("it reads");
            stream
        };
        let sleeps = ask(3_600_000_000);
        let awake = ask(0);
        writeln!(answers, "{}", json!({"connected": {"connections": 3, "ns": 1}})).expect("the runner reads");
        let mut status = String::new();
        BufReader::new(awake).read_line(&mut status).unwrap_or_else(|error| panic!("{runtime}: no answer: {error}"));
        assert_eq!(status, "HTTP/1.1 200 OK\r\n", "{runtime}");
        sleeps.set_nonblocking(true).expect("a mode");
        let nothing = sleeps.peek(&mut [0]).expect_err("it sleeps").kind();
        assert_eq!(nothing, ErrorKind::WouldBlock, "{runtime}: the other is still asleep");
        runner.kill().expect("it runs");
        runner.wait().expect("it ends");
    }
    redis.kill().expect("it runs");
    redis.wait().expect("it ends");
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
            let mut runner = start_runner(runtime);
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
