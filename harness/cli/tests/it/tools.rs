//! Starting loopswap and looking at what it leaves behind.

use assert_cmd::cargo::cargo_bin;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

/// The binary under test.
pub(crate) fn loopswap() -> Command {
    Command::new(cargo_bin("loopswap"))
}

/// Starts the runner of a runtime, with pipes in and out.
pub(crate) fn start_runner(runtime: &str) -> Child {
    let mut command = loopswap();
    let piped = command.args(["runner", runtime]).stdin(Stdio::piped()).stdout(Stdio::piped());
    piped.spawn().expect("the runner starts")
}

/// Runs it to its end.
pub(crate) fn run(arguments: &[&str]) -> Output {
    loopswap().args(arguments).output().expect("the binary starts")
}

pub(crate) fn code(output: &Output) -> i32 {
    output.status.code().unwrap_or_else(|| panic!("ended by a signal: {output:?}"))
}

pub(crate) fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

pub(crate) fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// A folder for one test, with a suite in it.
pub(crate) struct Bench {
    pub(crate) folder: tempfile::TempDir,
}

impl Bench {
    /// A suite of mock runners on quick cases. Each runner is a name and the arguments of the mock.
    pub(crate) fn mocks(runners: &[(&str, &str)], cases: usize, extra: &str) -> Bench {
        let names: Vec<String> = runners.iter().map(|(name, _)| format!("\"{name}\"")).collect();
        let mut suite = format!(
            "about = \"mocks\"\nreference = {}\nruntimes = [{}]\ngenerations = 8\nslice = \"2ms\"\n\
             limit = \"200ms\"\nbudget = \"2s\"\n{extra}\n",
            names[0],
            names.join(", ")
        );
        for (name, arguments) in runners {
            let words: Vec<String> = arguments.split_whitespace().map(|word| format!("\"{word}\"")).collect();
            let words = if words.is_empty() { String::new() } else { format!(", {}", words.join(", ")) };
            suite +=
                &format!("[[runner]]\nname = \"{name}\"\ncommand = [\"{{loopswap}}\", \"runner\", \"mock\"{words}]\n");
        }
        for case in 0..cases {
            suite += &format!("[[case]]\nworkload = \"cpu\"\nname = \"case{case}\"\nparams = {{ tasks = 1 }}\n");
        }
        Bench::suite(&suite)
    }

    pub(crate) fn suite(text: &str) -> Bench {
        let folder = tempfile::tempdir().expect("a temporary folder");
        std::fs::write(folder.path().join("mine.toml"), text).expect("room for a suite");
        Bench { folder }
    }

    pub(crate) fn path(&self, name: &str) -> String {
        self.folder.path().join(name).display().to_string()
    }

    /// `loopswap run` of the suite into the folder `out`.
    pub(crate) fn command(&self) -> Command {
        let mut command = loopswap();
        command.args(["run", "--suite", &self.path("mine.toml"), "--output", &self.path("out")]);
        command
    }

    pub(crate) fn run(&self) -> Output {
        self.command().output().expect("the binary starts")
    }

    pub(crate) fn start(&self) -> Child {
        self.command().stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the binary starts")
    }

    pub(crate) fn report(&self) -> Value {
        read_json(&self.folder.path().join("out/report.json"))
    }

    pub(crate) fn record(&self) -> PathBuf {
        self.folder.path().join("out/record.jsonl")
    }

    /// Waits until the record holds `marker`.
    pub(crate) fn await_record(&self, marker: &str) {
        wait_for(&format!("`{marker}` in the record"), || {
            std::fs::read_to_string(self.record()).is_ok_and(|text| text.contains(marker))
        });
    }
}

pub(crate) fn read_json(path: &Path) -> Value {
    let text = std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The row of a report by its case, and the arm by its runtime.
pub(crate) fn row<'a>(report: &'a Value, case: &str) -> &'a Value {
    let rows = report["rows"].as_array().expect("rows");
    rows.iter().find(|row| row["case"] == case).unwrap_or_else(|| panic!("no row {case}"))
}

pub(crate) fn arm<'a>(row: &'a Value, runtime: &str) -> &'a Value {
    let arms = row["arms"].as_array().expect("arms");
    arms.iter()
        .find(|arm| arm["runtime"] == runtime && arm["role"] != "control")
        .unwrap_or_else(|| panic!("no arm {runtime} in {row}"))
}

/// Waits for something that must happen; the bound only keeps a broken test from hanging.
pub(crate) fn wait_for(what: &str, mut done: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(60);
    while !done() {
        assert!(Instant::now() < deadline, "{what} did not come about within a minute");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// Ids and command lines of the processes whose command line contains `marker`.
pub(crate) fn processes(marker: &str) -> Vec<(i32, String)> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir("/proc").expect("proc(5)").flatten() {
        let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse::<i32>().ok()) else { continue };
        let cmdline = std::fs::read(entry.path().join("cmdline")).unwrap_or_default();
        let line = String::from_utf8_lossy(&cmdline).replace('\0', " ");
        if pid != std::process::id().cast_signed() && line.contains(marker) {
            found.push((pid, line));
        }
    }
    found
}

/// Ids and command lines of the children of a process.
pub(crate) fn children(parent: u32) -> Vec<(i32, String)> {
    processes("")
        .into_iter()
        .filter(|(pid, _)| {
            std::fs::read_to_string(format!("/proc/{pid}/stat"))
                .ok()
                .and_then(|stat| stat.rsplit_once(')')?.1.split_whitespace().nth(1)?.parse::<u32>().ok())
                == Some(parent)
        })
        .collect()
}

pub(crate) fn signal(pid: i32, signal: nix::sys::signal::Signal) {
    nix::sys::signal::kill(nix::unistd::Pid::from_raw(pid), signal).expect("the process is there");
}

/// Whether a program is installed; prints a message if a test has to be left out.
pub(crate) fn installed(program: &str) -> bool {
    let found = std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default())
        .any(|folder| folder.join(program).is_file());
    if !found {
        eprintln!("skipped: {program} is not installed");
    }
    found
}

/// A folder with the reports `base/` and `head/`: two runs of mock runners, the first with 100 µs an
/// operation on both of its runtimes `good` and `other`, the second with `head` as the arguments of `other`.
pub(crate) fn base_and_head(head: &str) -> Bench {
    let good = ("good", "--ns-per-op 100000");
    let base = Bench::mocks(&[good, ("other", "--ns-per-op 100000")], 1, "");
    let after = Bench::mocks(&[good, ("other", head)], 1, "");
    for (bench, folder) in [(&base, "base"), (&after, "head")] {
        let run = loopswap()
            .args(["run", "--quiet", "--suite", &bench.path("mine.toml"), "--output", &base.path(folder)])
            .output()
            .expect("the binary starts");
        assert!([0, 6].contains(&code(&run)), "{}", stderr(&run));
    }
    base
}
