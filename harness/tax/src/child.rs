//! Child processes on one CPU each, driven over pipes. No behaviour of a child can take longer than the
//! limits below.

use loopswap_peers::pipe::{self, LinesIn, MOST_BYTES, NoLine};
use loopswap_protocol::{Command, Prepare, Reply, SliceDone, Work, quoted, sentence};
use nix::sched::{CpuSet, sched_getaffinity, sched_setaffinity};
use nix::unistd::Pid;
use std::io;
use std::process::{self, ChildStdin, ChildStdout, Stdio};
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

/// Time for a child to end by itself, once its stdin is closed.
const PATIENCE: Duration = Duration::from_millis(500);
/// Time for a child to announce itself, and to read its input.
const PROMPT: Duration = Duration::from_secs(10);
/// Time for a runner to prepare its case.
const PREPARE: Duration = Duration::from_secs(30);
/// What a slice may take beyond its limit: the runner ends it there, and says so.
const GRACE: Duration = Duration::from_secs(3);

/// Waiting ends only when its time is over.
static NEVER: AtomicBool = AtomicBool::new(false);

/// The CPUs that this process may use.
///
/// # Errors
/// Those of `sched_getaffinity(2)`.
pub(crate) fn cpus() -> io::Result<Vec<usize>> {
    let allowed = sched_getaffinity(Pid::from_raw(0))?;
    Ok((0..CpuSet::count()).filter(|&cpu| allowed.is_set(cpu).unwrap_or(false)).collect())
}

/// A process that ends with this value, at the latest.
pub(crate) struct Child {
    process: process::Child,
    input: Option<ChildStdin>,
    output: LinesIn<ChildStdout>,
}

impl Child {
    /// Starts a command on one CPU: the child inherits the affinity of the thread that starts it.
    ///
    /// # Errors
    /// When the command cannot be started, or the CPU is not ours.
    pub(crate) fn spawn(command: &mut process::Command, cpu: usize) -> io::Result<Self> {
        let mine = sched_getaffinity(Pid::from_raw(0))?;
        let mut one = CpuSet::new();
        one.set(cpu)?;
        sched_setaffinity(Pid::from_raw(0), &one)?;
        let started = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
        sched_setaffinity(Pid::from_raw(0), &mine)?;
        let mut process = started?;
        let (input, output) = (process.stdin.take(), process.stdout.take());
        input.as_ref().map_or(Ok(()), pipe::never_block)?;
        let output = LinesIn::new(output.ok_or_else(|| io::Error::other("no pipe from the child"))?);
        Ok(Child { process, input, output })
    }

    /// Reads the first line of a server, which says where it listens.
    ///
    /// # Errors
    /// When none comes in time.
    pub(crate) fn announcement(&mut self) -> io::Result<Vec<u8>> {
        self.line(PROMPT)
    }

    /// Reads one line.
    ///
    /// # Errors
    /// When the child has ended, or writes none in time.
    fn line(&mut self, time: Duration) -> io::Result<Vec<u8>> {
        self.output.next_line(Instant::now() + time, &NEVER).map_err(|none| match none {
            NoLine::Failed(error) => error,
            NoLine::TooLong => io::Error::other(format!("a child wrote a line of more than {} MiB", MOST_BYTES >> 20)),
            NoLine::Late { .. } | NoLine::Stopped => {
                io::Error::other(format!("a child did not answer within {} s", time.as_secs()))
            }
            // It need not have ended: it may have closed its output only.
            NoLine::Closed => io::Error::other(match self.end_within(PATIENCE) {
                Some(status) => format!("a child ended without an answer: {status}"),
                None => "a child closed its output without an answer".into(),
            }),
        })
    }

