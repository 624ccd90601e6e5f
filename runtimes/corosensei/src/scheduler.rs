//! A task is a coroutine: its own stack, on which its future is driven to the end.
//!
//! When the future has to wait, the stack is left as it is and the thread resumes another one; when its waker
//! is called, it enters the queue and is soon resumed. The reactor of `loopswap-futures` wakes it (for
//! sockets, deadlines, other threads).

use crate::stacks::Stacks;
use corosensei::{Coroutine, CoroutineResult, Yielder};
use loopswap_futures::{FuturesTask, Reactor, split};
use loopswap_rt::Refusal;
use slab::Slab;
use std::cell::RefCell;
use std::future::Future;
use std::io;
use std::panic::resume_unwind;
use std::pin::pin;
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Wake, Waker};

type Task = Coroutine<(), (), ()>;

/// Coroutines that are ready, in the order in which they were woken, from any thread.
struct Ready {
    queue: Mutex<Vec<Arc<Turn>>>,
    /// Wakes the loop when it sleeps.
    bell: Waker,
}

impl Ready {
    /// Swaps the queue with an empty list.
    fn swap(&self, turns: &mut Vec<Arc<Turn>>) {
        std::mem::swap(turns, &mut self.queue.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

/// The waker of a coroutine.
struct Turn {
    key: usize,
    /// It is in the queue already.
    queued: AtomicBool,
    ready: Arc<Ready>,
}

impl Wake for Turn {
    fn wake(self: Arc<Self>) {
        if !self.queued.swap(true, Ordering::SeqCst) {
            let ready = Arc::clone(&self.ready);
            ready.queue.lock().unwrap_or_else(PoisonError::into_inner).push(self);
            ready.bell.wake_by_ref();
        }
    }
}

/// The coroutines of a thread.
struct Scheduler {
    ready: Arc<Ready>,
    /// By number; a place is empty while its coroutine runs.
    tasks: RefCell<Slab<Option<Task>>>,
    stacks: RefCell<Stacks>,
}

thread_local! {
    static CURRENT: RefCell<Option<Rc<Scheduler>>> = const { RefCell::new(None) };
}

/// Starts a coroutine for `task` on this thread. Dropping its handle leaves it alone.
///
/// # Errors
/// When the operating system gives it no stack.
///
/// # Panics
/// On a thread where no coroutine runs.
pub fn spawn<F>(task: F) -> Result<FuturesTask<F::Output>, Refusal>
where
    F: Future + 'static,
    F::Output: 'static,
{
    let scheduler = CURRENT.with_borrow(Clone::clone).expect("tasks are spawned by tasks");
    let (task, handle) = split(task);
    let stack = scheduler.stacks.borrow_mut().take()?;
    let key = scheduler.tasks.borrow().vacant_key();
    let waker =
        Waker::from(Arc::new(Turn { key, queued: AtomicBool::new(false), ready: Arc::clone(&scheduler.ready) }));
    waker.wake_by_ref();
    // A closure of at most a kilobyte is handed over: the future comes in a box, which is unpacked there.
    let task = Box::new(task);
    let coroutine = Coroutine::with_stack(stack, move |yielder: &Yielder<(), ()>, ()| drive(*task, &waker, yielder));
    scheduler.tasks.borrow_mut().insert(Some(coroutine));
    Ok(handle)
}

/// The body of a coroutine: polls its future, which lies on the coroutine's stack, until it is ready.
fn drive(task: impl Future<Output = ()>, waker: &Waker, yielder: &Yielder<(), ()>) {
    let mut task = pin!(task);
    while task.as_mut().poll(&mut Context::from_waker(waker)).is_pending() {
        yielder.suspend(());
    }
}

impl Scheduler {
    /// Resumes a coroutine until it waits or ends.
    fn resume(&self, turn: &Turn) {
        // From here on it may be woken again.
        turn.queued.store(false, Ordering::SeqCst);
        // A waker may outlive its coroutine.
        let Some(mut task) = self.tasks.borrow_mut().get_mut(turn.key).and_then(Option::take) else { return };
        match task.resume(()) {
            CoroutineResult::Yield(()) => self.tasks.borrow_mut()[turn.key] = Some(task),
            CoroutineResult::Return(()) => {
                self.tasks.borrow_mut().remove(turn.key);
                self.stacks.borrow_mut().give_back(task.into_stack());
            }
        }
    }

    /// Drops what is left: each stack is unwound, which drops the future on it. That may spawn another.
    fn clear(&self) {
        loop {
            // Wakers in the queue point back to the queue.
            self.ready.swap(&mut Vec::new());
            let tasks = self.tasks.take();
            if tasks.is_empty() {
                return;
            }
            drop(tasks);
        }
    }
}

/// Runs the body of one of `shards` shards, which `start` makes, as a coroutine of this thread until it
/// ends. Coroutines that are left then are dropped.
///
/// # Errors
/// When the kernel has no more file descriptors, and those of `epoll_wait(2)`.
///
/// # Panics
/// With the panic of the body.
pub fn run<F>(shards: usize, start: impl FnOnce() -> F) -> io::Result<F::Output>
where
    F: Future + 'static,
    F::Output: 'static,
{
    let reactor = Reactor::enter()?;
    let ready = Arc::new(Ready { queue: Mutex::default(), bell: reactor.waker() });
    let scheduler = Rc::new(Scheduler {
        ready: Arc::clone(&ready),
        tasks: RefCell::default(),
        stacks: RefCell::new(Stacks::of_one(shards)),
    });
    CURRENT.set(Some(Rc::clone(&scheduler)));
    let mut body = spawn(start()).map_err(io::Error::other)?;
    let mut turns = Vec::new();
    let output = loop {
        // All that were ready when the turn began, once.
        ready.swap(&mut turns);
        turns.drain(..).for_each(|turn| scheduler.resume(&turn));
        if let Some(output) = body.ended() {
            break output;
        }
        reactor.turn()?;
    };
    scheduler.clear();
    CURRENT.set(None);
    Reactor::leave();
    Ok(output.unwrap_or_else(|panic| resume_unwind(panic)))
}
