//! Proof that a task really yielded.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

/// A future that also says how often it was polled: a task that yields `n` times is polled more often
/// than `n` times.
#[derive(Debug)]
pub struct Polls<F> {
    future: Pin<Box<F>>,
    polls: u64,
}

impl<F: Future> Polls<F> {
    /// Counts the polls of `future`.
    pub fn of(future: F) -> Self {
        Polls { future: Box::pin(future), polls: 0 }
    }
}

impl<F: Future> Future for Polls<F> {
    type Output = (F::Output, u64);

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        self.polls += 1;
        self.future.as_mut().poll(context).map(|output| (output, self.polls))
    }
}
