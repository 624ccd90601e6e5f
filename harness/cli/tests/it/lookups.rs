//! list, plan, doctor and spec: what is available, and the protocol by hand.

use crate::tools::{code, run, start_runner, stderr, stdout};
use std::io::Write as _;

#[test]
fn list_names_every_runtime_with_version_and_discontinuation() {
    let output = run(&["list"]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let text = stdout(&output);
    let names = ["tokio", "tokio-current-thread", "async-std", "smol", "glommio", "monoio", "monoio-legacy", "compio"];
    for name in names.into_iter().chain(["smol-local", "corosensei", "futures", "threads", "sequential", "null"]) {
        assert!(text.contains(&format!("  {name} ")), "{name} in {text}");
    }
    assert!(text.contains("RUSTSEC-2025-0052"), "{text}");
    assert!(!text.contains("unknown"), "every version is known: {text}");
    let json: serde_json::Value = serde_json::from_str(&stdout(&run(&["list", "--json"]))).expect("JSON");
    let workloads = [
        "sleep",
        "http-fetch",
        "redis",
        "mysql",
        "cpu",
        "echo",
        "service",
        "crawl",
        "switch",
        "spawn",
        "wake",
        "stream",
        "pool",
        "offload",
    ];
    assert_eq!(json["workloads"], serde_json::json!(workloads));
}

#[test]
fn plan_names_rows_arms_and_time_without_measuring() {
    let output = run(&["plan", "--workload", "redis"]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let text = stdout(&output);
    assert!(text.contains("redis/conns=64") && !text.contains("cpu/"), "{text}");
    assert!(text.contains("as the control"), "{text}");
}

#[test]
fn doctor_gives_a_remedy_with_each_finding() {
    let output = run(&["doctor"]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let text = stdout(&output);
    let lines: Vec<&str> = text.lines().collect();
    for (index, line) in lines.iter().enumerate().filter(|(_, line)| line.starts_with("look")) {
        assert!(lines.get(index + 1).is_some_and(|next| next.contains('→')), "{line}");
    }
    assert!(text.contains("memlock"), "{text}");
}

#[test]
fn a_runner_can_be_piped_by_hand() {
    for runtime in ["tokio", "sequential", "null"] {
        let spec = run(&["spec", "cpu/yielding", "--slices", "2"]);
        assert_eq!(code(&spec), 0, "{}", stderr(&spec));
        let mut runner = start_runner(runtime);
        runner.stdin.take().expect("a pipe").write_all(&spec.stdout).expect("the runner reads");
        let output = runner.wait_with_output().expect("the runner ends");
        assert_eq!(code(&output), 0);
        let kinds: Vec<String> = stdout(&output)
            .lines()
            .map(|line| {
                let reply: serde_json::Value = serde_json::from_str(line).expect("a reply a line");
                reply.as_object().and_then(|reply| reply.keys().next().cloned()).expect("a tagged reply")
            })
            .collect();
        assert_eq!(kinds, ["hello", "ready", "slice", "slice", "count", "bye"], "{runtime}");
    }
}

#[test]
fn a_case_with_a_peer_says_how_to_start_one() {
    let output = run(&["spec", "redis/conns=64"]);
    assert_eq!(code(&output), 64);
    assert!(stderr(&output).contains("loopswap peer redis"), "{}", stderr(&output));
}

#[test]
fn the_runner_of_an_unknown_runtime_is_refused() {
    let output = run(&["runner", "tokyo"]);
    assert_eq!(code(&output), 64);
    assert!(stderr(&output).contains("did you mean `tokio`?"), "{}", stderr(&output));
}
