//! How a thread waits: `block_on`, and what the futures it drives are waiting for.
//!
//! Each thread keeps a list of the sockets and deadlines that its futures wait for, each with the waker of
//! the future that asked (a combinator such as `FuturesUnordered` polls only those of its futures that were
//! woken). With a socket on the list the thread parks in poll(2), otherwise it parks plainly, and a task that
//! only computes, sleeps or joins never makes a file descriptor.

use crate::limit::{poll_timeout, under};
use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::eventfd::{EfdFlags, EventFd};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::future::Future;
use std::net::TcpStream;
use std::os::fd::AsFd;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};
use std::time::Instant;

/// How another thread ends this one's wait.
struct Doorbell {
    thread: Thread,
    /// Made before the thread first waits in poll(2), which unparking does not end.
    event: Mutex<Option<Arc<EventFd>>>,
}

impl Doorbell {
    fn event(&self) -> Arc<EventFd> {
        let mut event = self.event.lock().unwrap_or_else(PoisonError::into_inner);
        let make = || Arc::new(EventFd::from_flags(EfdFlags::EFD_NONBLOCK | EfdFlags::EFD_CLOEXEC).expect("eventfd"));
        Arc::clone(event.get_or_insert_with(make))
    }

    fn ring(&self) {
        self.thread.unpark();
        let event = self.event.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(event) = event {
            // It fails only when 2^64 - 2 rings were not answered.
            let _ = event.write(1);
        }
    }
}

/// The waker of one `block_on`; calls nest on a thread (see `sequential`) and share its doorbell.
struct Signal {
    woken: AtomicBool,
    doorbell: Arc<Doorbell>,
}

impl Wake for Signal {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        // A thread that wakes itself is not waiting.
        if !self.woken.swap(true, Ordering::SeqCst) && thread::current().id() != self.doorbell.thread.id() {
            self.doorbell.ring();
        }
    }
}

struct Socket {
    /// Weak: waiting must not keep a socket open that its owner has dropped.
    stream: Weak<TcpStream>,
    interest: PollFlags,
    waker: Waker,
}

struct Waits {
    doorbell: Arc<Doorbell>,
    sockets: Vec<Socket>,
    deadlines: BTreeMap<(Instant, u64), Waker>,
}

thread_local! {
    static WAITS: RefCell<Waits> = RefCell::new(Waits {
        doorbell: Arc::new(Doorbell { thread: thread::current(), event: Mutex::new(None) }),
        sockets: Vec::new(),
        deadlines: BTreeMap::new(),
    });
}

/// Asks for `waker` to be woken once `stream` is ready for `interest`.
pub(crate) fn wait_for(stream: &Arc<TcpStream>, interest: PollFlags, waker: &Waker) {
    WAITS.with_borrow_mut(|waits| {
        let here = |socket: &&mut Socket| {
            socket.interest == interest && std::ptr::eq(socket.stream.as_ptr(), Arc::as_ptr(stream))
        };
        match waits.sockets.iter_mut().find(here) {
            Some(socket) => socket.waker.clone_from(waker),
            None => {
                let (stream, waker) = (Arc::downgrade(stream), waker.clone());
                waits.sockets.push(Socket { stream, interest, waker });
            }
        }
    });
}

/// Asks for `waker` to be woken at `deadline`; `id` distinguishes sleeps with the same deadline.
pub(crate) fn wait_until(deadline: Instant, id: u64, waker: &Waker) {
    WAITS.with_borrow_mut(|waits| waits.deadlines.insert((deadline, id), waker.clone()));
}

/// Cancels a deadline.
pub(crate) fn forget(deadline: Instant, id: u64) {
    // A thread that ends drops its futures when the list may already be gone.
    let _ = WAITS.try_with(|waits| waits.borrow_mut().deadlines.remove(&(deadline, id)));
}

/// Drives a future to its end on this thread.
pub fn block_on<F: Future>(future: F) -> F::Output {
    let doorbell = WAITS.with_borrow(|waits| Arc::clone(&waits.doorbell));
    let signal = Arc::new(Signal { woken: AtomicBool::new(false), doorbell });
    let waker = Waker::from(Arc::clone(&signal));
    let mut future = pin!(future);
    // If calls nest, a timeout around the call does not affect another task.
    under(None, || {
        loop {
            if let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
                return output;
            }
            while !signal.woken.swap(false, Ordering::SeqCst) {
                park(&signal);
            }
        }
    })
}

/// Waits until something on the list is ready or the doorbell rings, and wakes what is ready.
fn park(signal: &Signal) {
    let now = Instant::now();
    let (due, next, sockets) = WAITS.with_borrow_mut(|waits| {
        let later = waits.deadlines.split_off(&(now, u64::MAX));
        let due = std::mem::replace(&mut waits.deadlines, later);
        waits.sockets.retain(|socket| socket.stream.strong_count() > 0);
        let next = waits.deadlines.keys().next().map(|(deadline, _)| *deadline);
        (due, next, !waits.sockets.is_empty())
    });
    if !due.is_empty() {
        due.into_values().for_each(Waker::wake);
    } else if sockets {
        park_in_poll(signal, now, next);
    } else if let Some(next) = next {
        thread::park_timeout(next - now);
    } else {
        thread::park();
    }
}

fn park_in_poll(signal: &Signal, now: Instant, next: Option<Instant>) {
    let event = signal.doorbell.event();
    // A ring from before the event existed is seen here, a later one wakes poll(2).
    if signal.woken.load(Ordering::SeqCst) {
        return;
    }
    let timeout = next.map_or(PollTimeout::NONE, |next| poll_timeout(next - now));
    let ready = WAITS.with_borrow_mut(|waits| {
        let streams: Vec<Arc<TcpStream>> = waits.sockets.iter().filter_map(|socket| socket.stream.upgrade()).collect();
        // Another thread may have dropped one just now; then look again.
        if streams.len() != waits.sockets.len() {
            return Vec::new();
        }
        let interests = waits.sockets.iter().map(|socket| socket.interest);
        let mut fds: Vec<PollFd<'_>> =
            streams.iter().zip(interests).map(|(stream, interest)| PollFd::new(stream.as_fd(), interest)).collect();
        fds.push(PollFd::new((*event).as_fd(), PollFlags::POLLIN));
        match poll(&mut fds, timeout) {
            Ok(_) | Err(Errno::EINTR) => {}
            Err(error) => panic!("poll(2): {error}"),
        }
        let mut is_ready: Vec<bool> = fds.iter().map(|fd| fd.any().unwrap_or(true)).collect();
        if is_ready.pop() == Some(true) {
            let _ = event.read();
        }
        let mut is_ready = is_ready.into_iter();
        waits.sockets.extract_if(.., |_| is_ready.next() == Some(true)).collect()
    });
    ready.into_iter().for_each(|socket| socket.waker.wake());
}
