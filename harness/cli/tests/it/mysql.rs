//! The workload `mysql` on every runtime, against a real MariaDB and the embedded server.

use crate::tools::{Bench, arm, children, code, loopswap, row, run, stderr, stdout, wait_for};
use loopswap_conductor::Installed;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::Value;
use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Child, Stdio};

/// Every form of an operation, and two servers at once, on all runtimes.
const SUITE: &str = "about = \"mysql, small\"\nreference = \"tokio\"\n\
    runtimes = \"every\"\n\
    generations = 1\nslice = \"2ms\"\nlimit = \"1min\"\nrounds = 1\nbudget = \"10min\"\n\
    [[case]]\ncase = \"mysql/connect\"\n\
    [[case]]\ncase = \"mysql/conns=1\"\n\
    [[case]]\ncase = \"mysql/prepared\"\n\
    [[case]]\ncase = \"mysql/conns=16\"\n\
    [[case]]\ncase = \"mysql/servers=2\"\n\
    [[case]]\nworkload = \"mysql\"\nname = \"fresh\"\nparams = { conns = 3, reuse = false, query = \"prepared\" }\n";

const ONE: &str = "about = \"one\"\nreference = \"tokio\"\nruntimes = [\"tokio\"]\ngenerations = 1\nslice = \"2ms\"\n\
    budget = \"2s\"\n[[case]]\ncase = \"mysql/conns=1\"\n[[case]]\ncase = \"mysql/prepared\"\n";

/// Whether there is a server; prints a message if a test has to be left out.
fn installed() -> bool {
    Installed::find().inspect_err(|missing| eprintln!("skipped: {missing}")).is_ok()
}

fn everything(arguments: &[&str], server: &str) {
    let bench = Bench::suite(SUITE);
    let output = bench.command().args(arguments).output().expect("it starts");
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let report = bench.report();
    for row in report["rows"].as_array().expect("rows") {
        // The server's own count agrees with what the runners asked for, or this would not be empty.
        assert!(row["errors"].as_array().is_none_or(Vec::is_empty), "{}: {}", row["case"], row["errors"]);
        for arm in row["arms"].as_array().expect("arms") {
            if arm["status"] == "skipped" {
                eprintln!("skipped: {} on {}: {}", row["case"], arm["runtime"], arm["reason"]);
                continue;
            }
            assert_eq!(arm["status"], "measured", "{} on {}: {}", row["case"], arm["runtime"], arm["reason"]);
        }
        let peers = row["peers"].to_string();
        assert!(peers.contains(server) && !peers.contains(" 5.5.5-"), "{peers}");
    }
    let both = row(&report, "mysql/servers=2")["peers"].to_string();
    assert_eq!(both.matches(server).count(), 2, "{both}");
}

#[test]
fn everything_runs_against_the_embedded_server() {
    everything(&["--embedded-mysql"], "loopswap-mysql");
}

#[test]
fn everything_runs_against_mariadb() {
    if installed() {
        everything(&[], "mariadbd ");
    }
}

/// An embedded server that the run did not start.
struct Foreign {
    process: Child,
    url: String,
}

impl Foreign {
    fn start(login: &str) -> Foreign {
        let mut command = loopswap();
        command.args(["peer", "mysql", "--password", "secret", "--login", login]);
        let mut process = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("the peer starts");
        let mut line = String::new();
        let stdout = process.stdout.take().expect("a pipe");
        BufReader::new(stdout).read_line(&mut line).expect("the announcement");
        let announcement: Value = serde_json::from_str(&line).expect("JSON");
        let url = format!("mysql://root:secret@{}", announcement["address"].as_str().expect("an address"));
        Foreign { process, url }
    }
}

