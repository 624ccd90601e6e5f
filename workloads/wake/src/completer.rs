//! The completer: gives every waiter a value, and checks that each got its own.
//!
//! The same code runs in a task of the runtime and on a thread next to it, which sleeps while it has nothing
//! to do.

use super::waiter::{Given, Got, Value};
use futures_channel::mpsc::{UnboundedReceiver, UnboundedSender};
use futures_channel::oneshot;
use loopswap_rt::{Fault, Meter};
use std::sync::Arc;
use std::time::Instant;

/// One slice: this many rounds, each of which completes a future of every waiter.
#[derive(Debug)]
pub(super) struct Command {
    pub(super) rounds: u64,
    pub(super) meter: Arc<Meter>,
}

/// The completer's state.
#[derive(Debug)]
pub(super) struct Completer {
    given: UnboundedReceiver<Given>,
    /// The future that each waiter has given, until it is completed.
    futures: Vec<Option<oneshot::Sender<Value>>>,
    /// Completions so far: the value of the next one.
    completed: u64,
    /// Waiters that came back in a different order than they were completed in.
    out_of_order: u64,
}

impl Completer {
    pub(super) fn new(waiters: usize, given: UnboundedReceiver<Given>) -> Self {
        let futures = (0..waiters).map(|_| None).collect();
        Completer { given, futures, completed: 0, out_of_order: 0 }
    }

    /// Takes commands until there are no more, and reports how each slice went.
    pub(super) async fn serve(
        mut self,
        mut commands: UnboundedReceiver<Command>,
        telling: UnboundedSender<Result<(), Fault>>,
    ) {
        while let Ok(command) = commands.recv().await {
            let outcome = self.slice(&command).await;
            if telling.unbounded_send(outcome).is_err() {
                break;
            }
        }
    }

    async fn slice(&mut self, command: &Command) -> Result<(), Fault> {
        let Command { rounds, meter } = command;
        self.out_of_order = 0;
        // The futures of the first slice arrive now, those of any other came with its last round.
        if self.futures.iter().any(Option::is_none) {
            self.collect(None, meter).await?;
        }
        for _ in 0..*rounds {
            let first = self.complete(meter)?;
            self.collect(Some(first), meter).await?;
            meter.add(self.futures.len() as u64);
        }
        let all = rounds * self.futures.len() as u64;
        meter.note("resumed_out_of_order", self.out_of_order as f64 / all.max(1) as f64);
        Ok(())
    }

    /// Completes the future of every waiter, in order; returns the first value given.
    fn complete(&mut self, meter: &Meter) -> Result<u64, Fault> {
        let first = self.completed;
        for (index, future) in self.futures.iter_mut().enumerate() {
            let at = meter.is_counting().then(Instant::now);
            let value = Value { number: self.completed, at };
            future
                .take()
                .and_then(|future| future.send(value).ok())
                .ok_or_else(|| Fault::Wrong(format!("waiter {index} does not await its future")))?;
            self.completed += 1;
        }
        Ok(first)
    }

    /// Waits until every waiter has given its next future, and checks what it got: the values from
    /// `first` on, or nothing yet.
    async fn collect(&mut self, first: Option<u64>, meter: &Meter) -> Result<(), Fault> {
        for place in 0..self.futures.len() {
            let Given { index, got, future } =
                self.given.recv().await.map_err(|_| Fault::Failed("the waiters have ended".into()))?;
            self.out_of_order += u64::from(index != place);
            let expected = first.map(|first| first + index as u64);
            if got.map(|got| got.number) != expected {
                return Err(Fault::Wrong(format!("waiter {index} got {got:?}, not value {expected:?}")));
            }
            if let Some(Got { after: Some(after), .. }) = got {
                meter.latency(after);
            }
            if self.futures[index].replace(future).is_some() {
                return Err(Fault::Wrong(format!("waiter {index} came back twice")));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::waiter::Waiter;
    use super::*;
    use futures_channel::mpsc::unbounded;
    use futures_lite::future::{block_on, poll_once, zip};

    fn timing() -> Arc<Meter> {
        Arc::new(Meter::timing(3, 1, 1))
    }

    #[test]
    fn every_waiter_gets_its_own_values_in_order() {
        let (giving, given) = unbounded();
        let mut completer = Completer::new(3, given);
        let mut waiters: Vec<Waiter> = (0..3).map(|index| Waiter::new(index, giving.clone())).collect();
        let meter = Arc::new(Meter::counting());
        for slice in 1..4 {
            let command = Command { rounds: 5, meter: Arc::clone(&meter) };
            let waiting = async {
                for _ in 0..5 {
                    for waiter in waiters.iter_mut().rev() {
                        assert!(waiter.wait().await);
                    }
                }
            };
            let (outcome, ()) = block_on(zip(completer.slice(&command), waiting));
            assert_eq!((outcome, meter.done(), completer.completed), (Ok(()), slice * 15, slice * 15));
            assert_eq!(completer.out_of_order, 10, "the first and the last of each round changed places");
        }
        let (latency, notes) = meter.counted();
        assert!(latency.is_some() && notes.contains_key("resumed_out_of_order"));
    }

    #[test]
    fn a_value_that_goes_astray_is_found() {
        for (index, number) in [(0, Some(1)), (1, Some(0)), (0, None)] {
            let (giving, given) = unbounded();
            let mut completer = Completer::new(2, given);
            let (future, _awaited) = oneshot::channel();
            let got = number.map(|number| Got { number, after: None });
            giving.unbounded_send(Given { index, got, future }).expect("the completer is there");
            let found = block_on(completer.collect(Some(0), &timing()));
            assert!(matches!(found, Err(Fault::Wrong(_))), "waiter {index} with {number:?}: {found:?}");
        }
    }

    #[test]
    fn a_waiter_that_does_not_wait_any_more_is_found() {
        let (giving, given) = unbounded();
        let mut completer = Completer::new(1, given);
        let waiter = Waiter::new(0, giving);
        block_on(poll_once(completer.collect(None, &timing()))).expect("it is given").expect("and well");
        drop(waiter);
        assert!(matches!(completer.complete(&timing()), Err(Fault::Wrong(_))));
    }

    #[test]
    fn waiters_end_when_nobody_completes() {
        let (giving, given) = unbounded();
        let waiter = Waiter::new(0, giving);
        drop(given);
        block_on(waiter.wait_for_ever());
    }
}
