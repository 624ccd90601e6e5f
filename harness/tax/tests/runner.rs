//! Both sides of every runtime, as real processes that answer a whole conversation.

use loopswap_protocol::{Command, Count, Counted, PROTOCOL, Params, Prepare, Reply, SliceDone, Work, complete};
use loopswap_tax::RUNTIMES;
use serde_json::json;
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Stdio};

/// The programs of both sides.
const SIDES: [(&str, &str); 2] =
    [("native", env!("CARGO_BIN_EXE_loopswap-tax-native")), ("traits", env!("CARGO_BIN_EXE_loopswap-tax-traits"))];

struct Runner {
    process: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
}

impl Runner {
    fn start(program: &str, runtime: &str) -> Self {
        let mut process = std::process::Command::new(program)
            .args(["runner", runtime])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the runner starts");
        let (input, output) = (process.stdin.take(), process.stdout.take().expect("piped"));
        Runner { process, input, output: BufReader::new(output) }
    }

    fn hear(&mut self) -> Reply {
        let mut line = String::new();
        self.output.read_line(&mut line).expect("a line");
        serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line:?}"))
    }

    fn ask(&mut self, command: &Command) -> Reply {
        let mut line = serde_json::to_string(command).expect("plain data");
        line.push('\n');
        self.input.as_mut().expect("open").write_all(line.as_bytes()).expect("the runner reads");
        self.hear()
    }
}

impl Drop for Runner {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn prepare(workload: &str, params: &Params, threads: usize) -> Command {
    let infos = loopswap_tax::infos();
    let info = infos.iter().find(|info| info.name == workload).expect("a workload of the catalogue");
    Command::Prepare(Box::new(Prepare {
        case: "test".into(),
        workload: workload.into(),
        params: complete(info.params, params).expect("good parameters"),
        peers: Vec::new(),
        threads,
        cpus: Vec::new(),
        seed: 3,
        limit_ms: 60_000,
        tally_tasks: false,
    }))
}

/// Every runtime and side, unless the runtime cannot run here; each has said hello already.
fn everyone(test: impl Fn(&str, &str, Runner)) {
    for (runtime, (side, program)) in RUNTIMES.iter().flat_map(|runtime| SIDES.map(|side| (runtime, side))) {
        let mut runner = Runner::start(program, runtime);
        let Reply::Hello(hello) = runner.hear() else { panic!("{runtime} {side}: no hello") };
        assert_eq!(hello.protocol, PROTOCOL);
        let names: Vec<_> = loopswap_tax::infos().iter().map(|info| info.name.to_owned()).collect();
        assert_eq!(hello.workloads, names);
        assert_eq!(hello.runtime.name, *runtime);
        match hello.unavailable {
            Some(missing) => eprintln!("{runtime} {side} is not tested here: {}", missing.reason),
            None => test(runtime, side, runner),
        }
    }
}

fn conversation(workload: &str, params: serde_json::Value, ops: u64) {
    let params = params.as_object().expect("an object");
    everyone(|runtime, side, mut runner| {
        let who = format!("{workload} on {runtime}, {side}");
        let reply = runner.ask(&prepare(workload, params, 1));
        assert!(matches!(&reply, Reply::Ready(ready) if ready.threads == 1), "{who}: {reply:?}");
        for _ in 0..2 {
            let reply = runner.ask(&Command::Slice(Work::of(ops)));
            let Reply::Slice(SliceDone { ops: done, ns, typical_ns, .. }) = reply else { panic!("{who}: {reply:?}") };
            assert_eq!(done, ops, "{who}");
            assert!(ns > 0 && typical_ns > 0, "{who}");
        }
        let reply = runner.ask(&Command::Count(Count { ops, tally: false, traced: false }));
        let Reply::Count(counted) = reply else { panic!("{who}: {reply:?}") };
        let Counted { ops: done, rss_peak_bytes, .. } = *counted;
        assert_eq!(done, ops, "{who}");
        assert!(rss_peak_bytes > 0, "{who}");
        assert_eq!(runner.ask(&Command::Bye {}), Reply::Bye { latency: None }, "{who}");
        drop(runner.input.take());
        let ended = runner.process.wait().expect("it ends");
        assert!(ended.success(), "{who}: {ended}");
    });
}

#[test]
fn spawn_answers_a_whole_conversation() {
    conversation("tax-spawn", json!({"batch": 7}), 50);
}

#[test]
fn yield_answers_a_whole_conversation() {
    conversation("tax-yield", json!({"batch": 8}), 50);
}

#[test]
fn switch_answers_a_whole_conversation() {
    conversation("tax-switch", json!({"batch": 4}), 51);
}

#[test]
fn small_echo_answers_a_whole_conversation() {
    conversation("tax-echo", json!({"size": 64}), 20);
}

#[test]
fn the_largest_echo_answers_a_whole_conversation() {
    conversation("tax-echo", json!({"size": "128KiB"}), 20);
}

#[test]
fn sleep_answers_a_whole_conversation() {
    conversation("sleep", json!({"tasks": 10, "time": "1ms"}), 20);
}

#[test]
fn a_runner_ends_when_its_pipe_closes() {
    everyone(|runtime, side, mut runner| {
        let reply = runner.ask(&prepare("tax-spawn", &Params::new(), 1));
        assert!(matches!(reply, Reply::Ready(_)), "{runtime} {side}: {reply:?}");
        drop(runner.input.take());
        assert!(runner.process.wait().expect("it ends").success(), "{runtime} {side}");
    });
}

#[test]
fn what_needs_a_peer_says_so() {
    for workload in ["http-fetch", "redis"] {
        everyone(|runtime, side, mut runner| {
            let reply = runner.ask(&prepare(workload, &Params::new(), 1));
            let Reply::Error { message } = reply else { panic!("{runtime} {side}: {reply:?}") };
            assert!(message.contains("peer was given"), "{runtime} {side}: {message}");
        });
    }
}