    /// How it ended, if it does in that time.
    fn end_within(&mut self, time: Duration) -> Option<process::ExitStatus> {
        let begun = Instant::now();
        loop {
            match self.process.try_wait() {
                Ok(Some(status)) => return Some(status),
                Ok(None) if begun.elapsed() < time => std::thread::sleep(Duration::from_millis(1)),
                Ok(None) | Err(_) => return None,
            }
        }
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        // The sign to end: a peer with a child of its own ends that first.
        drop(self.input.take());
        if self.end_within(PATIENCE).is_some() {
            return;
        }
        // It may have ended by itself meanwhile.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A runner with a prepared case.
pub(crate) struct Runner {
    child: Child,
    /// How long to wait for a slice.
    slice: Duration,
}

impl Runner {
    /// Says hello to a fresh runner and prepares its case.
    ///
    /// # Errors
    /// Why it cannot do the case.
    pub(crate) fn prepare(child: Child, prepare: Prepare) -> Result<Self, String> {
        let mut runner = Runner { child, slice: Duration::from_millis(prepare.limit_ms) * 5 / 4 + GRACE };
        match runner.hear(PROMPT)? {
            Reply::Hello(hello) => {
                if let Some(missing) = hello.unavailable {
                    return Err(format!("{}; {}", missing.reason, missing.remedy));
                }
            }
            other => return Err(format!("expected a hello, got {other:?}")),
        }
        match runner.ask(&Command::Prepare(Box::new(prepare)), PREPARE)? {
            Reply::Ready(_) => Ok(runner),
            Reply::Unsupported { reason } => Err(reason),
            Reply::Unavailable(missing) => Err(format!("{}; {}", missing.reason, missing.remedy)),
            Reply::Error { message } => Err(message),
            other => Err(format!("expected to be ready, got {other:?}")),
        }
    }

    /// One timed and verified slice.
    ///
    /// # Errors
    /// When a check failed or the runner broke.
    pub(crate) fn slice(&mut self, ops: u64) -> Result<SliceDone, String> {
        match self.ask(&Command::Slice(Work::of(ops)), self.slice)? {
            Reply::Slice(done) => Ok(done),
            Reply::Error { message } => Err(message),
            other => Err(format!("expected a slice, got {other:?}")),
        }
    }

    fn ask(&mut self, command: &Command, time: Duration) -> Result<Reply, String> {
        let mut line = serde_json::to_string(command).map_err(|error| error.to_string())?;
        line.push('\n');
        let input = self.child.input.as_mut().ok_or("the runner's pipe is closed")?;
        pipe::write_until(input, line.as_bytes(), Instant::now() + PROMPT).map_err(|error| error.to_string())?;
        self.hear(time)
    }

    fn hear(&mut self, time: Duration) -> Result<Reply, String> {
        let line = self.child.line(time).map_err(|error| error.to_string())?;
        serde_json::from_slice(&line).map_err(|error| {
            format!("not a reply: {}: `{}`", sentence(error), quoted(String::from_utf8_lossy(&line).trim()))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn child(script: &str) -> Child {
        let cpu = *cpus().expect("a mask").first().expect("a CPU");
        Child::spawn(process::Command::new("sh").args(["-c", script]), cpu).expect("a shell")
    }

    fn no_line(script: &str) -> String {
        child(script).line(Duration::from_millis(200)).expect_err("no line").to_string()
    }

    #[test]
    fn who_says_nothing_is_not_waited_for() {
        assert_eq!(no_line("exec sleep 60"), "a child did not answer within 0 s");
        // A byte now and then is not a line.
        assert_eq!(no_line("while printf .; do sleep 0.01; done"), "a child did not answer within 0 s");
    }

    #[test]
    fn how_a_child_ended_is_said() {
        assert_eq!(no_line("exit 3"), "a child ended without an answer: exit status: 3");
        assert_eq!(no_line("exec sleep 60 >&-"), "a child closed its output without an answer");
    }

    #[test]
    fn a_line_has_an_end() {
        let error = child("exec tr '\\0' x < /dev/zero").line(Duration::from_mins(1)).expect_err("an endless line");
        assert_eq!(error.to_string(), "a child wrote a line of more than 4 MiB");
    }
}