impl Drop for Foreign {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[test]
fn a_server_that_is_already_there_is_used_whichever_way_it_checks_passwords() {
    for login in ["native", "caching-sha2"] {
        let server = Foreign::start(login);
        let bench = Bench::suite(ONE);
        let output = bench.command().args(["--mysql", &server.url]).output().expect("it starts");
        assert_eq!(code(&output), 0, "{login}: {}", stderr(&output));
        let report = bench.report();
        for case in ["mysql/conns=1", "mysql/prepared"] {
            assert_eq!(arm(row(&report, case), "tokio")["status"], "measured", "{login}");
            assert!(
                row(&report, case)["peers"].to_string().contains(" at 127.0.0.1:"),
                "{}",
                row(&report, case)["peers"]
            );
        }
        let record = std::fs::read_to_string(bench.record()).expect("a record");
        assert!(!record.contains("secret"), "no password is written down");
        let url = server.url.replace("secret", "wrong");
        let (suite, other) = (bench.path("mine.toml"), bench.path("other"));
        let wrong = run(&["run", "--suite", &suite, "--output", &other, "--mysql", &url]);
        assert_eq!(code(&wrong), 64, "{}", stderr(&wrong));
        assert!(stderr(&wrong).contains("Access denied"), "{}", stderr(&wrong));
        assert!(!bench.folder.path().join("other/record.jsonl").exists(), "no empty record is left behind");
    }
}

#[test]
fn two_servers_take_two_urls() {
    let (one, other) = (Foreign::start("native"), Foreign::start("native"));
    let bench = Bench::suite(&ONE.replace("mysql/prepared", "mysql/servers=2"));
    let few = bench.command().args(["--mysql", &one.url]).output().expect("it starts");
    assert_eq!(code(&few), 64, "{}", stderr(&few));
    assert!(stderr(&few).contains("--mysql is given once, the suite needs 2 servers"), "{}", stderr(&few));
    let both = bench.command().args(["--mysql", &one.url, "--mysql", &other.url]).output().expect("it starts");
    assert_eq!(code(&both), 0, "{}", stderr(&both));
    assert_eq!(arm(row(&bench.report(), "mysql/servers=2"), "tokio")["status"], "measured");
}

#[test]
fn an_answer_with_other_rows_is_an_error() {
    let server = Foreign::start("native");
    let spec = run(&["spec", "mysql/conns=1", "--mysql", &server.url]);
    assert_eq!(code(&spec), 0, "{}", stderr(&spec));
    let right = stdout(&spec);
    assert!(right.contains(r#"["localhost","mysql.sys"]"#), "{right}");
    let replies = |lines: &str| {
        let mut command = loopswap();
        let mut runner = command
            .args(["runner", "tokio"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the runner starts");
        std::io::Write::write_all(&mut runner.stdin.take().expect("a pipe"), lines.as_bytes()).expect("it reads");
        stdout(&runner.wait_with_output().expect("it ends"))
    };
    let good = replies(&right);
    assert!(good.contains("\"slice\"") && !good.contains("wrong"), "{good}");
    let wrong = replies(&right.replace("mysql.sys", "mysql.sis"));
    assert!(wrong.contains("mysql.sis") && wrong.contains("instead of"), "{wrong}");
    let none = replies(&right.replace(r#""accounts""#, r#""unknown""#));
    assert!(none.contains("without its accounts"), "{none}");
}

/// Folders of servers of our own that some run of this program made.
fn folders_of(children: &[(i32, String)]) -> Vec<PathBuf> {
    let arguments = children.iter().flat_map(|(_, line)| line.split(' '));
    arguments.filter_map(|word| Some(PathBuf::from(word.strip_prefix("--datadir=")?).parent()?.to_owned())).collect()
}

#[test]
fn however_a_run_ends_its_mariadb_and_its_folder_go() {
    if !installed() {
        return;
    }
    for end in [Signal::SIGINT, Signal::SIGKILL] {
        let bench = Bench::suite(&ONE.replace("generations = 1", "generations = 400").replace("\"2s\"", "\"60s\""));
        let mut child = bench.start();
        bench.await_record("\"closed\"");
        let started = children(child.id());
        let folders = folders_of(&started);
        assert_eq!(folders.len(), 1, "{started:?}");
        assert!(folders[0].join("data/mysql").is_dir());
        kill(Pid::from_raw(child.id().cast_signed()), end).expect("it runs");
        child.wait().expect("it ends");
        for (pid, line) in &started {
            wait_for(&format!("{end}: the end of {line}"), || !crate::faults::runs(*pid));
        }
        wait_for(&format!("{end}: the end of its folder"), || !folders[0].exists());
    }
}
