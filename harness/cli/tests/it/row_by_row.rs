//! `loopswap run` prints each row when it is finished, and nothing that the table says is lost.

use crate::tools::{Bench, code, loopswap, run, signal, stderr, stdout};
use nix::sys::signal::Signal;
use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Child, ChildStdout, Command, Output, Stdio};

const AGAIN: &str = "these read differently than above:";

/// A suite with the cases `cpu/first` and `cpu/second`. As soon as anything is measured, the runner `gated`
/// prepares the second case only after [`Gate::open`].
struct Gate(Bench);

impl Gate {
    fn new() -> Gate {
        let bench = Bench::suite("");
        let (record, gate) = (bench.record(), bench.path("open"));
        let script = format!(
            "while IFS= read -r line; do case \"$line\" in *'\"prepare\"'*'cpu/second'*) \
             while grep -qs '\"closed\"' '{}' && [ ! -e '{gate}' ]; do sleep 0.05; done;; esac; \
             printf '%s\\n' \"$line\"; done | '{{loopswap}}' runner mock",
            record.display()
        );
        let suite = format!(
            "about = \"a gate\"\nreference = \"free\"\nruntimes = [\"free\", \"gated\"]\ngenerations = 8\n\
             slice = \"2ms\"\nbudget = \"2s\"\n\
             [[runner]]\nname = \"free\"\ncommand = [\"{{loopswap}}\", \"runner\", \"mock\"]\n\
             [[runner]]\nname = \"gated\"\ncommand = [\"sh\", \"-c\", '''{script}''']\n\
             [[case]]\nworkload = \"cpu\"\nname = \"first\"\nparams = {{ tasks = 1 }}\n\
             [[case]]\nworkload = \"cpu\"\nname = \"second\"\nparams = {{ tasks = 2 }}\n"
        );
        std::fs::write(bench.path("mine.toml"), suite).expect("room");
        Gate(bench)
    }

    fn open(&self) {
        std::fs::write(self.0.path("open"), "").expect("room");
    }

    /// Whether a generation of the second row is in the record, which cannot be before the gate is open.
    fn is_passed(&self) -> bool {
        let record = std::fs::read_to_string(self.0.record()).expect("a record");
        record.contains("\"closed\":{\"row\":1,")
    }
}

/// A run whose output is read while it goes on.
struct Reading {
    child: Child,
    out: BufReader<ChildStdout>,
    read: String,
}

impl Reading {
    fn of(command: &mut Command) -> Reading {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the binary starts");
        let out = BufReader::new(child.stdout.take().expect("a pipe"));
        Reading { child, out, read: String::new() }
    }

    /// Reads up to and with the next line that begins like this.
    fn until(&mut self, begins: &str) {
        loop {
            let from = self.read.len();
            let bytes = self.out.read_line(&mut self.read).expect("text");
            assert!(bytes > 0, "the output ends before `{begins}`:\n{}", self.read);
            if self.read[from..].trim_start().starts_with(begins) {
                return;
            }
        }
    }

    /// The first row, whole.
    fn until_the_first_row(&mut self) {
        self.until("cpu/first · ");
        self.until("free ");
    }

    /// Everything that was printed, and how the run ended.
    fn end(mut self) -> (String, Output) {
        self.out.read_to_string(&mut self.read).expect("text");
        (self.read, self.child.wait_with_output().expect("it ends"))
    }
}

/// Whatever the table says, but for the time in its title, was printed, and a row twice only below the line that
/// says why.
fn assert_nothing_is_lost(printed: &str, folder: &str) {
    let table = stdout(&run(&["report", folder]));
    for line in table.lines().skip(1) {
        assert!(printed.lines().any(|printed| printed == line), "`{line}` is lost:\n{printed}\n{table}");
    }
    let first = printed.split(AGAIN).next().expect("rows");
    for heading in table.lines().filter(|line| line.starts_with("cpu/")) {
        assert_eq!(first.matches(&format!("\n{heading}\n")).count(), 1, "{heading}:\n{printed}");
    }
}

#[test]
fn a_row_is_printed_before_the_next_is_measured() {
    let gate = Gate::new();
    let mut reading = Reading::of(&mut gate.0.command());
    reading.until("loopswap ");
    let title = "suite mine · 2 rows × 2 runtimes · about 2s\n";
    assert!(reading.read.ends_with(title), "{}", reading.read);
    reading.until_the_first_row();
    assert!(!gate.is_passed(), "the second row has been measured already");
    gate.open();
    let (printed, output) = reading.end();
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    assert!(gate.is_passed(), "the record says so where it has been");
    assert_nothing_is_lost(&printed, &gate.0.path("out"));
    let told: Vec<String> = stderr(&output).lines().map(str::to_owned).collect();
    assert_eq!(told, ["cpu/first: 8 generations", "cpu/second: 8 generations"]);
}

#[test]
fn rows_that_were_finished_before_an_interruption_come_first_when_it_goes_on() {
    let gate = Gate::new();
    let mut reading = Reading::of(&mut gate.0.command());
    reading.until_the_first_row();
    signal(reading.child.id().cast_signed(), Signal::SIGINT);
    let (printed, output) = reading.end();
    assert_eq!(code(&output), 130, "{}", stderr(&output));
    assert!(printed.contains("\nincomplete (interrupted): 1 of 2 rows"), "{printed}");
    assert_nothing_is_lost(&printed, &gate.0.path("out"));

    let mut reading = Reading::of(loopswap().args(["run", "--quiet", "--resume", &gate.0.path("out")]));
    reading.until("loopswap ");
    assert!(reading.read.ends_with(" · resumed\n"), "{}", reading.read);
    reading.until_the_first_row();
    assert!(!gate.is_passed(), "the second row has been measured already");
    gate.open();
    let (printed, output) = reading.end();
    assert_eq!((code(&output), stderr(&output)), (0, String::new()), "quiet leaves out the progress only");
    assert_nothing_is_lost(&printed, &gate.0.path("out"));
}

#[test]
fn arms_without_a_result_and_errors_are_printed_with_their_row() {
    let runners = [("good", ""), ("ill", "--fail wrong"), ("odd", "--fail unsupported"), ("slow", "--fail slow")];
    let bench = Bench::mocks(&runners, 3, "");
    let output = bench.run();
    assert_eq!(code(&output), 6, "{}", stderr(&output));
    let printed = stdout(&output);
    assert_nothing_is_lost(&printed, &bench.path("out"));
    let first = printed.split("\n\n").find(|block| block.starts_with("cpu/case0 · ")).expect("a row");
    for said in ["– failed: ", "– unsupported: ", "– did not finish: "] {
        assert!(first.contains(said), "{said}: {first}");
    }
}
