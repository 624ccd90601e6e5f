//! When the operations of an open loop begin.

use nix::sys::time::TimeSpec;
use nix::sys::timerfd::{ClockId, Expiration, TimerFd, TimerFlags, TimerSetTimeFlags};
use std::collections::VecDeque;
use std::io;
use std::time::{Duration, Instant};

/// The intended starts of one run, and the connections that are free for them.
pub(super) struct Pace {
    started: Instant,
    ops: u64,
    rate: u64,
    next: u64,
    /// Connections without an operation, the one that has been free for longest first.
    free: VecDeque<usize>,
    /// The operation that the timer is set for.
    timed: Option<u64>,
}

impl Pace {
    pub(super) fn new(started: Instant, ops: u64, rate: u64, connections: usize) -> Self {
        Pace { started, ops, rate: rate.max(1), next: 0, free: (0..connections).collect(), timed: None }
    }

    /// A connection has ended its operation.
    pub(super) fn free(&mut self, connection: usize) {
        self.free.push_back(connection);
    }

    /// The next operation whose time has come, if a connection is free for it: the connection, and the
    /// intended start.
    pub(super) fn due(&mut self) -> Option<(usize, Instant)> {
        let intended = self.intended()?;
        if intended > Instant::now() {
            return None;
        }
        self.next += 1;
        Some((self.free.pop_front()?, intended))
    }

    /// Sets the timer for the next operation, if a connection is free for it.
    pub(super) fn set(&mut self, timer: &TimerFd) -> io::Result<()> {
        if self.timed == Some(self.next) {
            return Ok(());
        }
        if let Some(intended) = self.intended() {
            // A time of 0 would disarm the timer.
            let left = intended.saturating_duration_since(Instant::now()).max(Duration::from_nanos(1));
            timer.set(Expiration::OneShot(TimeSpec::from_duration(left)), TimerSetTimeFlags::empty())?;
            self.timed = Some(self.next);
        }
        Ok(())
    }

    /// Start of the next operation: `next` / `rate` after the start of the run. `None` if there is no further
    /// one or no connection is free.
    fn intended(&self) -> Option<Instant> {
        if self.next >= self.ops || self.free.is_empty() {
            return None;
        }
        let after_ns = u128::from(self.next) * 1_000_000_000 / u128::from(self.rate);
        Some(self.started + Duration::from_nanos(u64::try_from(after_ns).unwrap_or(u64::MAX)))
    }
}

/// A timer that can be waited for together with sockets.
pub(super) fn timer() -> io::Result<TimerFd> {
    Ok(TimerFd::new(ClockId::CLOCK_MONOTONIC, TimerFlags::TFD_NONBLOCK | TimerFlags::TFD_CLOEXEC)?)
}

pub(super) fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operations_are_due_in_order_to_a_free_connection() {
        let started = Instant::now().checked_sub(Duration::from_secs(1)).unwrap();
        let mut pace = Pace::new(started, 3, 100, 2);
        assert_eq!(pace.due(), Some((0, started)));
        assert_eq!(pace.due(), Some((1, started + Duration::from_millis(10))));
        assert_eq!(pace.due(), None, "nobody is free");
        pace.free(1);
        assert_eq!(pace.due(), Some((1, started + Duration::from_millis(20))));
        pace.free(0);
        assert_eq!(pace.due(), None, "that was all");
    }

    #[test]
    fn nothing_is_due_before_its_time() {
        let mut pace = Pace::new(Instant::now() + Duration::from_secs(3600), 1, 100, 1);
        assert_eq!(pace.due(), None);
        let timer = timer().unwrap();
        pace.set(&timer).unwrap();
        assert!(timer.get().unwrap().is_some());
    }
}
