//! The conversation with one runner: commands on its standard input, replies on its standard output, and what
//! there is instead of a reply.

use crate::child::{Leashed, ending};
use crate::rule::Rule;
use crate::unreadable;
use crate::wait::Wait;
use loopswap_peers::pipe::{self, LinesIn, MOST_BYTES, NoLine};
use loopswap_protocol::{Command, Reply, Unavailable, quoted, sentence};
use loopswap_report::record::FaultKind;
use std::io;
use std::process::{ChildStdin, ChildStdout, ExitStatus};
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
    /// What was written last.
    sent: String,
    /// When waiting ends.
    until: Option<Instant>,
    /// Whether time in which the runner had no CPU does not count.
    fair: bool,
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
        /// What it did not keep to.
        rule: Rule,
        /// What had been written to it last.
        after: String,
    },
}

impl Trouble {
    /// A runner that could not be started.
    pub(crate) fn failed(message: String) -> Trouble {
        let (rule, stderr, after) = (Rule::Starts, String::new(), String::new());
        Trouble::Runner { kind: rule.kind(), message, stderr, rule, after }
    }
}

impl Conversation {
    /// Begins to talk to a process.
    pub(crate) fn with(mut process: Leashed) -> io::Result<Conversation> {
        let stdin = process.child.stdin.take();
        stdin.as_ref().map_or(Ok(()), pipe::never_block)?;
        let stdout = process.child.stdout.take().ok_or_else(|| io::Error::other("the runner has no output"))?;
        let lines = LinesIn::new(stdout);
        Ok(Conversation { process, stdin, lines, sent: String::new(), until: None, fair: false, dismissed: false })
    }

    /// Stops all waiting at `end`: the run is over then, no matter what its runners do.
    pub(crate) fn until(&mut self, end: Instant) {
        self.until = Some(end);
    }

    /// Waits longer for a runner that could not run, because others had the CPUs.
    pub(crate) fn be_fair(&mut self) {
        self.fair = true;
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
        match serde_json::to_string(command) {
            Ok(line) => self.write(line + "\n"),
            Err(error) => Err(self.gone(&format!("writing to the runner: {error}"))),
        }
    }

    /// Writes text as it is.
    ///
    /// # Errors
    /// As [`send`](Self::send).
    pub(crate) fn write(&mut self, text: String) -> Result<(), Trouble> {
        let wait = self.wait(PROMPT);
        self.sent = text;
        let stdin = self.stdin.as_mut().ok_or_else(|| io::ErrorKind::BrokenPipe.into());
        match stdin.and_then(|stdin| pipe::write_until(stdin, self.sent.as_bytes(), wait.end())) {
            Ok(()) => Ok(()),
            Err(error) if error.kind() == io::ErrorKind::TimedOut && wait.is_cut() => Err(Trouble::TimeIsUp),
            Err(error) if error.kind() == io::ErrorKind::TimedOut => {
                Err(self.trouble(Rule::Waits, "the runner does not read its input".into()))
            }
            Err(error) => Err(self.gone(&format!("writing to the runner: {error}"))),
        }
    }

