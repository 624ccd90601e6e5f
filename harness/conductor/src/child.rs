//! A child process on a leash: placed before it starts, ended with the run whatever happens.

use crate::pin;
use loopswap_protocol::{log, quoted, sentence};
use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// How much of a process's standard error is kept: its end.
const STDERR_KEPT: u64 = 4096;
/// Of it, the lines that an error repeats.
const LAST_LINES: usize = 6;

/// A running child process; dropping it kills it.
#[derive(Debug)]
pub(crate) struct Leashed {
    pub(crate) child: Child,
    stderr: File,
}

impl Leashed {
    /// Starts `command` on the given CPUs, with pipes on standard input and output.
    pub(crate) fn start(command: &[String], cpus: &[usize]) -> io::Result<Leashed> {
        let (program, arguments) =
            command.split_first().ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "an empty command"))?;
        // A file instead of a pipe: nobody has to read along while something is measured.
        let stderr = tempfile::tempfile()?;
        let child = pin::pinned(cpus, || {
            Command::new(program)
                .args(arguments)
                .stdin(Stdio::piped())
                .stdout(Stdio::piped())
                .stderr(Stdio::from(stderr.try_clone()?))
                // Ctrl-C is for the conductor, which ends its children in order.
                .process_group(0)
                .spawn()
                .map_err(|error| io::Error::new(error.kind(), format!("starting {}: {error}", quoted(program))))
        })?;
        Ok(Leashed { child, stderr })
    }

    /// The end of what it wrote to its standard error.
    pub(crate) fn stderr(&mut self) -> String {
        let mut text = Vec::new();
        let read = self.stderr.seek(SeekFrom::End(0)).and_then(|length| {
            self.stderr.seek(SeekFrom::Start(length.saturating_sub(STDERR_KEPT)))?;
            self.stderr.read_to_end(&mut text)
        });
        match read {
            Ok(_) => log(String::from_utf8_lossy(&text).trim()),
            Err(error) => format!("(standard error could not be read: {error})"),
        }
    }

    /// The last lines of its standard error, as part of a sentence.
    pub(crate) fn last_words(&mut self) -> String {
        let text = self.stderr();
        let lines: Vec<&str> = text.lines().collect();
        sentence(lines[lines.len().saturating_sub(LAST_LINES)..].join("\n"))
    }

    /// Waits up to `time` for it to end.
    pub(crate) fn wait(&mut self, time: Duration) -> io::Result<Option<ExitStatus>> {
        let deadline = Instant::now() + time;
        let mut nap = Duration::from_micros(100);
        loop {
            if let Some(status) = self.child.try_wait()? {
                return Ok(Some(status));
            }
            if Instant::now() >= deadline {
                return Ok(None);
            }
            std::thread::sleep(nap);
            nap = (nap * 2).min(Duration::from_millis(2));
        }
    }

    /// Kills it, if it still runs, and waits for its end.
    pub(crate) fn kill(&mut self) {
        // It may have ended by itself; then there is nothing to kill.
        let _ = self.child.kill();
        let _ = self.child.wait();
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
        (None, Some(signal)) => match nix::sys::signal::Signal::try_from(signal) {
            Ok(name) => format!("was killed by signal {signal} ({name})"),
            Err(_) => format!("was killed by signal {signal}"),
        },
        (None, None) => "ended".into(),
    }
}
