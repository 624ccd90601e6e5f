//! How long a process is waited for, and whether time counts in which it could not run.

use std::path::Path;
use std::time::{Duration, Instant};

/// No wait takes longer than this many times what it was given, however little of it the process could run.
const MOST: u32 = 10;

/// A wait for a process.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wait {
    began: Instant,
    time: Duration,
    /// When nothing is waited for any more.
    until: Option<Instant>,
    /// For how long the process had queued for a CPU when the wait began; `None` if that is not made up for.
    queued: Option<Duration>,
    end: Instant,
}

impl Wait {
    /// Waits for `time`, but no longer than `until`.
    pub(crate) fn begin(time: Duration, until: Option<Instant>) -> Wait {
        let began = Instant::now();
        let wait = Wait { began, time, until, queued: None, end: began };
        Wait { end: wait.ends_after(time), ..wait }
    }

    /// The same, longer by what this process queues for a CPU meanwhile: on a crowded machine it is not at fault.
    pub(crate) fn fair(self, pid: u32) -> Wait {
        Wait { queued: Some(queued(pid)), ..self }
    }

    /// When it ends.
    pub(crate) fn end(&self) -> Instant {
        self.end
    }

    /// What is left of it.
    pub(crate) fn left(&self) -> Duration {
        self.end.saturating_duration_since(Instant::now())
    }

    /// Whether it is over because nothing is waited for any more.
    pub(crate) fn is_cut(&self) -> bool {
        self.until == Some(self.end) && self.left().is_zero()
    }

    /// Whether a wait that has come to its end goes on, since this process queued for a CPU.
    pub(crate) fn goes_on(&mut self, pid: u32) -> bool {
        self.left().is_zero() && self.queued.is_some() && self.extended(queued(pid))
    }

    /// Moves the end by what the process has queued, which is `queued` by now; whether any time is left then.
    fn extended(&mut self, queued: Duration) -> bool {
        let lost = self.queued.map_or(Duration::ZERO, |before| queued.saturating_sub(before));
        self.end = self.ends_after((self.time + lost).min(self.time * MOST));
        !self.left().is_zero()
    }

    fn ends_after(&self, time: Duration) -> Instant {
        let own = self.began + time;
        self.until.map_or(own, |until| own.min(until))
    }
}

/// For how long the threads of a process together were ready to run, and had no CPU (the second number of
/// `/proc/PID/task/TID/schedstat`, in nanoseconds); zero if the kernel does not tell.
fn queued(pid: u32) -> Duration {
    let of = |thread: &Path| {
        let text = std::fs::read_to_string(thread.join("schedstat")).ok()?;
        text.split_whitespace().nth(1)?.parse().ok().map(Duration::from_nanos)
    };
    let threads = std::fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten().flatten();
    threads.filter_map(|thread| of(&thread.path())).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{child::Leashed, pin};

    const HOUR: Duration = Duration::from_secs(3600);

    #[test]
    fn a_wait_is_longer_by_what_the_process_has_queued_meanwhile() {
        let mut wait = Wait { queued: Some(HOUR), ..Wait::begin(HOUR, None) };
        let end = wait.end();
        assert!(wait.extended(HOUR * 3));
        assert_eq!(wait.end() - end, HOUR * 2);
        assert!(wait.extended(HOUR * 100));
        assert_eq!(wait.end() - end, HOUR * 9, "not for ever");
        assert!(!wait.is_cut());
    }

    #[test]
    fn a_wait_that_is_not_fair_or_has_lost_nothing_ends() {
        assert!(!Wait::begin(Duration::ZERO, None).goes_on(std::process::id()));
        let mut wait = Wait { queued: Some(HOUR), ..Wait::begin(Duration::ZERO, None) };
        assert!(!wait.extended(HOUR));
    }

    #[test]
    fn nothing_is_waited_for_beyond_the_end_of_all() {
        let until = Instant::now();
        let mut wait = Wait { queued: Some(Duration::ZERO), ..Wait::begin(HOUR, Some(until)) };
        assert!(!wait.extended(HOUR) && wait.is_cut());
        assert_eq!(wait.end(), until);
    }

    #[test]
    fn of_two_processes_that_compute_on_one_cpu_each_queues() {
        if let Some(reason) = pin::refused() {
            return eprintln!("skipped: {reason}");
        }
        let spins = ["sh", "-c", "while :; do :; done"].map(str::to_owned);
        let start = || Leashed::start(&spins, &pin::allowed()[..1]).expect("it starts");
        let both = [start(), start()];
        let waits = || both.iter().all(|process| queued(process.child.id()) > Duration::ZERO);
        // The bound only keeps a broken test from hanging; a kernel without the figure tells zero.
        let wait = Wait::begin(Duration::from_secs(60), None);
        while !waits() && !wait.left().is_zero() {
            std::thread::sleep(Duration::from_millis(10));
        }
        assert!(waits() || !Path::new("/proc/self/schedstat").exists());
    }
}
