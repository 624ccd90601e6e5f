//! A sleep that leaves its thread to the other futures of the same task.

use crate::park::{forget, wait_until};
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

/// Completes at a deadline that is set when it is made.
#[derive(Debug)]
pub(crate) struct Sleep {
    deadline: Instant,
    id: u64,
}

impl Sleep {
    pub(crate) fn new(time: Duration) -> Self {
        Sleep::until(Instant::now() + time)
    }

    pub(crate) fn until(deadline: Instant) -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        Sleep { deadline, id: NEXT.fetch_add(1, Ordering::Relaxed) }
    }
}

impl Future for Sleep {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if Instant::now() >= self.deadline {
            return Poll::Ready(());
        }
        wait_until(self.deadline, self.id, context.waker());
        Poll::Pending
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        forget(self.deadline, self.id);
    }
}
