//! When a connection begins its next operation: closed loop or open loop.

use super::Runtime;
use loopswap_protocol::Meter;
use std::time::Instant;

/// The operations of one connection in one slice, in the order in which it begins them.
///
/// In a *closed loop* the next operation begins when the last has ended, and its time is a service time. A
/// server that stalls holds up the requests that would show it: few are late, however long it stalls.
/// In an *open loop* operations are meant to start at a given rate, whether or not answers come; each
/// connection takes on the next one, waits for its start (or begins at once, if that has passed), and the
/// time counts from the intended start: a response time. After Gil Tene, "How not to measure latency"
/// and wrk2.
#[derive(Debug)]
pub struct Load<'a, R> {
    rt: R,
    meter: &'a Meter,
    loops: Loops,
}

#[derive(Clone, Copy, Debug)]
enum Loops {
    Closed { left: u64 },
    Open { ops: u64, rate: u64 },
}

/// An operation under way.
#[derive(Clone, Copy, Debug)]
#[must_use = "an operation that does not end is not counted"]
pub enum Begun {
    /// Of a closed loop: when it began, in a counting slice.
    Closed(Option<Instant>),
    /// Of an open loop: when it was meant to begin.
    Open(Instant),
}

impl<'a, R: Runtime> Load<'a, R> {
    /// The load of connection `connection` of `connections` in a slice of `ops` operations.
    ///
    /// With a rate of 0 the operations are dealt out beforehand, to each connection its share; with any
    /// other each goes to the connection that is free for it.
    pub fn new(rt: R, meter: &'a Meter, ops: u64, rate: u64, (connection, connections): (u64, u64)) -> Self {
        let share = ops / connections + u64::from(connection < ops % connections);
        let loops = if rate == 0 { Loops::Closed { left: share } } else { Loops::Open { ops, rate } };
        Load { rt, meter, loops }
    }

    /// Begins the next operation once its time has come; `None` if there is no further one.
    pub async fn begin(&mut self) -> Option<Begun> {
        match &mut self.loops {
            Loops::Closed { left } => {
                *left = left.checked_sub(1)?;
                Some(Begun::Closed(self.meter.begin()))
            }
            Loops::Open { ops, rate } => {
                let intended = self.meter.claim(*ops, *rate)?;
                let early = intended.saturating_duration_since(Instant::now());
                if !early.is_zero() {
                    self.rt.sleep(early).await;
                }
                Some(Begun::Open(intended))
            }
        }
    }

    /// Ends an operation that was verified.
    pub fn end(&self, begun: Begun) {
        match begun {
            Begun::Closed(begun) => self.meter.end(begun),
            Begun::Open(intended) => self.meter.respond(intended),
        }
    }
}
