//! The running half of the event loop: the tasks of a thread, and the loop itself.

use crate::Reactor;
use crate::task::{FuturesTask, split};
use futures::stream::{FuturesUnordered, StreamExt as _};
use std::cell::RefCell;
use std::future::Future;
use std::io;
use std::panic::resume_unwind;
use std::pin::Pin;
use std::task::{Context, Poll};

type Task = Pin<Box<dyn Future<Output = ()>>>;

thread_local! {
    /// Tasks that were spawned in this turn of the loop.
    static SPAWNED: RefCell<Vec<Task>> = const { RefCell::new(Vec::new()) };
}

/// Starts a task on the loop of this thread. Dropping its handle leaves it alone.
pub fn spawn<F>(task: F) -> FuturesTask<F::Output>
where
    F: Future + 'static,
    F::Output: 'static,
{
    let (task, handle) = split(task);
    SPAWNED.with_borrow_mut(|spawned| spawned.push(Box::pin(task)));
    handle
}

/// Runs `body` as a task until it ends, on a loop of this thread. Tasks that are left then are dropped.
///
/// # Errors
/// When the kernel has no more file descriptors, and those of `epoll_wait(2)`.
///
/// # Panics
/// With the panic of `body`.
pub fn run<F>(body: F) -> io::Result<F::Output>
where
    F: Future + 'static,
    F::Output: 'static,
{
    let reactor = Reactor::enter()?;
    let waker = reactor.waker();
    let mut context = Context::from_waker(&waker);
    let mut body = spawn(body);
    let mut tasks = FuturesUnordered::new();
    let output = loop {
        // Polls the tasks that were woken, first come, first served; a task that ends leaves the set.
        while let Poll::Ready(Some(())) = tasks.poll_next_unpin(&mut context) {}
        if let Some(output) = body.ended() {
            break output;
        }
        // New tasks are queued before those that yielded to them.
        let spawned = SPAWNED.take();
        if !spawned.is_empty() {
            tasks.extend(spawned);
            waker.wake_by_ref();
        }
        reactor.turn()?;
    };
    drop(tasks);
    // Dropping a task may spawn another.
    while !SPAWNED.with_borrow(Vec::is_empty) {
        drop(SPAWNED.take());
    }
    Reactor::leave();
    Ok(output.unwrap_or_else(|panic| resume_unwind(panic)))
}
