//! How late a runtime is for those who wait on it: a heartbeat while something else goes on.

use super::{Fault, Runtime};
use loopswap_protocol::Meter;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::{Duration, Instant};

/// Beats at fixed times, each of which waits for the runtime's timer, and records how late each comes.
///
/// The times are fixed beforehand: if a job holds up the loop for ten beats, these are ten latencies, from
/// the longest down to the last, and not a single one (as a ticker that asks anew after each waking would
/// record, which hides how long the loop was blocked: Tene's "coordinated omission"). The latencies include
/// the coarseness of the runtime's timer.
#[derive(Debug)]
pub struct Heartbeat<R> {
    rt: R,
    every: Duration,
    next: Instant,
    meter: Arc<Meter>,
}

impl<R: Runtime> Heartbeat<R> {
    /// Beats every `every`, which must not be zero, from the first such time after now.
    pub fn new(rt: R, every: Duration, meter: &Arc<Meter>) -> Self {
        let every = every.max(Duration::from_micros(1));
        Heartbeat { rt, every, next: Instant::now() + every, meter: Arc::clone(meter) }
    }

    /// Beats, in this task, until `work` completes, and returns its output. Beats that were due by then and
    /// did not come are recorded as late by that much.
    ///
    /// # Errors
    /// When a beat comes before its time.
    pub async fn during<F: Future>(mut self, work: F) -> Result<F::Output, Fault> {
        let mut work = pin!(work);
        loop {
            let mut beat = pin!(self.rt.sleep(self.next.saturating_duration_since(Instant::now())));
            // The work comes first each time: where a sleep blocks its thread nothing else would have it polled.
            let ended = poll_fn(|context| match work.as_mut().poll(context) {
                Poll::Ready(output) => Poll::Ready(Some(output)),
                Poll::Pending => beat.as_mut().poll(context).map(|()| None),
            });
            let (ended, now) = (ended.await, Instant::now());
            if ended.is_none() && now < self.next {
                return Err(Fault::Wrong(format!("a beat came {:?} before its time", self.next - now)));
            }
            self.tell(now);
            if let Some(output) = ended {
                return Ok(output);
            }
        }
    }
}

impl<R> Heartbeat<R> {
    /// Records every beat that is due at `now`.
    fn tell(&mut self, now: Instant) {
        while self.next <= now {
            self.meter.latency(now - self.next);
            self.next += self.every;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The clock is a script, which alone determines what is recorded.
    #[test]
    fn every_beat_that_is_due_is_told_once() {
        let (start, every) = (Instant::now(), Duration::from_millis(2));
        let meter = Arc::new(Meter::counting());
        let mut heart = Heartbeat { rt: (), every, next: start + every, meter: Arc::clone(&meter) };
        for (passed_ms, beats, next_ms) in [(1, 0, 2), (7, 3, 8), (7, 3, 8), (8, 4, 10), (100, 50, 102)] {
            heart.tell(start + Duration::from_millis(passed_ms));
            assert_eq!(meter.latencies(), beats, "after {passed_ms} ms");
            assert_eq!(heart.next, start + Duration::from_millis(next_ms), "after {passed_ms} ms");
        }
    }
}
