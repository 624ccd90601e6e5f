//! The tasks of a thread, and the loop that polls them.

use crate::again;
use std::cell::RefCell;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use std::thread;

type Task = Pin<Box<dyn Future<Output = ()>>>;

thread_local! {
    /// Tasks spawned since the current round began: they are the first of the next one.
    static SPAWNED: RefCell<Vec<Task>> = const { RefCell::new(Vec::new()) };
}

/// The handle of a task: the slot into which it puts its result.
#[derive(Debug)]
pub struct NullTask<T>(Rc<RefCell<Option<thread::Result<T>>>>);

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

pub(crate) fn spawn<F>(task: F) -> NullTask<F::Output>
where
    F: Future + 'static,
    F::Output: 'static,
{
    let slot = Rc::new(RefCell::new(None));
    let handle = NullTask(Rc::clone(&slot));
    SPAWNED.with_borrow_mut(|spawned| {
        spawned.push(Box::pin(async move {
            let result = CatchPanic(Box::pin(task)).await;
            *slot.borrow_mut() = Some(result);
        }));
    });
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
    let mut tasks: Vec<Task> = Vec::new();
    let output = loop {
        // New tasks go first, so that one which yields has let those it spawned run.
        tasks.splice(0..0, SPAWNED.take());
        // `retain_mut` keeps the order: round robin.
        tasks.retain_mut(|task| task.as_mut().poll(&mut context).is_pending());
        if let Some(output) = body.0.take() {
            break output;
        }
    };
    // Dropping a task may spawn another.
    drop(tasks);
    while !SPAWNED.with_borrow(Vec::is_empty) {
        drop(SPAWNED.take());
    }
    output.unwrap_or_else(|panic| resume_unwind(panic))
}

/// A future's output, or its panic.
struct CatchPanic<F>(Pin<Box<F>>);

impl<F: Future> Future for CatchPanic<F> {
    type Output = thread::Result<F::Output>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        match catch_unwind(AssertUnwindSafe(|| self.0.as_mut().poll(context))) {
            Ok(Poll::Pending) => Poll::Pending,
            Ok(Poll::Ready(output)) => Poll::Ready(Ok(output)),
            Err(panic) => Poll::Ready(Err(panic)),
        }
    }
}
