//! Sleeping and yielding, as futures that leave their waker with the reactor.

use crate::Reactor;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

/// Completes at a deadline that is set when it is made.
#[derive(Debug)]
pub struct Sleep {
    reactor: Rc<Reactor>,
    deadline: (Instant, u64),
    waits: bool,
}

impl Sleep {
    /// A sleep that ends after `time`, to be made inside a task.
    #[must_use]
    pub fn new(time: Duration) -> Self {
        let reactor = Reactor::current();
        let deadline = (Instant::now() + time, reactor.next_sleep());
        Sleep { reactor, deadline, waits: false }
    }
}

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if Instant::now() >= self.deadline.0 {
            return Poll::Ready(());
        }
        self.reactor.wait_until(self.deadline, context.waker());
        self.waits = true;
        Poll::Pending
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        if self.waits {
            self.reactor.forget(self.deadline);
        }
    }
}

/// Completes once everything else that is ready has run.
pub fn yield_now() -> impl Future<Output = ()> {
    let mut yielded = false;
    poll_fn(move |context| {
        if std::mem::replace(&mut yielded, true) {
            return Poll::Ready(());
        }
        Reactor::current().give_way(context.waker());
        Poll::Pending
    })
}
