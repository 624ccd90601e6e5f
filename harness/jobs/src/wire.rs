//! Jobs and their results as bytes: what goes to a process that does jobs, and what comes back.
//!
//! A request is 25 bytes: a letter, then three numbers of 64 bits, lowest byte first. `s` is a job that
//! sleeps: its number, its seed, nanoseconds. `c` is one that computes: its number, its seed, steps. `n` asks
//! how many jobs were done so far, and its numbers are 0. An answer is 16 bytes, two such numbers: the number
//! of the job and its result; or 0 and how many jobs were done.

use crate::{Done, Job, Work};
use std::time::Duration;

/// Length of a request, in bytes.
pub const REQUEST_BYTES: usize = 25;
/// Length of an answer, in bytes.
pub const ANSWER_BYTES: usize = 16;

/// The request that asks how many jobs were done.
pub const COUNT: [u8; REQUEST_BYTES] = {
    let mut bytes = [0; REQUEST_BYTES];
    bytes[0] = b'n';
    bytes
};

/// What a client wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Request {
    /// A job done.
    Job(Job),
    /// The number of jobs done so far.
    Count,
}

impl Request {
    /// Reads a request; `None` if it is malformed.
    #[must_use]
    pub fn read(bytes: &[u8; REQUEST_BYTES]) -> Option<Request> {
        let (number, seed, amount) = (word(bytes, 1), word(bytes, 9), word(bytes, 17));
        let work = match bytes[0] {
            b's' => Work::Sleep(Duration::from_nanos(amount)),
            b'c' => Work::Compute(amount),
            b'n' if *bytes == COUNT => return Some(Request::Count),
            _ => return None,
        };
        Some(Request::Job(Job { number, seed, work }))
    }
}

impl Job {
    /// The request for this job.
    #[must_use]
    pub fn to_bytes(self) -> [u8; REQUEST_BYTES] {
        let (letter, amount) = match self.work {
            Work::Sleep(time) => (b's', u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)),
            Work::Compute(count) => (b'c', count),
        };
        let mut bytes = [0; REQUEST_BYTES];
        bytes[0] = letter;
        bytes[1..9].copy_from_slice(&self.number.to_le_bytes());
        bytes[9..17].copy_from_slice(&self.seed.to_le_bytes());
        bytes[17..].copy_from_slice(&amount.to_le_bytes());
        bytes
    }
}

impl Done {
    /// The answer.
    #[must_use]
    pub fn to_bytes(self) -> [u8; ANSWER_BYTES] {
        let mut bytes = [0; ANSWER_BYTES];
        bytes[..8].copy_from_slice(&self.number.to_le_bytes());
        bytes[8..].copy_from_slice(&self.result.to_le_bytes());
        bytes
    }

    /// Reads an answer.
    #[must_use]
    pub fn read(bytes: &[u8; ANSWER_BYTES]) -> Done {
        Done { number: word(bytes, 0), result: word(bytes, 8) }
    }
}

fn word(bytes: &[u8], at: usize) -> u64 {
    (0..8).rev().fold(0, |word, byte| word << 8 | u64::from(bytes[at + byte]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jobs_and_answers_come_back_from_their_bytes() {
        for work in [Work::Sleep(Duration::from_micros(1500)), Work::Compute(500_000)] {
            let job = Job { number: 3, seed: u64::MAX, work };
            assert_eq!(Request::read(&job.to_bytes()), Some(Request::Job(job)));
        }
        assert_eq!(Request::read(&COUNT), Some(Request::Count));
        let done = Done { number: 3, result: 0x0102_0304_0506_0708 };
        assert_eq!(Done::read(&done.to_bytes()), done);
    }

    #[test]
    fn what_is_no_request_is_refused() {
        let mut bytes = Job { number: 0, seed: 0, work: Work::Compute(0) }.to_bytes();
        bytes[0] = b'x';
        assert_eq!(Request::read(&bytes), None);
        assert_eq!(Request::read(&[b'n'; REQUEST_BYTES]), None);
    }
}
