//! The tasks of a thread, and the loop that polls them.

use crate::again;
use loopswap_rt::Task;
use std::any::Any;
use std::cell::RefCell;
use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use std::thread;

/// A task of any kind; it is identified by its slot.
trait Queued: Future<Output = ()> {
    fn slot(&self) -> *const ();
}

/// Requests to the loop while it polls.
#[derive(Default)]
struct Asked {
    /// Tasks spawned since the current round began: they are the first of the next one.
    spawned: Vec<Pin<Box<dyn Queued>>>,
    /// The slots of tasks to be dropped, held so that no new task gets the same slot.
    cancelled: Vec<Rc<dyn Any>>,
}

thread_local! {
    static ASKED: RefCell<Asked> = const { RefCell::new(Asked { spawned: Vec::new(), cancelled: Vec::new() }) };
}

type Slot<T> = Rc<RefCell<Option<thread::Result<T>>>>;

/// The handle of a task: the slot into which it puts its result.
#[derive(Debug)]
pub struct NullTask<T>(Slot<T>);

impl<T> Future for NullTask<T> {
    type Output = T;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<T> {
        let result = self.0.borrow_mut().take();
        match result {
            Some(Ok(output)) => Poll::Ready(output),
            Some(Err(panic)) => resume_unwind(panic),
            None => again(context),
        }
    }
}

impl<T: 'static> Task<T> for NullTask<T> {
    fn cancel(self) -> impl Future<Output = Option<T>> + 'static {
        let slot: Rc<dyn Any> = self.0.clone();
        ASKED.with_borrow_mut(|asked| asked.cancelled.push(slot));
        poll_fn(move |context| {
            // The task drops its own reference to the slot when it ends, the loop drops the one above.
            if Rc::strong_count(&self.0) > 1 {
                return again(context);
            }
            let result = self.0.borrow_mut().take();
            Poll::Ready(result.map(|ended| ended.unwrap_or_else(|panic| resume_unwind(panic))))
        })
    }
}

pub(crate) fn spawn<F>(task: F) -> NullTask<F::Output>
where
    F: Future + 'static,
    F::Output: 'static,
{
    let slot = Rc::new(RefCell::new(None));
    let handle = NullTask(Rc::clone(&slot));
    let running = Box::pin(Running { task: Box::pin(task), slot });
    ASKED.with_borrow_mut(|asked| asked.spawned.push(running));
    handle
}

/// Runs `body` as a task until it ends. Tasks that are left then are dropped.
pub(crate) fn run<F>(body: F) -> F::Output
where
    F: Future + 'static,
    F::Output: 'static,
{
    let mut context = Context::from_waker(Waker::noop());
    let body = spawn(body);
    let mut tasks: Vec<Pin<Box<dyn Queued>>> = Vec::new();
    let output = loop {
        let Asked { spawned, cancelled } = ASKED.take();
        // New tasks go first, so that a task that yields has let those it spawned run.
        tasks.splice(0..0, spawned);
        if !cancelled.is_empty() {
            let is_cancelled = |slot| cancelled.iter().any(|other| std::ptr::addr_eq(Rc::as_ptr(other), slot));
            tasks.retain(|task| !is_cancelled(task.slot()));
        }
        // `retain_mut` keeps the order: round robin.
        tasks.retain_mut(|task| task.as_mut().poll(&mut context).is_pending());
        if let Some(output) = body.0.take() {
            break output;
        }
    };
    // Dropping a task may spawn another.
    drop(tasks);
    while !ASKED.with_borrow(|asked| asked.spawned.is_empty()) {
        drop(ASKED.take());
    }
    output.unwrap_or_else(|panic| resume_unwind(panic))
}

/// A task: a future that leaves its output, or its panic, in a slot.
struct Running<F: Future> {
    task: Pin<Box<F>>,
    slot: Slot<F::Output>,
}

impl<F: Future> Future for Running<F> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let result = match catch_unwind(AssertUnwindSafe(|| self.task.as_mut().poll(context))) {
            Ok(Poll::Pending) => return Poll::Pending,
            Ok(Poll::Ready(output)) => Ok(output),
            Err(panic) => Err(panic),
        };
        *self.slot.borrow_mut() = Some(result);
        Poll::Ready(())
    }
}

impl<F: Future> Queued for Running<F> {
    fn slot(&self) -> *const () {
        Rc::as_ptr(&self.slot).cast()
    }
}
