//! One task, tallied.

use super::Tasks;
use crate::MaybeSend;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{Context, Wake, Waker};

/// The same task, which counts its polls and hands on wakers that count.
pub(super) fn watched<F: Future + MaybeSend>(
    task: F,
    tasks: &'static Tasks,
) -> impl Future<Output = F::Output> + MaybeSend {
    async move {
        let mut task = pin!(task);
        let mut last: Option<(Arc<Counting>, Waker)> = None;
        poll_fn(|context| {
            tasks.polls.fetch_add(1, Ordering::Relaxed);
            // Kept as long as the runtime's own waker stays the same: a reactor that finds another waker than
            // the last time takes it for another task, and wakes both.
            let (_, counting) = match last.take() {
                Some(kept) if kept.0.waker.will_wake(context.waker()) => last.insert(kept),
                _ => last.insert(counting(context.waker(), tasks)),
            };
            task.as_mut().poll(&mut Context::from_waker(counting))
        })
        .await
    }
}

/// A waker that counts and then wakes the runtime's.
fn counting(waker: &Waker, tasks: &'static Tasks) -> (Arc<Counting>, Waker) {
    let counting = Arc::new(Counting { waker: waker.clone(), tasks });
    (Arc::clone(&counting), Waker::from(counting))
}

struct Counting {
    waker: Waker,
    tasks: &'static Tasks,
}

impl Wake for Counting {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.tasks.wakeups.fetch_add(1, Ordering::Relaxed);
        self.waker.wake_by_ref();
    }
}
