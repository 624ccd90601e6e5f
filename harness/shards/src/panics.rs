//! Panics on their way from a task to its joiner.
//!
//! For runtimes that let a panic in a task tear down its thread: their adapters catch it in the task. A
//! task's output could bring its panic along in a box, but then every output would be something to
//! drop, at each stage of the task: that is a third of the price of a spawn (12 ns on 37). So a panic
//! is left here, in the thread that runs the task, and the output is at most a number. A panic that
//! nobody awaits stays until the thread ends.

use pin_project_lite::pin_project;
use std::any::Any;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::{Context, Poll};

/// The payload of a panic.
pub type Payload = Box<dyn Any + Send>;

/// Where a panic was left.
#[derive(Clone, Copy, Debug)]
pub struct Left(u64);

pin_project! {
    /// A task whose panic is left behind; see [`catch`].
    #[derive(Debug)]
    pub struct Caught<F> {
        #[pin]
        task: F,
    }
}

/// Wraps a task: if it panics, the panic is left for its joiner.
///
/// It is futures' `catch_unwind` and `map` in one: a task is polled through it again and again, and each
/// layer that keeps its own state costs some nanoseconds of a hand-over.
pub fn catch<F: Future>(task: F) -> Caught<F> {
    Caught { task }
}

impl<F: Future> Future for Caught<F> {
    type Output = Result<F::Output, Left>;

    #[inline]
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let task = self.project().task;
        // Polling a task that has panicked breaks the contract of futures, and no executor does it.
        match catch_unwind(AssertUnwindSafe(|| task.poll(context))) {
            Ok(Poll::Pending) => Poll::Pending,
            Ok(Poll::Ready(output)) => Poll::Ready(Ok(output)),
            Err(panic) => Poll::Ready(Err(leave(panic))),
        }
    }
}

struct Panics {
    last: u64,
    waiting: BTreeMap<u64, Payload>,
}

thread_local! {
    static PANICS: RefCell<Panics> = const { RefCell::new(Panics { last: 0, waiting: BTreeMap::new() }) };
}

/// Leaves a panic for the joiner of its task.
#[cold]
#[must_use]
pub fn leave(panic: Payload) -> Left {
    PANICS.with_borrow_mut(|panics| {
        panics.last += 1;
        panics.waiting.insert(panics.last, panic);
        Left(panics.last)
    })
}

/// Takes a panic that was left on this thread.
#[cold]
#[must_use]
pub fn take(left: Left) -> Payload {
    let panic = PANICS.with_borrow_mut(|panics| panics.waiting.remove(&left.0));
    // Tasks and their handles stay on their thread; awaiting one elsewhere still panics.
    panic.unwrap_or_else(|| Box::new("a task of another thread panicked"))
}

#[cfg(test)]
mod tests {
    use super::{catch, leave, take};
    use std::future::{Future as _, ready};
    use std::panic::resume_unwind;
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};

    #[test]
    fn each_panic_is_taken_from_where_it_was_left() {
        let (one, two) = (leave(Box::new("one")), leave(Box::new("two")));
        assert_eq!(take(two).downcast_ref(), Some(&"two"));
        assert_eq!(take(one).downcast_ref(), Some(&"one"));
    }

    fn panics() {
        resume_unwind(Box::new("mine"));
    }

    #[test]
    fn a_task_that_panics_leaves_its_panic_and_another_its_output() {
        let mut context = Context::from_waker(Waker::noop());
        let Poll::Ready(Ok(7)) = pin!(catch(ready(7))).poll(&mut context) else { panic!("it is ready") };
        assert!(pin!(catch(std::future::pending::<()>())).poll(&mut context).is_pending());
        let Poll::Ready(Err(left)) = pin!(catch(async { panics() })).poll(&mut context) else { panic!("it panicked") };
        assert_eq!(take(left).downcast_ref(), Some(&"mine"));
    }

    #[test]
    fn on_another_thread_something_is_heard_of_it() {
        let left = leave(Box::new("here"));
        let there = std::thread::spawn(move || take(left)).join().expect("no panic of its own");
        assert_eq!(there.downcast_ref(), Some(&"a task of another thread panicked"));
        assert_eq!(take(left).downcast_ref(), Some(&"here"));
    }
}
