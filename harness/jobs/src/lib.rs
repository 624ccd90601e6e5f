//! Jobs that block the thread they run on: a blocking sleep, and a computation.
//!
//! A [`Job`] is the same everywhere: in a task on the loop, on a thread of a pool, in another process that
//! got it as bytes. The result, [`Done`], names the job and proves that it was done; [`Check`] computes the
//! proof in another way. There is no runtime, no clock of a measurement and no I/O here, and the crate is
//! compiled once, so that every runtime runs the same machine code.

mod wire;
mod xorshift;

pub use wire::{ANSWER_BYTES, COUNT, REQUEST_BYTES, Request};
pub use xorshift::{Leap, steps};

use std::fmt;
use std::time::{Duration, Instant};

/// What a job does to its thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Work {
    /// Blocks it for this long, like a call that waits: `time.sleep`, a file, a library without asyncio.
    Sleep(Duration),
    /// Computes this many steps of a generator, each of which needs the one before.
    Compute(u64),
}

/// One job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Job {
    /// Its number; a computation starts from it, so that no two have the same result.
    pub number: u64,
    /// Seed of the case.
    pub seed: u64,
    /// What it does.
    pub work: Work,
}

/// The result of a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Done {
    /// The number of the job.
    pub number: u64,
    /// For a sleep the nanoseconds that it took, for a computation its last state.
    pub result: u64,
}

impl Job {
    /// Does it, on this thread.
    #[must_use]
    pub fn run(self) -> Done {
        let result = match self.work {
            Work::Sleep(time) => {
                let asleep = Instant::now();
                std::thread::sleep(time);
                u64::try_from(asleep.elapsed().as_nanos()).unwrap_or(u64::MAX)
            }
            Work::Compute(count) => steps(self.start(), count),
        };
        Done { number: self.number, result }
    }

    /// The state from which a computation starts; a xorshift generator that starts at 0 stays there.
    fn start(self) -> u64 {
        self.seed.wrapping_add(self.number).wrapping_shl(1) | 1
    }
}

/// The result is not that of the job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake(String);

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Mistake {}

/// Knows the results of jobs of one kind without doing them.
#[derive(Clone, Debug)]
pub struct Check {
    work: Work,
    leap: Leap,
}

impl Check {
    /// A check of jobs that do `work`.
    #[must_use]
    pub fn new(work: Work) -> Self {
        let count = match work {
            Work::Sleep(_) => 0,
            Work::Compute(count) => count,
        };
        Check { work, leap: Leap::new(count) }
    }

    /// Checks that `done` is the result of `job`.
    ///
    /// # Errors
    /// A sentence with what was expected and what came.
    pub fn check(&self, job: Job, done: Done) -> Result<(), Mistake> {
        let Done { number, result } = done;
        if job.work != self.work || number != job.number {
            return Err(Mistake(format!("job {} gave the result of job {number}", job.number)));
        }
        match self.work {
            Work::Sleep(time) if u128::from(result) < time.as_nanos() => {
                Err(Mistake(format!("job {number} was to block for {time:?} and did for {result} ns")))
            }
            Work::Sleep(_) => Ok(()),
            Work::Compute(_) => {
                let expected = self.leap.over(job.start());
                if result == expected {
                    Ok(())
                } else {
                    Err(Mistake(format!("job {number} computed {result:#x}, expected {expected:#x}")))
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn job(number: u64, work: Work) -> Job {
        Job { number, seed: 7, work }
    }

    #[test]
    fn what_a_job_gives_is_found_right() {
        for work in [Work::Sleep(Duration::from_millis(1)), Work::Compute(1000), Work::Compute(0)] {
            let check = Check::new(work);
            for number in 0..5 {
                let job = job(number, work);
                assert_eq!(check.check(job, job.run()), Ok(()), "{work:?}");
            }
        }
    }

    #[test]
    fn no_two_jobs_give_the_same() {
        let work = Work::Compute(10);
        let results: std::collections::BTreeSet<_> = (0..100).map(|number| job(number, work).run().result).collect();
        assert_eq!(results.len(), 100);
    }

    #[test]
    fn what_is_wrong_is_found_wrong() {
        let (compute, sleep) = (Work::Compute(1000), Work::Sleep(Duration::from_millis(5)));
        let right = job(3, compute).run();
        let check = Check::new(compute);
        for done in [Done { number: 4, ..right }, Done { result: right.result ^ 1, ..right }] {
            assert!(check.check(job(3, compute), done).is_err(), "{done:?}");
        }
        let swapped = Done { number: 3, ..job(4, compute).run() };
        assert!(check.check(job(3, compute), swapped).is_err(), "the result of another job under its number");
        assert!(Check::new(sleep).check(job(3, sleep), Done { number: 3, result: 4_999_999 }).is_err(), "too short");
        assert!(check.check(job(3, sleep), right).is_err(), "another kind of job");
    }
}
