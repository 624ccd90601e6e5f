//! The end of what a process writes to its standard error, however much it writes.
//!
//! A thread reads along, so that the process never waits for a full pipe, and keeps the last bytes only: a
//! file would grow as long as the process likes. The thread sleeps while nothing is written.

use loopswap_peers::pipe;
use loopswap_protocol::quoted;
use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::SigSet;
use nix::unistd::read;
use std::collections::VecDeque;
use std::io;
use std::os::fd::AsFd as _;
use std::process::ChildStderr;
use std::sync::{Arc, Mutex, PoisonError};

/// Bytes that are kept.
const KEPT: usize = 4096;
/// Most bytes that one look reads: an endless flood must not hold up the reader.
const MOST_AT_ONCE: usize = 1 << 20;

/// What is kept of one process.
#[derive(Debug)]
pub(crate) struct Tail(Arc<Kept>);

#[derive(Debug)]
struct Kept {
    pipe: ChildStderr,
    last: Mutex<VecDeque<u8>>,
}

impl Tail {
    /// Reads along from now on.
    pub(crate) fn of(pipe: ChildStderr) -> io::Result<Tail> {
        pipe::never_block(&pipe)?;
        let kept = Arc::new(Kept { pipe, last: Mutex::new(VecDeque::with_capacity(KEPT)) });
        let along = Arc::clone(&kept);
        std::thread::Builder::new().name("stderr".into()).stack_size(64 << 10).spawn(move || along.read_along())?;
        Ok(Tail(kept))
    }

    /// The last lines of what has been written so far, each as a quotation: of a flood without line ends a part.
    pub(crate) fn text(&self) -> String {
        // Everything a process wrote before it answered or ended is in the pipe, if not read already.
        self.0.drain();
        let mut last = self.0.last();
        let text = String::from_utf8_lossy(last.make_contiguous()).trim().to_owned();
        text.lines().map(quoted).collect::<Vec<_>>().join("\n")
    }
}

impl Kept {
    fn read_along(&self) {
        // Signals are for the main thread, and end its waiting.
        let _ = SigSet::all().thread_block();
        loop {
            let mut readable = [PollFd::new(self.pipe.as_fd(), PollFlags::POLLIN)];
            // An interruption ends the waiting only; it is not a fault.
            let _ = poll(&mut readable, PollTimeout::NONE);
            if !self.drain() {
                return;
            }
        }
    }

    /// Reads what is there. Returns whether more may come.
    fn drain(&self) -> bool {
        let mut last = self.last();
        let mut chunk = [0; KEPT];
        let mut taken = 0;
        while taken < MOST_AT_ONCE {
            match read(&self.pipe, &mut chunk) {
                Ok(0) => return false,
                Ok(length) => {
                    taken += length;
                    let room = KEPT - length;
                    let over = last.len().saturating_sub(room);
                    last.drain(..over);
                    last.extend(&chunk[..length]);
                }
                Err(Errno::EINTR) => {}
                Err(error) => return error == Errno::EAGAIN,
            }
        }
        true
    }

    fn last(&self) -> std::sync::MutexGuard<'_, VecDeque<u8>> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::{Command, Stdio};

    fn tail_of(script: &str) -> (std::process::Child, Tail) {
        let mut child = Command::new("sh").args(["-c", script]).stderr(Stdio::piped()).spawn().expect("a shell");
        let tail = Tail::of(child.stderr.take().expect("piped")).expect("a thread");
        (child, tail)
    }

    #[test]
    fn what_was_written_before_the_end_is_there_at_the_end() {
        for _ in 0..20 {
            let (mut child, tail) = tail_of("echo first >&2; echo last words >&2");
            child.wait().expect("it ends");
            assert_eq!(tail.text(), "first\nlast words");
        }
    }

    #[test]
    fn of_a_flood_the_end_is_kept_and_the_writer_never_waits() {
        // Far more than a pipe holds.
        let (mut child, tail) = tail_of("yes 0123456789 | head -c 8800000 >&2; echo the end >&2");
        assert!(child.wait().expect("nobody keeps it from ending").success());
        let text = tail.text();
        assert!(text.len() <= KEPT && text.ends_with("0123456789\nthe end"), "{text}");
    }

    #[test]
    fn of_a_line_without_end_a_part_is_quoted() {
        let (mut child, tail) = tail_of("yes $(printf '\\033[31m') | head -c 100000 | tr -d '\\n' >&2");
        child.wait().expect("it ends");
        let text = tail.text();
        assert!(text.chars().count() <= 200 && !text.contains('\u{1b}') && text.ends_with(" bytes)"), "{text}");
    }
}
