//! The conductor's side of the conversation with one runner.

use crate::child::{Leashed, ending};
use loopswap_protocol::{
    Command, Hello, PROTOCOL, Prepare, Ready, Reply, SliceDone, Unfinished, Work, quoted, sentence, tame,
};
use loopswap_report::record::FaultKind;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use std::io::{self, Read as _, Write as _};
use std::os::fd::AsFd as _;
use std::process::{ChildStdin, ChildStdout};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// Replies to hello and bye come at once, or something is wrong.
const PROMPT: Duration = Duration::from_secs(10);
/// Connecting and allocating may take this long.
const PREPARE: Duration = Duration::from_secs(30);
/// A runner that keeps to the protocol ends a slice at its limit; one that does not gets this much more.
const GRACE: Duration = Duration::from_secs(3);

/// A runner process.
#[derive(Debug)]
pub struct Runner {
    process: Leashed,
    /// Dropped to tell the runner that nothing more will come.
    stdin: Option<ChildStdin>,
    stdout: ChildStdout,
    /// Bytes read and not yet taken as lines.
    buffer: Vec<u8>,
    /// What it said that it can count, in its hello.
    pub(crate) counters: Vec<String>,
    dismissed: bool,
}

/// Why there is no reply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// A signal asked the run to stop.
    Interrupted,
    /// Something is wrong with the runner.
    Runner {
        /// What kind of wrong.
        kind: FaultKind,
        /// The cause, as a sentence.
        message: String,
        /// The end of its standard error.
        stderr: String,
    },
}

/// What came of a slice that was to be timed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sliced {
    /// It is done and verified.
    Done(Timed),
    /// The time limit passed first, and the runner has ended.
    Unfinished(Unfinished),
}

/// A timed slice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Timed {
    /// What the runner tells of it.
    pub done: SliceDone,
    /// The encoded response times, where the case has a rate.
    pub response: Option<String>,
    /// Time from sending the command to having the reply, less the slice, in nanoseconds.
    pub around_ns: u64,
}

/// How long a slice of a case with this limit is waited for.
pub(crate) fn patience(limit: Duration) -> Duration {
    limit * 5 / 4 + GRACE
}

impl Runner {
    /// Starts a runner on the given CPUs.
    ///
    /// # Errors
    /// When the process cannot be started.
    pub fn start(command: &[String], cpus: &[usize]) -> io::Result<Runner> {
        let mut process = Leashed::start(command, cpus)?;
        let stdin = process.child.stdin.take();
        let stdout = process.child.stdout.take().ok_or_else(|| io::Error::other("the runner has no output"))?;
        Ok(Runner { process, stdin, stdout, buffer: Vec::with_capacity(4096), counters: Vec::new(), dismissed: false })
    }

    /// Id of its process.
    pub(crate) fn pid(&self) -> u32 {
        self.process.child.id()
    }

    /// Reads the first line.
    ///
    /// # Errors
    /// When it does not come, or speaks another protocol.
    pub fn hello(&mut self, stop: &AtomicBool) -> Result<Hello, Trouble> {
        match self.receive(PROMPT, stop)? {
            Reply::Hello(hello) if hello.protocol == PROTOCOL => {
                let hello = shown(*hello)
                    .map_err(|why| self.trouble(FaultKind::Garbled, format!("its hello cannot be read: {why}")))?;
                self.counters.clone_from(&hello.counters);
                Ok(hello)
            }
            Reply::Hello(hello) => Err(self.trouble(
                FaultKind::Garbled,
                format!("the runner speaks protocol {}, loopswap speaks {PROTOCOL}", hello.protocol),
            )),
            other => Err(self.unexpected("hello", &other)),
        }
    }

    /// Sends a case. Nothing is waited for, so that several runners can get ready side by side.
    ///
    /// # Errors
    /// When the runner is gone.
    pub fn prepare(&mut self, prepare: Prepare) -> Result<(), Trouble> {
        self.send(&Command::Prepare(Box::new(prepare)))
    }

    /// Waits until the runner has said hello and its case is ready.
    ///
    /// # Errors
    /// When it is not, and why.
    pub fn ready(&mut self, stop: &AtomicBool) -> Result<Ready, Trouble> {
        self.hello(stop)?;
        match self.receive(PREPARE, stop)? {
            Reply::Ready(ready) => Ok(ready),
            other => Err(self.unexpected("ready", &other)),
        }
    }

    /// One timed slice of `ops` operations, for a case whose time limit of a slice is `limit`.
    ///
    /// # Errors
    /// When no figures come, or such as contradict what was asked for or our own clock.
    pub fn slice(&mut self, ops: u64, limit: Duration, stop: &AtomicBool) -> Result<Sliced, Trouble> {
        let sent = Instant::now();
        self.send(&Command::Slice(Work { ops }))?;
        let (done, response) = match self.receive(patience(limit), stop)? {
            Reply::Slice(done) => (done, None),
            Reply::Paced(paced) => (paced.slice, Some(paced.response)),
            Reply::Unfinished(unfinished) => return Ok(Sliced::Unfinished(unfinished)),
            other => return Err(self.unexpected("slice", &other)),
        };
        let whole_ns = nanos(sent.elapsed());
        // The runner times itself; our own clock must not contradict it.
        if done.ops != ops || done.ns > whole_ns {
            let message = format!(
                "the runner tells of {} operations in {} ns; asked for {ops}, and {whole_ns} ns passed here",
                done.ops, done.ns
            );
            return Err(self.trouble(FaultKind::Garbled, message));
        }
        Ok(Sliced::Done(Timed { done, response, around_ns: whole_ns - done.ns }))
    }

