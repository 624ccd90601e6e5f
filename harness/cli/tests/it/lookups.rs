//! list, plan, doctor and spec: what is available, and the protocol by hand.

use crate::tidy::{own_runtimes, workloads};
use crate::tools::{code, run, start_runner, stderr, stdout};
use std::collections::BTreeSet;
use std::io::Write as _;

#[test]
fn list_names_every_runtime_with_version_and_discontinuation_and_every_workload() {
    let output = run(&["list"]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let text = stdout(&output);
    let json: serde_json::Value = serde_json::from_str(&stdout(&run(&["list", "--json"]))).expect("JSON");
    let names = |key: &str, name: fn(&serde_json::Value) -> &serde_json::Value| {
        let listed = json[key].as_array().expect("a list").iter();
        listed.map(|one| name(one).as_str().expect("a name").to_owned()).collect::<BTreeSet<_>>()
    };
    let runtimes = names("runtimes", |greeting| &greeting["runtime"]["name"]);
    assert_eq!(runtimes, own_runtimes());
    assert_eq!(names("workloads", |name| name), workloads());
    for name in runtimes.iter().chain(&workloads()) {
        assert!(text.contains(&format!("  {name} ")), "{name} in {text}");
    }
    assert!(text.contains("RUSTSEC-2025-0052"), "{text}");
    assert!(!text.contains("unknown"), "every version is known: {text}");
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
