//! Lines over the pipes of a child process: each within a time, and of a bounded length.
//!
//! The other end may be wrong in any way: it may write a byte now and then and never a line, a line without
//! an end, or never read. None of that takes longer than the given time, nor more memory than [`MOST_BYTES`].

use nix::errno::Errno;
use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use std::io::{self, Read, Write};
use std::os::fd::AsFd;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// Longest line, in bytes. The largest message of the protocol, a full histogram of latencies, has a tenth.
pub const MOST_BYTES: usize = 4 << 20;
/// Most bytes of one read.
const CHUNK: usize = 16 << 10;

/// Why there is no line.
#[derive(Debug)]
pub enum NoLine {
    /// The time is over. This many bytes of a line without an end had come.
    Late {
        /// Their number.
        begun: usize,
    },
    /// A line is longer than [`MOST_BYTES`].
    TooLong,
    /// The pipe closed.
    Closed,
    /// A flag asked to stop waiting.
    Stopped,
    /// The system failed.
    Failed(io::Error),
}

/// Reads lines from a pipe.
#[derive(Debug)]
pub struct LinesIn<R> {
    pipe: R,
    /// Bytes that have arrived and are not yet taken as lines.
    buffer: Vec<u8>,
    /// Bytes of `buffer` that contain no end of a line.
    searched: usize,
}

impl<R: Read + AsFd> LinesIn<R> {
    /// Reads lines from `pipe`.
    pub fn new(pipe: R) -> LinesIn<R> {
        LinesIn { pipe, buffer: Vec::with_capacity(4096), searched: 0 }
    }

    /// Makes the pipe as small as it can be: a page (`F_SETPIPE_SZ` of `fcntl(2)`).
    ///
    /// # Errors
    /// Those of `fcntl(2)`.
    pub fn narrow(&self) -> io::Result<()> {
        fcntl(&self.pipe, FcntlArg::F_SETPIPE_SZ(1))?;
        Ok(())
    }

    /// Whether something was read that has not been taken yet.
    #[must_use]
    pub fn has_more(&self) -> bool {
        !self.buffer.is_empty()
    }

    /// Waits for the next line until `deadline` or until `stop` is set, and returns it with its end.
    ///
    /// # Errors
    /// Why there is no line.
    pub fn next_line(&mut self, deadline: Instant, stop: &AtomicBool) -> Result<Vec<u8>, NoLine> {
        loop {
            if let Some(end) = self.buffer[self.searched..].iter().position(|byte| *byte == b'\n') {
                let line = self.buffer.drain(..=self.searched + end).collect();
                self.searched = 0;
                return Ok(line);
            }
            self.searched = self.buffer.len();
            if self.searched > MOST_BYTES {
                return Err(NoLine::TooLong);
            }
            if stop.load(Ordering::Relaxed) {
                return Err(NoLine::Stopped);
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(NoLine::Late { begun: self.buffer.len() });
            }
            if ready(&self.pipe, PollFlags::POLLIN, left).map_err(NoLine::Failed)? {
                self.fill()?;
            }
        }
    }