    /// Writes a command.
    ///
    /// # Errors
    /// When the runner is gone.
    pub fn send(&mut self, command: &Command) -> Result<(), Trouble> {
        let written = serde_json::to_string(command).map_err(io::Error::from).and_then(|mut line| {
            line.push('\n');
            self.stdin.as_mut().ok_or(io::ErrorKind::BrokenPipe)?.write_all(line.as_bytes())
        });
        written.map_err(|error| self.gone(&format!("writing to the runner: {error}")))
    }

    /// Reads the next reply, for at most `time`.
    ///
    /// # Errors
    /// When none comes in time, the runner has ended, or what it wrote is no reply.
    pub fn receive(&mut self, time: Duration, stop: &AtomicBool) -> Result<Reply, Trouble> {
        let deadline = Instant::now() + time;
        loop {
            if let Some(end) = self.buffer.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = self.buffer.drain(..=end).collect();
                return serde_json::from_slice(&line).map_err(|error| {
                    let shown = quoted(String::from_utf8_lossy(&line).trim());
                    let error = sentence(error);
                    self.trouble(FaultKind::Garbled, format!("not a reply of the protocol: `{shown}` ({error})"))
                });
            }
            if stop.load(Ordering::Relaxed) {
                return Err(Trouble::Interrupted);
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                let waited = humantime::format_duration(time);
                return Err(self.trouble(FaultKind::Hung, format!("the runner did not answer within {waited}")));
            }
            let mut ready = [PollFd::new(self.stdout.as_fd(), PollFlags::POLLIN)];
            // Rounded up, so that the last millisecond is not spent turning.
            let timeout = PollTimeout::try_from(left + Duration::from_millis(1)).unwrap_or(PollTimeout::MAX);
            match poll(&mut ready, timeout) {
                Ok(0) | Err(nix::errno::Errno::EINTR) => {}
                Ok(_) => self.fill()?,
                Err(error) => return Err(self.gone(&format!("waiting for the runner: {error}"))),
            }
        }
    }

    fn fill(&mut self) -> Result<(), Trouble> {
        let mut chunk = [0; 4096];
        match self.stdout.read(&mut chunk) {
            Ok(0) => Err(self.gone("its output closed")),
            Ok(length) => {
                self.buffer.extend_from_slice(&chunk[..length]);
                Ok(())
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => Ok(()),
            Err(error) => Err(self.gone(&format!("reading from the runner: {error}"))),
        }
    }

    /// Says bye without waiting for anything; a runner that is gone shows when its end is waited for.
    pub fn dismiss(&mut self) {
        if !self.dismissed {
            self.dismissed = true;
            let _ = self.send(&Command::Bye {});
        }
    }

    /// Says bye, if that is not done, and waits for the end of the process.
    ///
    /// # Errors
    /// When the process does not end, or ends with another code than 0.
    pub fn end(mut self, stop: &AtomicBool) -> Result<(), Trouble> {
        self.dismiss();
        match self.receive(PROMPT, stop)? {
            Reply::Bye {} => {}
            other => return Err(self.unexpected("bye", &other)),
        }
        self.stdin = None;
        match self.process.wait(PROMPT) {
            Ok(Some(status)) if status.success() => Ok(()),
            Ok(Some(status)) => {
                Err(self.trouble(FaultKind::Crashed, format!("after its last slice the runner {}", ending(status))))
            }
            Ok(None) => Err(self.trouble(FaultKind::Hung, "the runner did not end after `bye`".into())),
            Err(error) => Err(self.trouble(FaultKind::Crashed, format!("waiting for the runner's end: {error}"))),
        }
    }

    /// A reply that does not fit the command.
    pub fn unexpected(&mut self, wanted: &str, got: &Reply) -> Trouble {
        match got {
            Reply::Unsupported { reason } => self.trouble(FaultKind::Unsupported, sentence(reason)),
            Reply::Error { message } => self.trouble(FaultKind::Failed, sentence(message)),
            other => {
                self.trouble(FaultKind::Garbled, format!("expected `{wanted}`, got {}", quoted(&format!("{other:?}"))))
            }
        }
    }

    /// The process has closed a pipe: says how it ended.
    fn gone(&mut self, seen: &str) -> Trouble {
        match self.process.wait(Duration::from_secs(1)) {
            Ok(Some(status)) => self.trouble(FaultKind::Crashed, format!("the runner {} ({seen})", ending(status))),
            _ => self.trouble(FaultKind::Crashed, format!("the runner is gone: {seen}")),
        }
    }

    fn trouble(&mut self, kind: FaultKind, message: String) -> Trouble {
        Trouble::Runner { kind, message, stderr: self.process.stderr() }
    }
}

/// What a runner says of itself, fit to be shown: it stands in record and report.
fn shown(hello: Hello) -> Result<Hello, String> {
    let mut value = serde_json::to_value(hello).map_err(sentence)?;
    tame(&mut value);
    serde_json::from_value(value).map_err(sentence)
}

pub(crate) fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}
