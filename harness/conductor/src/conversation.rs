//! The conversation with one runner: commands on its standard input, replies on its standard output, and what
//! there is instead of a reply.

use crate::child::{Leashed, ending};
use loopswap_peers::pipe::{self, LinesIn, MOST_BYTES, NoLine};
use loopswap_protocol::{Command, Reply, Unavailable, quoted, sentence};
use loopswap_report::record::FaultKind;
use std::io;
use std::process::{ChildStdin, ChildStdout};
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

/// Replies to hello and bye come at once, or something is wrong.
pub(crate) const PROMPT: Duration = Duration::from_secs(10);
/// How often a process that does not answer is looked at.
const LOOK: Duration = Duration::from_secs(1);

/// A runner process to talk to.
#[derive(Debug)]
pub(crate) struct Conversation {
    process: Leashed,
    /// Dropped to tell the runner that nothing more will come.
    stdin: Option<ChildStdin>,
    lines: LinesIn<ChildStdout>,
    /// When waiting ends.
    until: Option<Instant>,
    dismissed: bool,
}

/// Why there is no reply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// A signal asked the run to stop.
    Interrupted,
    /// The run must end now; the runner is not at fault.
    TimeIsUp,
    /// The runner says that it cannot run here, and what would change that.
    Unavailable(Unavailable),
    /// Something is wrong with the runner.
    Runner {
        /// The kind of fault.
        kind: FaultKind,
        /// The cause, as a sentence.
        message: String,
        /// The end of its standard error.
        stderr: String,
    },
}

impl Trouble {
    /// A runner that could not be started.
    pub(crate) fn failed(message: String) -> Trouble {
        Trouble::Runner { kind: FaultKind::Crashed, message, stderr: String::new() }
    }
}

impl Conversation {
    /// Begins to talk to a process.
    pub(crate) fn with(mut process: Leashed) -> io::Result<Conversation> {
        let stdin = process.child.stdin.take();
        stdin.as_ref().map_or(Ok(()), pipe::never_block)?;
        let stdout = process.child.stdout.take().ok_or_else(|| io::Error::other("the runner has no output"))?;
        Ok(Conversation { process, stdin, lines: LinesIn::new(stdout), until: None, dismissed: false })
    }

    /// Stops all waiting at `end`: the run is over then, no matter what its runners do.
    pub(crate) fn until(&mut self, end: Instant) {
        self.until = Some(end);
    }

    /// Id of its process.
    pub(crate) fn pid(&self) -> u32 {
        self.process.child.id()
    }

    /// Whether the runner has written more than what was read.
    pub(crate) fn has_more(&self) -> bool {
        self.lines.has_more()
    }

    /// Writes a command.
    ///
    /// # Errors
    /// When the runner is gone, or does not read.
    pub(crate) fn send(&mut self, command: &Command) -> Result<(), Trouble> {
        let (deadline, cut) = self.deadline(PROMPT);
        let written = serde_json::to_string(command).map_err(io::Error::from).and_then(|mut line| {
            line.push('\n');
            pipe::write_until(self.stdin.as_mut().ok_or(io::ErrorKind::BrokenPipe)?, line.as_bytes(), deadline)
        });
        match written {
            Ok(()) => Ok(()),
            Err(error) if error.kind() == io::ErrorKind::TimedOut && cut => Err(Trouble::TimeIsUp),
            Err(error) if error.kind() == io::ErrorKind::TimedOut => {
                Err(self.trouble(FaultKind::Hung, "the runner does not read its input".into()))
            }
            Err(error) => Err(self.gone(&format!("writing to the runner: {error}"))),
        }
    }

    /// Reads the next reply, for at most `time`.
    ///
    /// # Errors
    /// When none comes in time, when the runner has ended, and when what it wrote is not a reply.
    pub(crate) fn receive(&mut self, time: Duration, stop: &AtomicBool) -> Result<Reply, Trouble> {
        let (deadline, cut) = self.deadline(time);
        match self.next_line(deadline, stop) {
            Ok(line) => serde_json::from_slice(&line).map_err(|error| {
                let shown = quoted(String::from_utf8_lossy(&line).trim());
                let error = sentence(error);
                self.trouble(FaultKind::Garbled, format!("not a reply of the protocol: `{shown}` ({error})"))
            }),
            Err(NoLine::Stopped) => Err(Trouble::Interrupted),
            Err(NoLine::Late { .. }) if cut && Instant::now() >= deadline => Err(Trouble::TimeIsUp),
            Err(NoLine::Late { begun }) => Err(self.late(time, begun)),
            Err(NoLine::TooLong) => {
                let most = MOST_BYTES >> 20;
                Err(self.trouble(FaultKind::Garbled, format!("the runner wrote a line of more than {most} MiB")))
            }
            Err(NoLine::Closed) => Err(self.gone("its output closed")),
            Err(NoLine::Failed(error)) => Err(self.gone(&format!("reading from the runner: {error}"))),
        }
    }

