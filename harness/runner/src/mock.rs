//! A runner with given numbers and given faults: the test double of the whole pipeline.
//!
//! It speaks the protocol through its own few lines, not through [`loopswap_protocol::Session`], since
//! half of what it is for is not to keep to it.

use loopswap_protocol::{
    Command, Count, Counted, Hello, PROTOCOL, Ready, Reply, RuntimeInfo, SliceDone, Tally, Topology, Unfinished,
};
use std::io::{self, BufRead as _, Write as _};
use std::str::FromStr;
use std::time::Duration;

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fail {
    /// The process kills itself.
    Crash,
    /// The process panics.
    Panic,
    /// It never answers again.
    Hang,
    /// A check fails.
    Wrong,
    /// It writes something that is not the protocol.
    Garbage,
    /// It cannot do the case.
    Unsupported,
    /// The slice does not finish.
    Slow,
}

impl FromStr for Fail {
    type Err = String;

    fn from_str(word: &str) -> Result<Fail, String> {
        Ok(match word {
            "crash" => Fail::Crash,
            "panic" => Fail::Panic,
            "hang" => Fail::Hang,
            "wrong" => Fail::Wrong,
            "garbage" => Fail::Garbage,
            "unsupported" => Fail::Unsupported,
            "slow" => Fail::Slow,
            _ => return Err("takes crash, panic, hang, wrong, garbage, unsupported or slow".into()),
        })
    }
}

/// A runner with given numbers.
#[derive(Clone, Copy, Debug)]
pub struct Mock {
    /// Wall time of one operation, in nanoseconds.
    pub ns_per_op: u64,
    /// System calls of one operation; none where it does not count them.
    pub syscalls_per_op: Option<u64>,
    /// What goes wrong, if anything.
    pub fail: Option<Fail>,
    /// Slices until it does.
    pub after: u64,
}

impl Mock {
    /// Serves over standard input and output until `bye`.
    ///
    /// # Errors
    /// When a pipe breaks or a command is none.
    pub fn serve(self) -> io::Result<()> {
        write(&Reply::Hello(Box::new(Hello {
            protocol: PROTOCOL,
            runtime: RuntimeInfo {
                name: "mock".into(),
                package: "loopswap".into(),
                version: env!("CARGO_PKG_VERSION").into(),
                driver: "none".into(),
                topology: Topology::SingleThread,
                about: "given numbers, for tests".into(),
                discontinued: None,
                unsupported: std::collections::BTreeMap::new(),
            },
            workloads: Vec::new(),
            counters: self.syscalls_per_op.map(|_| "syscalls".to_owned()).into_iter().collect(),
            unavailable: None,
        })))?;
        let mut slices = 0;
        for line in io::stdin().lock().lines() {
            match serde_json::from_str(&line?)? {
                Command::Prepare(_) if self.fail == Some(Fail::Unsupported) => {
                    write(&Reply::Unsupported { reason: "the mock was told not to support it".into() })?;
                }
                Command::Prepare(_) => write(&Reply::Ready(Ready { threads: 1, rss_bytes: 4 << 20 }))?,
                Command::Slice(work) => {
                    if slices >= self.after
                        && let Some(fail) = self.fail
                    {
                        self.fail_with(fail, work.ops)?;
                        continue;
                    }
                    slices += 1;
                    let ns = self.ns_per_op * work.ops;
                    // The conductor holds the times told against its own clock, so they have to pass.
                    std::thread::sleep(Duration::from_nanos(ns));
                    write(&Reply::Slice(SliceDone { ops: work.ops, ns, typical_ns: ns, cpu_ns: ns / 2 }))?;
                }
                Command::Count(Count { ops, tally }) => {
                    let tally = self.syscalls_per_op.filter(|_| tally).map(|each| {
                        let mut tally = Tally { ops, ..Tally::default() };
                        tally.count("syscalls", each * ops);
                        tally
                    });
                    write(&Reply::Count(Box::new(Counted {
                        ops,
                        voluntary_switches: ops,
                        rss_peak_bytes: 5 << 20,
                        tally,
                        ..Counted::default()
                    })))?;
                }
                Command::Bye {} => return write(&Reply::Bye {}),
            }
        }
        Ok(())
    }

    fn fail_with(self, fail: Fail, ops: u64) -> io::Result<()> {
        match fail {
            Fail::Crash => {
                eprintln!("the mock was told to crash");
                std::process::abort();
            }
            Fail::Panic => panic!("the mock was told to panic"),
            Fail::Hang => loop {
                std::thread::park();
            },
            Fail::Wrong => write(&Reply::Error { message: "wrong result: expected 1, got 2".into() }),
            Fail::Garbage => {
                println!("this is not the protocol");
                Ok(())
            }
            Fail::Slow => {
                write(&Reply::Unfinished(Unfinished { done: 1, ops: ops.max(2), ns: 1_000_000_000 }))?;
                std::process::exit(0);
            }
            Fail::Unsupported => Ok(()),
        }
    }
}

fn write(reply: &Reply) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{}", serde_json::to_string(reply)?)?;
    out.flush()
}
