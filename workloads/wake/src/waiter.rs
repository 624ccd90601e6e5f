//! The waiter: makes a future, gives its other end away, awaits the value.

use futures_channel::mpsc::UnboundedSender;
use futures_channel::oneshot;
use std::time::{Duration, Instant};

/// What a future is completed with.
#[derive(Clone, Copy, Debug)]
pub(super) struct Value {
    /// Counts the completions of all waiters.
    pub(super) number: u64,
    /// When it was completed, in a counting slice.
    pub(super) at: Option<Instant>,
}

/// The value that a waiter got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Got {
    pub(super) number: u64,
    /// From the completion to the resumption, in a counting slice.
    pub(super) after: Option<Duration>,
}

/// A future to be completed, and the value of the previous one.
#[derive(Debug)]
pub(super) struct Given {
    /// The waiter that gives it.
    pub(super) index: usize,
    pub(super) got: Option<Got>,
    /// `set_result` is `send`.
    pub(super) future: oneshot::Sender<Value>,
}

/// One waiter. It always has a future given away, to be completed at any time.
#[derive(Debug)]
pub(super) struct Waiter {
    index: usize,
    giving: UnboundedSender<Given>,
    future: oneshot::Receiver<Value>,
}

impl Waiter {
    pub(super) fn new(index: usize, giving: UnboundedSender<Given>) -> Self {
        let future = give(&giving, index, None);
        Waiter { index, giving, future }
    }

    /// Awaits its future and gives the next one; false when there is no completer any more.
    pub(super) async fn wait(&mut self) -> bool {
        let Ok(Value { number, at }) = (&mut self.future).await else { return false };
        let got = Got { number, after: at.map(|at| at.elapsed()) };
        self.future = give(&self.giving, self.index, Some(got));
        true
    }

    pub(super) async fn wait_for_ever(mut self) {
        while self.wait().await {}
    }
}

fn give(giving: &UnboundedSender<Given>, index: usize, got: Option<Got>) -> oneshot::Receiver<Value> {
    let (future, awaited) = oneshot::channel();
    // If the completer is gone, the other end is dropped here, which ends the waiting.
    let _ = giving.unbounded_send(Given { index, got, future });
    awaited
}
