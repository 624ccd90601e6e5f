//! A child process on a leash: pinned before it starts, ended with the run in any case.

use crate::pin;
use crate::tail::Tail;
use crate::wait::Wait;
use loopswap_protocol::{SENTENCE_MAX, log, quoted, sentence};
use nix::errno::Errno;
use nix::sys::signal::{Signal, killpg};
use nix::sys::wait::{Id, WaitPidFlag, WaitStatus, waitid};
use nix::unistd::Pid;
use std::io;
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// Lines of its standard error that an error repeats.
const LAST_LINES: usize = 6;
/// A killed process is gone at once, unless the kernel holds it in a system call; longest time to wait for
/// that.
const LAST: Duration = Duration::from_secs(2);

/// A running child process; dropping it kills it and everything it started in its process group.
#[derive(Debug)]
pub(crate) struct Leashed {
    pub(crate) child: Child,
    tail: Tail,
    ended: Option<ExitStatus>,
}

impl Leashed {
    /// Starts `command` on the given CPUs, with pipes on standard input and output.
    pub(crate) fn start(command: &[String], cpus: &[usize]) -> io::Result<Leashed> {
        Leashed::start_in(command, cpus, None)
    }

    /// The same, with one variable more in its environment.
    pub(crate) fn start_in(command: &[String], cpus: &[usize], variable: Option<(&str, &str)>) -> io::Result<Leashed> {
        let (program, arguments) =
            command.split_first().ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "an empty command"))?;
        let mut child = pin::pinned(cpus, || {
            Command::new(program)
                .args(arguments)
                .envs(variable)
                .stdin(Stdio::piped())
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                // Ctrl-C is for the conductor, which ends its children in order.
                .process_group(0)
                .spawn()
                .map_err(|error| io::Error::new(error.kind(), format!("starting {}: {error}", quoted(program))))
        })?;
        let stderr = child.stderr.take().ok_or_else(|| io::Error::other("the process has no standard error"))?;
        match Tail::of(stderr) {
            Ok(tail) => Ok(Leashed { child, tail, ended: None }),
            Err(error) => {
                // Nothing else would end it.
                let _ = child.kill();
                let _ = child.wait();
                Err(error)
            }
        }
    }

    /// The end of what it wrote to its standard error.
    pub(crate) fn stderr(&self) -> String {
        log(&self.tail.text())
    }

    /// The last lines of its standard error, as part of a sentence: as many as there is room for.
    pub(crate) fn last_words(&self) -> String {
        let text = self.stderr();
        let mut room = SENTENCE_MAX;
        let fits = |line: &&str| {
            let taken = line.chars().count() + 1;
            let fits = room == SENTENCE_MAX || taken <= room;
            room = room.saturating_sub(taken);
            fits
        };
        let mut lines: Vec<&str> = text.lines().rev().take(LAST_LINES).take_while(fits).collect();
        lines.reverse();
        sentence(lines.join("\n"))
    }

    /// Waits up to `time` for it to end. Everything that it left behind in its process group is killed.
    pub(crate) fn wait(&mut self, time: Duration) -> io::Result<Option<ExitStatus>> {
        let deadline = Instant::now() + time;
        let mut nap = Duration::from_micros(100);
        while self.ended.is_none() {
            match waitid(Id::Pid(self.pid()), WaitPidFlag::WEXITED | WaitPidFlag::WNOHANG | WaitPidFlag::WNOWAIT) {
                Ok(WaitStatus::StillAlive) | Err(Errno::EINTR) => {}
                // nix cannot name a real-time signal.
                Ok(_) | Err(Errno::EINVAL) => {
                    // Until it is waited for, its number belongs to its group and to nothing else.
                    self.kill_group();
                    self.ended = self.child.try_wait()?;
                    break;
                }
                Err(error) => return Err(error.into()),
            }
            if Instant::now() >= deadline {
                break;
            }
            std::thread::sleep(nap);
            nap = (nap * 2).min(Duration::from_millis(2));
        }
        Ok(self.ended)
    }

    /// The same until a wait is over.
    pub(crate) fn wait_for(&mut self, wait: &mut Wait) -> io::Result<Option<ExitStatus>> {
        loop {
            match self.wait(wait.left())? {
                None if wait.goes_on(self.child.id()) => {}
                ended => return Ok(ended),
            }
        }
    }

    /// Whether it has ended; what it started is left alone.
    pub(crate) fn has_ended(&self) -> bool {
        let look = WaitPidFlag::WEXITED | WaitPidFlag::WNOHANG | WaitPidFlag::WNOWAIT;
        let running = [Ok(WaitStatus::StillAlive), Err(Errno::EINTR)];
        self.ended.is_some() || !running.contains(&waitid(Id::Pid(self.pid()), look))
    }

    /// Kills it, if it still runs, and waits for its end.
    pub(crate) fn kill(&mut self) {
        if self.ended.is_none() {
            self.kill_group();
            // It may have left its group, or have ended by itself; then there is nothing to kill.
            let _ = self.child.kill();
            let _ = self.wait(LAST);
        }
    }

    fn kill_group(&self) {
        // Mostly the group is empty.
        let _ = killpg(self.pid(), Signal::SIGKILL);
    }

    fn pid(&self) -> Pid {
        Pid::from_raw(self.child.id().cast_signed())
    }
}

impl Drop for Leashed {
    fn drop(&mut self) {
        self.kill();
    }
}

/// How a process ended, in words.
pub(crate) fn ending(status: ExitStatus) -> String {
    match (status.code(), status.signal()) {
        (Some(code), _) => format!("ended with exit code {code}"),
        (None, Some(signal)) => match Signal::try_from(signal) {
            Ok(name) => format!("was killed by signal {signal} ({name})"),
            Err(_) => format!("was killed by signal {signal}"),
        },
        (None, None) => "ended".into(),
    }
}
