//! The guests, runtimes in other languages that `scripts/guests` prepares: every workload of each, against the
//! embedded servers. A guest that is not prepared is skipped, and says so.

use crate::tidy::root;
use crate::tools::{Bench, arm, code, row, stderr};
use serde_json::{Value, json};
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Command, Stdio};

/// Small forms of every workload, in each of its variants: workload, name, parameters.
const CASES: [(&str, &str, &str); 42] = [
    ("sleep", "spawn", "tasks = 20, time = \"2ms\""),
    ("sleep", "one-by-one", "tasks = 5, time = \"1ms\", variant = \"sequential-await\""),
    ("sleep", "joined", "tasks = 5, time = \"1ms\", variant = \"join-all\""),
    ("cpu", "one-go", "tasks = 1, steps = 2000"),
    ("cpu", "yielding", "tasks = 3, steps = 2000, yield-every = 100"),
    ("cpu", "beside", "tasks = 1, steps = 20000, beside = 3, beat = \"1ms\", yield-every = 2000"),
    ("switch", "waking", "tasks = 3, rings = 1"),
    ("switch", "waking-twice", "tasks = 5, rings = 2"),
    ("switch", "yielding", "tasks = 3, rings = 1, variant = \"yield-now\""),
    ("switch", "yielding-twice", "tasks = 5, rings = 2, variant = \"yield-now\""),
    ("switch", "generator", "tasks = 3, rings = 2, variant = \"generator\""),
    ("spawn", "one", "tasks = 1"),
    ("spawn", "suspended", "tasks = 50, yields = 3"),
    ("spawn", "limited", "tasks = 50, yields = 3, limit = \"1m\""),
    ("spawn", "asked-for", "tasks = 50, yields = 2, variant = \"from-outside\""),
    ("spawn", "wait", "tasks = 21, variant = \"wait\", limit = \"200ms\""),
    ("spawn", "cancel", "tasks = 20, variant = \"cancel\""),
    ("wake", "ping-pong", "waiters = 1"),
    ("wake", "many", "waiters = 20"),
    ("wake", "by-thread", "waiters = 50, by = \"thread\""),
    ("echo", "server", "size = 1000, conns = 3"),
    ("echo", "server-small", "size = 5, conns = 70"),
    ("echo", "server-large", "size = \"100KiB\", conns = 2"),
    ("echo", "server-rate", "conns = 4, rate = 500"),
    ("echo", "client", "role = \"client\", size = 1000, conns = 3"),
    ("echo", "client-small", "role = \"client\", size = 9, conns = 70"),
    ("echo", "client-large", "role = \"client\", size = \"100KiB\", conns = 2"),
    ("echo", "client-rate", "role = \"client\", conns = 4, rate = 500"),
    ("http-fetch", "few", "conns = 3, size = 3000"),
    ("http-fetch", "set", "conns = 3, size = \"20KiB\", delay = \"5ms\", set = 3"),
    ("http-fetch", "rate", "conns = 4, size = 100, rate = 200"),
    ("redis", "few", "conns = 3"),
    ("redis", "fresh", "conns = 2, reuse = false"),
    ("redis", "two-servers", "conns = 3, servers = 2"),
    ("mysql", "few", "conns = 3"),
    ("mysql", "fresh", "conns = 2, reuse = false"),
    ("mysql", "prepared", "conns = 1, query = \"prepared\""),
    ("service", "root", "conns = 3"),
    ("service", "red", "path = \"red\", conns = 5, pool = 2"),
    ("service", "red-set", "path = \"red\", conns = 2, pool = 2, sleep = \"5ms\", set = 2"),
    ("service", "sql", "path = \"sql\", conns = 5, pool = 2"),
    ("service", "rate", "conns = 4, rate = 200"),
];

/// A case that a guest cannot have, as the front of its name, and a word of the reason.
type Lacks = (&'static str, &'static str);

const ONE_TASK: Lacks = ("sleep/joined", "task");
const NOT_PREPARED: Lacks = ("mysql/prepared", "no prepared statements");

/// What a script `prepare` lists: names, and behind that of a variant the workload that it has.
pub(crate) fn listed_by(family: &str) -> Vec<String> {
    let script = root().join("runtimes").join(family).join("prepare");
    let output = Command::new(script).arg("list").output().expect("the script starts");
    assert!(output.status.success(), "{family}: {output:?}");
    String::from_utf8(output.stdout).expect("text").lines().map(str::to_owned).collect()
}

