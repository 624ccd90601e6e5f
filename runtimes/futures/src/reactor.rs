//! The waiting half of the event loop: sockets, deadlines, and the tasks that yielded.
//!
//! A future that cannot continue leaves its waker here and returns `Pending`. The executor, the other half,
//! runs every task that was woken and then takes a [turn](Reactor::turn): the reactor wakes what has become
//! ready, and sleeps in the kernel when nothing has.

use crate::bell::Bell;
use mio::{Events, Poll, Registry, Token};
use slab::Slab;
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, VecDeque};
use std::io::{self, ErrorKind};
use std::rc::Rc;
use std::sync::Arc;
use std::task::Waker;
use std::time::{Duration, Instant};

/// The token of the bell; sockets count from 0.
const BELL: Token = Token(usize::MAX);
/// While there is always a task to run, the kernel is asked about sockets in one turn of this many.
const TURNS_A_LOOK: u32 = 61;

/// The wakers that wait for a socket: its reader's and its writer's.
pub(crate) type Waiting = [Option<Waker>; 2];

/// What the tasks of one thread wait for.
#[derive(Debug)]
pub struct Reactor {
    epoll: RefCell<(Poll, Events)>,
    pub(crate) registry: Registry,
    bell: Arc<Bell>,
    pub(crate) sockets: RefCell<Slab<Waiting>>,
    /// By time; the number distinguishes sleeps that are due at the same instant.
    deadlines: RefCell<BTreeMap<(Instant, u64), Waker>>,
    sleeps: Cell<u64>,
    yielded: RefCell<VecDeque<Waker>>,
    turns: Cell<u32>,
}

thread_local! {
    static CURRENT: RefCell<Option<Rc<Reactor>>> = const { RefCell::new(None) };
}

impl Reactor {
    /// Makes a reactor, which is this thread's until [`leave`](Reactor::leave).
    ///
    /// # Errors
    /// When the kernel has no more file descriptors.
    pub fn enter() -> io::Result<Rc<Self>> {
        let poll = Poll::new()?;
        let registry = poll.registry().try_clone()?;
        let bell = Arc::new(Bell::new(mio::Waker::new(&registry, BELL)?));
        let reactor = Rc::new(Reactor {
            epoll: RefCell::new((poll, Events::with_capacity(1024))),
            registry,
            bell,
            sockets: RefCell::default(),
            deadlines: RefCell::default(),
            sleeps: Cell::new(0),
            yielded: RefCell::default(),
            turns: Cell::new(0),
        });
        CURRENT.set(Some(Rc::clone(&reactor)));
        Ok(reactor)
    }

    /// Takes the thread's reactor away.
    pub fn leave() {
        CURRENT.set(None);
    }

    pub(crate) fn current() -> Rc<Self> {
        CURRENT.with_borrow(Clone::clone).expect("sockets and timers are made by tasks")
    }

    /// Tells the loop, from any thread, that there is something to run.
    pub fn waker(&self) -> Waker {
        Waker::from(Arc::clone(&self.bell))
    }

    /// One turn: wakes tasks that yielded, then sleeps that are due, then tasks whose socket is ready. Waits
    /// for the next of these if there is nothing to run.
    ///
    /// # Errors
    /// Those of `epoll_wait(2)`.
    pub fn turn(&self) -> io::Result<()> {
        let gave_way = self.yielded.borrow().len();
        for _ in 0..gave_way {
            // One by one: a task that is woken may come here again.
            let waker = self.yielded.borrow_mut().pop_front();
            waker.into_iter().for_each(Waker::wake);
        }
        let next = self.wake_due();
        if self.bell.may_sleep() {
            self.look(next)?;
        } else {
            self.turns.set(self.turns.get().wrapping_add(1));
            if self.turns.get().is_multiple_of(TURNS_A_LOOK) {
                self.look(Some(Duration::ZERO))?;
            }
        }
        self.bell.answer();
        Ok(())
    }

    /// Wakes the sleeps that are over; returns how long the next one has left.
    fn wake_due(&self) -> Option<Duration> {
        if self.deadlines.borrow().is_empty() {
            return None;
        }
        let now = Instant::now();
        loop {
            let mut deadlines = self.deadlines.borrow_mut();
            let first = deadlines.first_entry()?;
            let left = first.key().0.saturating_duration_since(now);
            if !left.is_zero() {
                return Some(left);
            }
            let waker = first.remove();
            drop(deadlines);
            waker.wake();
        }
    }

    /// Waits for sockets, no longer than `time` (which the kernel counts in milliseconds, rounded up), and
    /// wakes the tasks that wait for those that are ready.
    fn look(&self, time: Option<Duration>) -> io::Result<()> {
        let (poll, events) = &mut *self.epoll.borrow_mut();
        match poll.poll(events, time) {
            Err(error) if error.kind() == ErrorKind::Interrupted => return Ok(()),
            result => result?,
        }
        // Awake again: those woken below need not ring in the kernel.
        self.bell.answer();
        for event in &*events {
            // An error matters to both; a task that is woken in vain tries and waits again.
            let reader = event.is_readable() || event.is_read_closed() || event.is_error();
            let writer = event.is_writable() || event.is_write_closed() || event.is_error();
            let mut woken = [None, None];
            // The bell has no entry here, nor has a socket that was just closed.
            if let Some(waiting) = self.sockets.borrow_mut().get_mut(event.token().0) {
                woken = [reader.then(|| waiting[0].take()).flatten(), writer.then(|| waiting[1].take()).flatten()];
            }
            woken.into_iter().flatten().for_each(Waker::wake);
        }
        Ok(())
    }

    /// An id for a sleep that begins.
    pub(crate) fn next_sleep(&self) -> u64 {
        self.sleeps.replace(self.sleeps.get() + 1)
    }

    /// Asks for `waker` to be woken at `deadline`.
    pub(crate) fn wait_until(&self, deadline: (Instant, u64), waker: &Waker) {
        self.deadlines.borrow_mut().insert(deadline, waker.clone());
    }

    /// Cancels a deadline.
    pub(crate) fn forget(&self, deadline: (Instant, u64)) {
        self.deadlines.borrow_mut().remove(&deadline);
    }

    /// Asks for `waker` to be woken when everything else that is ready has run.
    pub(crate) fn give_way(&self, waker: &Waker) {
        self.yielded.borrow_mut().push_back(waker.clone());
    }
}
