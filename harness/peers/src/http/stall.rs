//! A server that regularly stops answering for a while, as one that collects garbage does.

use std::time::Duration;

/// All answers wait for the last `length` of every `every`, counted from when the origin began to serve.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stall {
    length: Duration,
    every: Duration,
}

impl Stall {
    /// A stall of `length` in every `every`; `None` if the length is zero.
    ///
    /// # Errors
    /// When one stall would not end before the next begins.
    pub fn new(length: Duration, every: Duration) -> Result<Option<Stall>, String> {
        if length.is_zero() {
            Ok(None)
        } else if length < every {
            Ok(Some(Stall { length, every }))
        } else {
            Err(format!("A stall of {length:?} must be shorter than the time from one to the next, {every:?}."))
        }
    }

    /// How long an answer still has to wait at `time` after the start of the origin.
    pub(super) fn left(self, time: Duration) -> Option<Duration> {
        let every = self.every.as_nanos();
        let passed = time.as_nanos() % every;
        let begins = every - self.length.as_nanos();
        let left = u64::try_from(every - passed).unwrap_or(u64::MAX);
        (passed >= begins).then(|| Duration::from_nanos(left))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(time: u64) -> Duration {
        Duration::from_millis(time)
    }

    #[test]
    fn the_end_of_every_period_is_stalled() {
        let stall = Stall::new(ms(200), ms(2000)).unwrap().unwrap();
        assert_eq!(stall.left(ms(0)), None);
        assert_eq!(stall.left(ms(1799)), None);
        assert_eq!(stall.left(ms(1800)), Some(ms(200)));
        assert_eq!(stall.left(ms(3999)), Some(ms(1)));
        assert_eq!(stall.left(ms(4000)), None);
    }

    #[test]
    fn a_stall_ends_before_the_next() {
        assert_eq!(Stall::new(ms(0), ms(0)), Ok(None));
        assert!(Stall::new(ms(2), ms(2)).unwrap_err().contains("shorter than"));
    }
}