/// The program of a guest, as `scripts/guests` has made it of this working copy.
pub(crate) fn program(guest: &str) -> Option<PathBuf> {
    let variable = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| !path.as_os_str().is_empty());
    let folder = variable("LOOPSWAP_GUESTS").or_else(|| {
        let data = variable("XDG_DATA_HOME").or_else(|| Some(variable("HOME")?.join(".local/share")))?;
        Some(data.join("loopswap/guests"))
    })?;
    let program = folder.join(guest).join("run");
    let text = std::fs::read_to_string(&program).unwrap_or_default();
    if text.contains(&root().display().to_string()) {
        return Some(program);
    }
    eprintln!("skipped: {guest} is not prepared from this working copy: run scripts/guests");
    None
}

/// Every arm of these cases is measured and verified, but for those that the guest says it lacks.
fn all_are_measured(guest: &str, cases: &[(&str, &str, &str)], lacks: &[Lacks]) {
    let Some(program) = program(guest) else { return };
    let mut suite = format!(
        "about = \"a guest\"\nreference = \"tokio\"\nruntimes = [\"tokio\", \"{guest}\"]\ngenerations = 1\n\
         slice = \"2ms\"\nlimit = \"20s\"\nbudget = \"10m\"\n[[runner]]\nname = \"{guest}\"\n\
         command = [\"{{loopswap}}\", \"leash\", \"--\", \"{}\"]\n",
        program.display()
    );
    for (workload, name, params) in cases {
        suite += &format!("[[case]]\nworkload = \"{workload}\"\nname = \"{name}\"\nparams = {{ {params} }}\n");
    }
    let bench = Bench::suite(&suite);
    let output = bench.command().args(["--quiet", "--embedded-redis", "--embedded-mysql"]).output().expect("it starts");
    let report = bench.report();
    for (workload, name, _) in cases {
        let case = format!("{workload}/{name}");
        let arm = arm(row(&report, &case), guest);
        match lacks.iter().find(|(front, _)| case.starts_with(front)) {
            None => assert_eq!(arm["status"], "measured", "{guest} on {case}: {arm}"),
            Some((_, why)) => {
                assert_eq!(arm["status"], "unsupported", "{guest} on {case}: {arm}");
                assert!(arm["reason"].as_str().is_some_and(|reason| reason.contains(why)), "{guest} on {case}: {arm}");
            }
        }
    }
    assert_eq!(code(&output), 0, "{}", stderr(&output));
}

/// Every case, and the time limit of one.
fn has_every_workload(guest: &str, lacks: &[Lacks]) {
    all_are_measured(guest, &CASES, lacks);
    says_how_far_it_came(guest);
}

#[test]
fn asyncio_has_every_workload() {
    has_every_workload("asyncio", &[ONE_TASK, NOT_PREPARED]);
}

#[test]
fn uvloop_has_every_workload() {
    has_every_workload("uvloop", &[ONE_TASK, NOT_PREPARED]);
}

#[test]
fn rloop_has_every_workload() {
    has_every_workload("rloop", &[ONE_TASK, NOT_PREPARED]);
}

#[test]
fn gevent_has_every_workload() {
    has_every_workload("gevent", &[ONE_TASK, NOT_PREPARED]);
}

#[test]
fn python_threads_have_every_workload() {
    let cannot_stop = "a thread cannot be stopped";
    let lacks = [ONE_TASK, NOT_PREPARED, ("spawn/wait", cannot_stop), ("spawn/cancel", cannot_stop)];
    has_every_workload("python-threads", &lacks);
}

#[test]
fn trio_has_every_workload_without_mysql() {
    let no_driver = "no MySQL driver";
    has_every_workload("trio", &[ONE_TASK, ("mysql/", no_driver), ("service/sql", no_driver)]);
}

#[test]
fn both_nodes_have_every_workload_but_wake() {
    let lacks = [
        ("spawn/asked-for", "a loop of its own"),
        ("spawn/wait", "cannot be stopped"),
        ("spawn/cancel", "cannot be stopped"),
        ("wake/", "is not written"),
    ];
    for guest in listed_by("node") {
        has_every_workload(&guest, &lacks);
    }
}

#[test]
fn go_has_every_workload_but_mysql() {
    let lacks = [
        ("sleep/joined", "cannot sleep twice"),
        ("spawn/asked-for", "no outside"),
        ("spawn/wait", "cannot be stopped"),
        ("spawn/cancel", "cannot be stopped"),
        ("mysql/", "no MySQL driver"),
        ("service/sql", "no MySQL driver"),
    ];
    has_every_workload("go", &lacks);
}

