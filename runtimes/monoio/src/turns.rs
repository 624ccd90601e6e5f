//! Yielding. monoio 0.2 has no `yield_now`, and a task that wakes itself while it runs goes to the
//! *front* of the queue: it would be polled again at once, and starve every other task.
//!
//! A waker that is called from outside goes to the back. So a task that yields leaves its waker with the root
//! of its thread, and wakes the root; the root's turn comes after every task that is ready, and it wakes all
//! that have yielded by then. That costs a yield one poll of the root, shared by all that yield in the same
//! round, and no allocation.

use std::cell::RefCell;
use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};

/// The tasks that have yielded on a thread, and the one that hands the turn on to them.
struct Turns {
    root: Option<Waker>,
    yielded: Vec<Waker>,
}

thread_local! {
    static TURNS: RefCell<Turns> = const { RefCell::new(Turns { root: None, yielded: Vec::new() }) };
}

/// Lets every other task that is ready on this thread run at least once.
pub(crate) fn yield_now() -> impl Future<Output = ()> + 'static {
    YieldNow { yielded: false }
}

struct YieldNow {
    yielded: bool,
}

impl Future for YieldNow {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if self.yielded {
            return Poll::Ready(());
        }
        self.yielded = true;
        TURNS.with_borrow_mut(|turns| {
            turns.yielded.push(context.waker().clone());
            // The first to yield in a round wakes the root, which takes the others along.
            if turns.yielded.len() == 1
                && let Some(root) = &turns.root
            {
                root.wake_by_ref();
            }
        });
        Poll::Pending
    }
}

/// The body wakes this in place of the root: so the root knows for whom it was woken, and a round of turns
/// need not ask the body whether it has ended.
struct Bell {
    // Set and read on one thread; only the type has to allow for others.
    rung: AtomicBool,
    root: Waker,
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.rung.store(true, Ordering::Relaxed);
        self.root.wake_by_ref();
    }
}

/// The root of a thread: completes with `body`, and hands turns on until then.
pub(crate) async fn until<F: Future>(body: F) -> F::Output {
    let mut body = pin!(body);
    // monoio polls its root with one waker, from the first time to the last.
    let root = std::future::poll_fn(|context| Poll::Ready(context.waker().clone())).await;
    TURNS.with_borrow_mut(|turns| turns.root = Some(root.clone()));
    let bell = Arc::new(Bell { rung: AtomicBool::new(true), root });
    let waker = Waker::from(Arc::clone(&bell));
    let mut hand_on = Vec::new();
    let output = std::future::poll_fn(|_| {
        TURNS.with_borrow_mut(|turns| std::mem::swap(&mut turns.yielded, &mut hand_on));
        for waker in hand_on.drain(..) {
            waker.wake();
        }
        if !bell.rung.load(Ordering::Relaxed) {
            return Poll::Pending;
        }
        bell.rung.store(false, Ordering::Relaxed);
        body.as_mut().poll(&mut Context::from_waker(&waker))
    })
    .await;
    // A waker may hold the last reference to its task: drop it while the runtime still exists.
    let turns = TURNS.with_borrow_mut(|turns| (turns.root.take(), std::mem::take(&mut turns.yielded)));
    drop(turns);
    output
}
