//! Every workload on every runtime, against real servers.

use crate::tools::{Bench, arm, code, installed, row, stderr};
use loopswap_conductor::Installed;

/// Small forms of all workloads on every runtime.
const SUITE: &str = "about = \"everything, small\"\nreference = \"tokio\"\n\
    runtimes = \"every\"\n\
    generations = 1\nslice = \"2ms\"\nlimit = \"1min\"\nrounds = 1\nbudget = \"10min\"\n\
    [[case]]\nworkload = \"sleep\"\nname = \"spawn\"\nparams = { tasks = 20, time = \"1ms\" }\n\
    [[case]]\nworkload = \"sleep\"\nname = \"join-all\"\nparams = { tasks = 20, time = \"1ms\", variant = \"join-all\" }\n\
    [[case]]\nworkload = \"sleep\"\nname = \"in-order\"\nparams = { tasks = 5, time = \"1ms\", variant = \"sequential-await\" }\n\
    [[case]]\nworkload = \"http-fetch\"\nname = \"images\"\nparams = { conns = 3, size = \"20KiB\", delay = \"5ms\", set = 3 }\n\
    [[case]]\nworkload = \"http-fetch\"\nname = \"many\"\nparams = { conns = 16 }\n\
    [[case]]\ncase = \"redis/tutorial\"\n\
    [[case]]\nworkload = \"redis\"\nname = \"many\"\nparams = { conns = 16 }\n\
    [[case]]\ncase = \"redis/servers=2\"\n\
    [[case]]\nworkload = \"echo\"\nname = \"server\"\nparams = { size = \"10KiB\", conns = 16 }\n\
    [[case]]\nworkload = \"echo\"\nname = \"server-large\"\nparams = { size = \"100KiB\", conns = 3 }\n\
    [[case]]\nworkload = \"echo\"\nname = \"server-shards\"\nplacement = \"free\"\nparams = { size = 7, conns = 33 }\n\
    [[case]]\nworkload = \"echo\"\nname = \"client\"\nparams = { role = \"client\", size = \"10KiB\", conns = 16 }\n\
    [[case]]\nworkload = \"echo\"\nname = \"client-large\"\nparams = { role = \"client\", size = \"256KiB\", conns = 3 }\n\
    [[case]]\nworkload = \"service\"\nname = \"root\"\nparams = { conns = 16 }\n\
    [[case]]\nworkload = \"service\"\nname = \"red\"\nparams = { path = \"red\", conns = 16, pool = 3 }\n\
    [[case]]\nworkload = \"service\"\nname = \"red-shards\"\nplacement = \"free\"\nparams = { path = \"red\", conns = 16 }\n\
    [[case]]\nworkload = \"service\"\nname = \"sql\"\nparams = { path = \"sql\", conns = 16, pool = 3 }\n\
    [[case]]\nworkload = \"service\"\nname = \"sql-shards\"\nplacement = \"free\"\nparams = { path = \"sql\", conns = 16 }\n\
    [[case]]\ncase = \"cpu/yielding\"\n\
    [[case]]\ncase = \"cpu/per-cpu\"\n";

/// Every row of `SUITE` on every runtime, against a Redis and a MySQL with these names.
fn everything(arguments: &[&str], redis: &str, mysql: &str) {
    let bench = Bench::suite(SUITE);
    let output = bench.command().args(arguments).output().expect("it starts");
    let message = stderr(&output);
    assert_eq!(code(&output), 0, "{message}");
    let report = bench.report();
    for row in report["rows"].as_array().expect("rows") {
        for arm in row["arms"].as_array().expect("arms") {
            // What cannot run here says so; everything else is measured and verified.
            if arm["status"] == "skipped" {
                eprintln!("skipped: {} on {}: {}", row["case"], arm["runtime"], arm["reason"]);
                continue;
            }
            let serves = ["echo/server", "service/"]
                .iter()
                .any(|part| row["case"].as_str().is_some_and(|case| case.starts_with(part)));
            if serves && arm["runtime"] == "sequential" {
                assert_eq!(arm["status"], "unsupported", "one task at a time cannot serve: {arm}");
                continue;
            }
            assert_eq!(arm["status"], "measured", "{} on {}: {}", row["case"], arm["runtime"], arm["reason"]);
        }
    }
    let peers = row(&report, "redis/many")["peers"].to_string();
    assert!(peers.contains(redis), "{peers}");
    let peers = row(&report, "service/sql")["peers"].to_string();
    assert!(peers.contains(mysql), "{peers}");
    assert!(
        arm(row(&report, "redis/many"), "tokio")["cpu_ns_per_op"].to_string().contains("peer"),
        "peer CPU is known"
    );
}

#[test]
fn everything_runs_against_the_embedded_servers() {
    everything(&["--embedded-redis", "--embedded-mysql"], "loopswap-redis", "loopswap-mysql");
}

#[test]
fn everything_runs_against_redis_server_and_mariadb() {
    let mariadb = Installed::find().inspect_err(|missing| eprintln!("skipped: {missing}")).is_ok();
    if installed("redis-server") && mariadb {
        everything(&[], "redis-server", "mariadbd");
    }
}

#[test]
fn a_redis_server_that_is_already_there_is_used() {
    let mut server = crate::tools::loopswap()
        .args(["peer", "redis", "--password", "secret"])
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .expect("the peer starts");
    let mut line = String::new();
    let stdout = server.stdout.take().expect("a pipe");
    std::io::BufRead::read_line(&mut std::io::BufReader::new(stdout), &mut line).expect("the announcement");
    let announcement: serde_json::Value = serde_json::from_str(&line).expect("JSON");
    let url = format!("redis://:secret@{}/3", announcement["address"].as_str().expect("an address"));

    let bench = Bench::suite(
        "about = \"one\"\nreference = \"tokio\"\nruntimes = [\"tokio\"]\ngenerations = 1\nslice = \"2ms\"\nbudget = \"2s\"\n\
         [[case]]\ncase = \"redis/conns=1\"\n",
    );
    let output = bench.command().args(["--redis", &url]).output().expect("it starts");
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    assert_eq!(arm(row(&bench.report(), "redis/conns=1"), "tokio")["status"], "measured");
    let wrong =
        bench.command().args(["--redis", &url.replace("secret", "wrong"), "--output", &bench.path("other")]).output();
    let wrong = wrong.expect("it starts");
    assert_eq!(code(&wrong), 64, "{}", stderr(&wrong));
    assert!(!bench.folder.path().join("other/record.jsonl").exists(), "no empty record is left behind");
    server.kill().expect("it runs");
    server.wait().expect("it ends");
}
