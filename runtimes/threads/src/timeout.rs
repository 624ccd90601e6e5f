//! Timeouts: a limit on the blocking calls of a future, and a sleep next to it for the rest.

use crate::limit;
use crate::sleep::Sleep;
use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::task::Poll;
use std::time::{Duration, Instant};

/// The output of `future`, or `None` once `time` has passed, counted from the call.
pub fn timeout<F: Future>(time: Duration, future: F) -> impl Future<Output = Option<F::Output>> {
    let deadline = Instant::now() + time;
    let sleep = Sleep::until(deadline);
    async move {
        let mut future = pin!(future);
        let mut sleep = sleep;
        poll_fn(move |context| {
            let limit = limit::current().map_or(deadline, |limit| limit.min(deadline));
            match limit::under(Some(limit), || future.as_mut().poll(context)) {
                Poll::Ready(output) => Poll::Ready(Some(output)),
                // A call that met its limit leaves no waker: the timeout that set the limit is due now.
                Poll::Pending => Pin::new(&mut sleep).poll(context).map(|()| None),
            }
        })
        .await
    }
}