    /// The next line, at `deadline` at the latest, and soon after the process has ended: something that it
    /// started may keep its output open.
    fn next_line(&mut self, deadline: Instant, stop: &AtomicBool) -> Result<Vec<u8>, NoLine> {
        loop {
            let look = Instant::now() + LOOK;
            match self.lines.next_line(deadline.min(look), stop) {
                Err(NoLine::Late { .. }) if look < deadline => {}
                line => return line,
            }
            if self.process.has_ended() {
                // What it wrote last may still be in the pipe, which closes with it unless something holds it open.
                return self.lines.next_line(deadline.min(Instant::now() + LOOK), stop);
            }
        }
    }

    /// When waiting for this long ends, and whether that is because the run is over by then.
    fn deadline(&self, time: Duration) -> (Instant, bool) {
        let own = Instant::now() + time;
        self.until.filter(|end| *end < own).map_or((own, false), |end| (end, true))
    }

    /// No reply came in time: says what is known about it.
    fn late(&mut self, waited: Duration, begun: usize) -> Trouble {
        let waited = humantime::format_duration(waited);
        if let Ok(Some(status)) = self.process.wait(Duration::ZERO) {
            let message = format!("the runner {}, and something that it started keeps its output open", ending(status));
            return self.trouble(FaultKind::Crashed, message);
        }
        let part = if begun > 0 { format!(" ({begun} bytes of a line without an end)") } else { String::new() };
        self.trouble(FaultKind::Hung, format!("the runner did not answer within {waited}{part}"))
    }

    /// Says bye without waiting for an answer; if the runner is gone, waiting for its end will show it.
    pub(crate) fn dismiss(&mut self) {
        if !self.dismissed {
            self.dismissed = true;
            let _ = self.send(&Command::Bye {});
        }
    }

    /// Says bye, if that is not done, and waits for the end of the process. Returns what its bye reports.
    ///
    /// # Errors
    /// When the process does not end, or ends with a code other than 0.
    pub(crate) fn end(&mut self, stop: &AtomicBool) -> Result<Option<String>, Trouble> {
        self.dismiss();
        let latency = match self.receive(PROMPT, stop)? {
            Reply::Bye { latency } => latency,
            other => return Err(self.unexpected("bye", &other)),
        };
        self.stdin = None;
        let (deadline, cut) = self.deadline(PROMPT);
        match self.process.wait(deadline.saturating_duration_since(Instant::now())) {
            Ok(None) if cut => Err(Trouble::TimeIsUp),
            Ok(Some(status)) if status.success() => Ok(latency),
            Ok(Some(status)) => {
                Err(self.trouble(FaultKind::Crashed, format!("after its last slice the runner {}", ending(status))))
            }
            Ok(None) => Err(self.trouble(FaultKind::Hung, "the runner did not end after `bye`".into())),
            Err(error) => Err(self.trouble(FaultKind::Crashed, format!("waiting for the runner's end: {error}"))),
        }
    }

    /// A reply that does not fit the command.
    pub(crate) fn unexpected(&mut self, wanted: &str, got: &Reply) -> Trouble {
        match got {
            Reply::Unavailable(Unavailable { reason, remedy }) => {
                Trouble::Unavailable(Unavailable { reason: sentence(reason), remedy: sentence(remedy) })
            }
            Reply::Unsupported { reason } => self.trouble(FaultKind::Unsupported, sentence(reason)),
            Reply::Error { message } => self.trouble(FaultKind::Failed, sentence(message)),
            other => {
                let name =
                    serde_json::to_value(other).ok().and_then(|reply| Some(reply.as_object()?.keys().next()?.clone()));
                let got = name.map_or_else(|| "another reply".to_owned(), |name| format!("`{name}`"));
                self.trouble(FaultKind::Garbled, format!("expected `{wanted}`, got {got}"))
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

    pub(crate) fn trouble(&mut self, kind: FaultKind, message: String) -> Trouble {
        Trouble::Runner { kind, message, stderr: self.process.stderr() }
    }
}