    fn fill(&mut self) -> Result<(), NoLine> {
        let mut chunk = [0; CHUNK];
        match self.pipe.read(&mut chunk) {
            Ok(0) => Err(NoLine::Closed),
            Ok(length) => {
                self.buffer.extend_from_slice(&chunk[..length]);
                Ok(())
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => Ok(()),
            Err(error) => Err(NoLine::Failed(error)),
        }
    }
}

/// Makes writing to a pipe fail with `WouldBlock` instead of waiting; only this end of it is affected.
///
/// # Errors
/// Those of `fcntl(2)`.
pub fn never_block(pipe: &impl AsFd) -> io::Result<()> {
    let flags = OFlag::from_bits_retain(fcntl(pipe, FcntlArg::F_GETFL)?);
    fcntl(pipe, FcntlArg::F_SETFL(flags | OFlag::O_NONBLOCK))?;
    Ok(())
}

/// Writes all bytes to a pipe that [never blocks](never_block), or fails with `TimedOut` at `deadline`, if
/// the other end does not read.
///
/// # Errors
/// Those of writing.
pub fn write_until(pipe: &mut (impl Write + AsFd), mut bytes: &[u8], deadline: Instant) -> io::Result<()> {
    while !bytes.is_empty() {
        match pipe.write(bytes) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(length) => bytes = &bytes[length..],
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                let left = deadline.saturating_duration_since(Instant::now());
                if left.is_zero() {
                    return Err(io::ErrorKind::TimedOut.into());
                }
                ready(&*pipe, PollFlags::POLLOUT, left)?;
            }
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Waits until a pipe can be read or written, or is closed; false if the time was over first, or a signal
/// came.
fn ready(pipe: &impl AsFd, flags: PollFlags, time: Duration) -> io::Result<bool> {
    let mut waited = [PollFd::new(pipe.as_fd(), flags)];
    // Rounded up, so that the last millisecond is not a busy loop.
    let timeout = PollTimeout::try_from(time + Duration::from_millis(1)).unwrap_or(PollTimeout::MAX);
    match poll(&mut waited, timeout) {
        Ok(0) | Err(Errno::EINTR) => Ok(false),
        Ok(_) => Ok(true),
        Err(error) => Err(error.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::pipe;

    static NEVER: AtomicBool = AtomicBool::new(false);

    fn soon() -> Instant {
        Instant::now() + Duration::from_millis(50)
    }

    fn long() -> Instant {
        Instant::now() + Duration::from_mins(1)
    }

    #[test]
    fn lines_come_one_by_one_however_they_were_written() {
        let (reader, mut writer) = pipe().expect("a pipe");
        let mut lines = LinesIn::new(reader);
        writer.write_all(b"one\ntwo\nth").expect("room");
        assert_eq!(lines.next_line(long(), &NEVER).expect("a line"), b"one\n");
        assert_eq!(lines.next_line(long(), &NEVER).expect("a line"), b"two\n");
        assert!(lines.has_more());
        assert!(matches!(lines.next_line(soon(), &NEVER), Err(NoLine::Late { begun: 2 })));
        writer.write_all(b"ree\n").expect("room");
        assert_eq!(lines.next_line(long(), &NEVER).expect("a line"), b"three\n");
        drop(writer);
        assert!(matches!(lines.next_line(long(), &NEVER), Err(NoLine::Closed)));
    }

    #[test]
    fn a_trickle_without_a_line_ends_in_time() {
        let (reader, mut writer) = pipe().expect("a pipe");
        std::thread::spawn(move || {
            while writer.write_all(b".").is_ok() {
                std::thread::sleep(Duration::from_millis(2));
            }
        });
        let mut lines = LinesIn::new(reader);
        assert!(matches!(lines.next_line(soon(), &NEVER), Err(NoLine::Late { .. })));
    }

    #[test]
    fn a_line_without_an_end_is_not_kept() {
        let (reader, mut writer) = pipe().expect("a pipe");
        std::thread::spawn(move || while writer.write_all(&[b'x'; 64 << 10]).is_ok() {});
        let mut lines = LinesIn::new(reader);
        assert!(matches!(lines.next_line(long(), &NEVER), Err(NoLine::TooLong)));
        assert!(lines.buffer.len() <= MOST_BYTES + CHUNK);
    }

    #[test]
    fn a_flag_stops_the_waiting() {
        let (reader, _writer) = pipe().expect("a pipe");
        let mut lines = LinesIn::new(reader);
        assert!(matches!(lines.next_line(long(), &AtomicBool::new(true)), Err(NoLine::Stopped)));
    }

    #[test]
    fn writing_to_somebody_who_does_not_read_ends_in_time() {
        let (_reader, mut writer) = pipe().expect("a pipe");
        never_block(&writer).expect("a descriptor");
        let error = write_until(&mut writer, &vec![0; 1 << 20], soon()).expect_err("a pipe holds less");
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
    }

    #[test]
    fn all_is_written_to_somebody_who_reads_slowly() {
        let (mut reader, mut writer) = pipe().expect("a pipe");
        never_block(&writer).expect("a descriptor");
        let read = std::thread::spawn(move || {
            let mut all = Vec::new();
            reader.read_to_end(&mut all).map(|_| all)
        });
        let sent: Vec<u8> = (0..1 << 20).map(|number: u32| number.to_le_bytes()[0]).collect();
        write_until(&mut writer, &sent, long()).expect("it is read");
        drop(writer);
        assert!(read.join().expect("it ends").expect("a pipe") == sent);
    }
}
