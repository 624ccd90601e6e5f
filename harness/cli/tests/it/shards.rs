//! The shards of a thread-per-core runtime: one talks to the conductor, and all end with it.

use crate::tools::{code, run, start_runner, stderr};
use serde_json::Value;
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ExitStatus};
use std::time::{Duration, Instant};

/// Runtimes that have a shard on each thread.
const SHARDED: [&str; 4] = ["glommio", "monoio", "compio", "smol-local"];

fn message(line: &str) -> Value {
    serde_json::from_str(line).unwrap_or_else(|error| panic!("`{line}` is not a message: {error}"))
}

/// The end of a runner that is prepared on two threads and then sent `line`, while its input stays open; `None` if
/// its runtime cannot run here.
fn end_after(runtime: &str, prepare: &str, line: &str) -> Option<ExitStatus> {
    let mut runner = start_runner(runtime);
    let mut input = runner.stdin.take().expect("a pipe");
    let mut said = BufReader::new(runner.stdout.take().expect("a pipe")).lines();
    let mut reply = || message(&said.next().expect("a line").expect("text"));
    if let Some(unavailable) = reply()["hello"].get("unavailable") {
        eprintln!("skipped: {runtime}: {unavailable}");
        runner.kill().expect("it runs");
        runner.wait().expect("it ends");
        return None;
    }
    writeln!(input, "{prepare}").expect("the runner reads");
    assert_eq!(reply()["ready"]["threads"], 2, "{runtime}");
    writeln!(input, "{line}").expect("the runner reads");
    let end = ended(&mut runner);
    drop(input);
    Some(end.unwrap_or_else(|| panic!("{runtime} is still there after `{line}`")))
}

/// How a process has ended; it is killed if it does not end. The bound only keeps a broken runner from hanging.
fn ended(process: &mut Child) -> Option<ExitStatus> {
    let deadline = Instant::now() + Duration::from_secs(60);
    while Instant::now() < deadline {
        match process.try_wait().expect("its state") {
            None => std::thread::sleep(Duration::from_millis(10)),
            end => return end,
        }
    }
    process.kill().expect("it runs");
    process.wait().expect("it ends");
    None
}

#[test]
fn all_shards_end_when_the_one_that_talks_is_sent_what_it_cannot_do() {
    let spec = run(&["spec", "cpu/one-go"]);
    assert_eq!(code(&spec), 0, "{}", stderr(&spec));
    let mut prepare = message(String::from_utf8_lossy(&spec.stdout).lines().next().expect("a command"));
    prepare["prepare"]["threads"] = 2.into();
    let prepare = prepare.to_string();
    for runtime in SHARDED {
        for line in [prepare.as_str(), "no JSON", "{\"no-such-command\":{}}"] {
            let Some(end) = end_after(runtime, &prepare, line) else { break };
            assert!(end.code().is_some_and(|code| code != 0), "{runtime} after `{line}`: {end}");
        }
    }
}