#[test]
fn a_variant_has_the_workload_that_it_changes() {
    let variants = listed_by("python").into_iter().filter_map(|line| {
        let (guest, workload) = line.split_once(' ')?;
        Some((guest.to_owned(), workload.to_owned()))
    });
    for (guest, workload) in variants {
        let chosen = CASES.into_iter().filter(|(of, name, _)| *of == workload || (*of, *name) == ("cpu", "one-go"));
        all_are_measured(&guest, &chosen.collect::<Vec<_>>(), &[("cpu/", "differs from")]);
    }
}

/// A slice that takes longer than its limit is answered, whatever the loop is doing.
fn says_how_far_it_came(guest: &str) {
    let params = json!({ "tasks": 2, "time": 60_000_000, "variant": "spawn" });
    let Some(answer) = last_answer(guest, &prepare("sleep", &params, &json!([]), 300), 2) else { return };
    let unfinished = &answer["unfinished"];
    assert_eq!((&unfinished["done"], &unfinished["ops"]), (&0.into(), &2.into()), "{guest}: {answer}");
}

/// Answers that are wrong, for clients: workload, parameters, kind of peer, and what it answers to what it is sent.
type Lie = (&'static str, Value, &'static str, fn(&[u8]) -> Vec<u8>);

fn lies() -> [Lie; 3] {
    let fetch = json!({ "conns": 1, "size": 5, "delay": 0, "set": 1, "rate": 0, "stall": 0, "stall-every": 2_000_000 });
    [
        ("echo", json!({ "role": "client", "size": 100, "conns": 1, "rate": 0 }), "echo", |sent| {
            let last = sent.len() - 1;
            sent.iter().enumerate().map(|(at, byte)| byte ^ u8::from(at == last)).collect()
        }),
        ("http-fetch", fetch, "http", |_| b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nwrong".to_vec()),
        ("redis", json!({ "conns": 1, "servers": 1, "reuse": true, "rate": 0 }), "redis", |sent| {
            if sent.windows(4).any(|word| word == b"HSET") {
                return b":3\r\n".to_vec();
            }
            b"*6\r\n$4\r\nkey1\r\n$1\r\n1\r\n$4\r\nkey2\r\n$1\r\n2\r\n$4\r\nkey3\r\n$1\r\n4\r\n".to_vec()
        }),
    ]
}

#[test]
fn a_wrong_answer_is_an_error_and_has_no_time() {
    for guest in ["asyncio", "uvloop", "rloop", "trio", "gevent", "python-threads", "node", "node-installed", "go"] {
        for (workload, params, kind, answer) in lies() {
            let peers = json!([{ "kind": kind, "address": liar(answer) }]);
            let Some(said) = last_answer(guest, &prepare(workload, &params, &peers, 10_000), 1) else { break };
            assert!(said["error"]["message"].is_string(), "{guest} on {workload}: {said}");
        }
    }
}

/// The address of a server that answers each read with `answer`.
fn liar(answer: fn(&[u8]) -> Vec<u8>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address").to_string();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut buffer = [0; 4096];
            while let Ok(length @ 1..) = stream.read(&mut buffer) {
                if stream.write_all(&answer(&buffer[..length])).is_err() {
                    break;
                }
            }
        }
    });
    address
}

fn prepare(workload: &str, params: &Value, peers: &Value, limit_ms: u64) -> Value {
    json!({ "prepare": {
        "case": workload, "workload": workload, "params": params, "peers": peers, "threads": 1, "cpus": [0], "seed": 1,
        "limit_ms": limit_ms,
    } })
}

/// What a guest answers to a slice of `ops` operations; it has to end with exit code 0 then. `None` if it is not there.
fn last_answer(guest: &str, prepare: &Value, ops: u64) -> Option<Value> {
    let mut runner =
        Command::new(program(guest)?).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("it starts");
    let mut input = runner.stdin.take().expect("a pipe");
    write!(input, "{prepare}\n{{\"slice\":{{\"ops\":{ops}}}}}\n").expect("it reads");
    let mut said = String::new();
    // It ends by itself: standard input stays open.
    runner.stdout.take().expect("a pipe").read_to_string(&mut said).expect("text");
    assert_eq!(runner.wait().expect("it ends").code(), Some(0), "{guest}: {said}");
    drop(input);
    let last = said.lines().last().expect("a line");
    Some(serde_json::from_str(last).unwrap_or_else(|error| panic!("{guest}: {said}: {error}")))
}
