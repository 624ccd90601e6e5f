//! Child processes on a CPU of their own, spoken to over pipes.

use loopswap_protocol::{Command, Prepare, Reply, SliceDone, Work};
use nix::sched::{CpuSet, sched_getaffinity, sched_setaffinity};
use nix::unistd::Pid;
use std::io::{self, BufRead as _, BufReader, Write as _};
use std::process::{self, ChildStdin, ChildStdout, Stdio};
use std::time::{Duration, Instant};

/// Time for a child to end by itself, once its stdin is closed.
const PATIENCE: Duration = Duration::from_millis(500);

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
    output: BufReader<ChildStdout>,
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
        let output = BufReader::new(output.ok_or_else(|| io::Error::other("no pipe from the child"))?);
        Ok(Child { process, input, output })
    }

    /// Reads one line.
    ///
    /// # Errors
    /// When the child has ended.
    pub(crate) fn line(&mut self) -> io::Result<String> {
        let mut line = String::new();
        if self.output.read_line(&mut line)? == 0 {
            let status = self.process.wait()?;
            return Err(io::Error::other(format!("a child ended without an answer: {status}")));
        }
        Ok(line)
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        // The sign to end: a peer that has a child of its own ends that first.
        drop(self.input.take());
        let begun = Instant::now();
        while begun.elapsed() < PATIENCE {
            if !matches!(self.process.try_wait(), Ok(None)) {
                return;
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        // It may have ended by itself meanwhile.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A runner that has a case prepared.
pub(crate) struct Runner(Child);

impl Runner {
    /// Says hello to a fresh runner and prepares its case.
    ///
    /// # Errors
    /// Why it cannot do the case.
    pub(crate) fn prepare(child: Child, prepare: Prepare) -> Result<Self, String> {
        let mut runner = Runner(child);
        match runner.hear()? {
            Reply::Hello(hello) => {
                if let Some(missing) = hello.unavailable {
                    return Err(format!("{}; {}", missing.reason, missing.remedy));
                }
            }
            other => return Err(format!("expected a hello, got {other:?}")),
        }
        match runner.ask(&Command::Prepare(Box::new(prepare)))? {
            Reply::Ready(_) => Ok(runner),
            Reply::Unsupported { reason } => Err(reason),
            Reply::Error { message } => Err(message),
            other => Err(format!("expected to be ready, got {other:?}")),
        }
    }

    /// One timed and verified slice.
    ///
    /// # Errors
    /// When a check failed or the runner broke.
    pub(crate) fn slice(&mut self, ops: u64) -> Result<SliceDone, String> {
        match self.ask(&Command::Slice(Work { ops }))? {
            Reply::Slice(done) => Ok(done),
            Reply::Error { message } => Err(message),
            other => Err(format!("expected a slice, got {other:?}")),
        }
    }

    fn ask(&mut self, command: &Command) -> Result<Reply, String> {
        let mut line = serde_json::to_string(command).map_err(|error| error.to_string())?;
        line.push('\n');
        let input = self.0.input.as_mut().ok_or("the runner's pipe is closed")?;
        input.write_all(line.as_bytes()).map_err(|error| error.to_string())?;
        self.hear()
    }

    fn hear(&mut self) -> Result<Reply, String> {
        let line = self.0.line().map_err(|error| error.to_string())?;
        serde_json::from_str(&line).map_err(|error| format!("not a reply: {error}: {line}"))
    }
}