    /// Reads the next reply, for at most `time`.
    ///
    /// # Errors
    /// When none comes in time, when the runner has ended, and when what it wrote is not a reply.
    pub(crate) fn receive(&mut self, time: Duration, stop: &AtomicBool) -> Result<Reply, Trouble> {
        let mut wait = self.wait(time);
        let line = loop {
            match self.next_line(wait.end(), stop) {
                Err(NoLine::Late { .. }) if wait.goes_on(self.pid()) => {}
                line => break line,
            }
        };
        match line {
            Ok(line) => unreadable::reply(&line).map_err(|(rule, message)| self.trouble(rule, message)),
            Err(NoLine::Stopped) => Err(Trouble::Interrupted),
            Err(NoLine::Late { .. }) if wait.is_cut() => Err(Trouble::TimeIsUp),
            Err(NoLine::Late { begun }) => Err(self.late(time, begun)),
            Err(NoLine::TooLong) => {
                let most = MOST_BYTES >> 20;
                Err(self.trouble(Rule::Lines, format!("the runner wrote a line of more than {most} MiB")))
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

    /// Begins to wait for this long, or until the run is over.
    fn wait(&self, time: Duration) -> Wait {
        let wait = Wait::begin(time, self.until);
        if self.fair { wait.fair(self.pid()) } else { wait }
    }

    /// No reply came in time: says what is known about it.
    fn late(&mut self, waited: Duration, begun: usize) -> Trouble {
        let waited = humantime::format_duration(waited);
        if let Ok(Some(status)) = self.process.wait(Duration::ZERO) {
            let message = format!("the runner {}, and something that it started keeps its output open", ending(status));
            return self.trouble(Rule::Lives, message);
        }
        let part = if begun > 0 { format!(" ({begun} bytes of a line without an end)") } else { String::new() };
        let rule = if begun > 0 { Rule::Unended } else { Rule::Waits };
        self.trouble(rule, format!("the runner did not answer within {waited}{part}"))
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
        self.hang_up();
        match self.ended(PROMPT)? {
            Some(status) if status.success() => Ok(latency),
            Some(status) => Err(self.trouble(Rule::Bye, format!("after its last slice the runner {}", ending(status)))),
            None => Err(self.trouble(Rule::Waits, "the runner did not end after `bye`".into())),
        }
    }

    /// Closes the runner's standard input.
    pub(crate) fn hang_up(&mut self) {
        self.stdin = None;
    }

    /// Closes both pipes, as when this process dies; the process of the runner is left.
    pub(crate) fn leave(self) -> Leashed {
        self.process
    }

    /// How the runner has ended, if it does within `time`.
    ///
    /// # Errors
    /// When the run is over, and when the system cannot tell.
    pub(crate) fn ended(&mut self, time: Duration) -> Result<Option<ExitStatus>, Trouble> {
        let mut wait = self.wait(time);
        match self.process.wait_for(&mut wait) {
            Ok(None) if wait.is_cut() => Err(Trouble::TimeIsUp),
            Ok(status) => Ok(status),
            Err(error) => Err(self.trouble(Rule::Lives, format!("waiting for the runner's end: {error}"))),
        }
    }

    /// Whether the runner's output stays silent for `time`, or until it closes.
    ///
    /// # Errors
    /// When it writes something, which nobody has asked for.
    pub(crate) fn silent(&mut self, time: Duration, stop: &AtomicBool) -> Result<(), Trouble> {
        let wrote = |line: &[u8]| format!("the runner wrote `{}`", quoted(String::from_utf8_lossy(line).trim_end()));
        match self.lines.next_line(self.wait(time).end(), stop) {
            Ok(line) => Err(self.trouble(Rule::NothingElse, wrote(&line))),
            Err(NoLine::Stopped) => Err(Trouble::Interrupted),
            Err(_) if self.has_more() => {
                Err(self.trouble(Rule::Unended, "the runner wrote part of a line, without an end".into()))
            }
            Err(_) => Ok(()),
        }
    }

    /// Makes the pipe of the runner's replies as small as a pipe can be.
    ///
    /// # Errors
    /// Those of `fcntl(2)`.
    pub(crate) fn narrow(&self) -> io::Result<()> {
        self.lines.narrow()
    }

    /// A reply that does not fit the command.
    pub(crate) fn unexpected(&mut self, wanted: &str, got: &Reply) -> Trouble {
        match got {
            Reply::Unavailable(Unavailable { reason, remedy }) => {
                Trouble::Unavailable(Unavailable { reason: sentence(reason), remedy: sentence(remedy) })
            }
            Reply::Unsupported { reason } => self.trouble(Rule::Unsupported, sentence(reason)),
            Reply::Error { message } => self.trouble(Rule::Error, sentence(message)),
            other => {
                let name =
                    serde_json::to_value(other).ok().and_then(|reply| Some(reply.as_object()?.keys().next()?.clone()));
                let got = name.map_or_else(|| "another reply".to_owned(), |name| format!("`{name}`"));
                self.trouble(Rule::OneReply, format!("expected `{wanted}`, got {got}"))
            }
        }
    }

    /// The process has closed a pipe: says how it ended.
    fn gone(&mut self, seen: &str) -> Trouble {
        match self.process.wait(Duration::from_secs(1)) {
            Ok(Some(status)) => self.trouble(Rule::Lives, format!("the runner {} ({seen})", ending(status))),
            _ => self.trouble(Rule::Lives, format!("the runner is gone: {seen}")),
        }
    }

    /// A fault of the runner: what it did not keep to, and how.
    pub(crate) fn trouble(&mut self, rule: Rule, message: String) -> Trouble {
        // The peers of a case may have passwords.
        let shown = self.sent.split(",\"peers\":").next().unwrap_or_default().trim_end();
        let (kind, stderr, after) = (rule.kind(), self.process.stderr(), quoted(shown));
        Trouble::Runner { kind, message, stderr, rule, after }
    }
}
