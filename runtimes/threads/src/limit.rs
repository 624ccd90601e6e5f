//! The limit of blocking calls: while a future is polled inside a timeout, they end at its deadline.
//!
//! A thread that waits in a call cannot be asked to drop its task, so the call itself is given a limit, as a
//! threaded program does with `SO_RCVTIMEO`. Outside a timeout a call only costs one more look at a
//! thread-local value.

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use std::cell::Cell;
use std::future::{Future, poll_fn};
use std::io;
use std::net::{SocketAddr, TcpStream};
use std::os::fd::AsFd;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::thread;
use std::time::{Duration, Instant};

thread_local! {
    /// The earliest end of the timeouts around the current poll.
    static LIMIT: Cell<Option<Instant>> = const { Cell::new(None) };
}

/// Restores the previous limit, even if the code under the other one panics.
struct Restore(Option<Instant>);

impl Drop for Restore {
    fn drop(&mut self) {
        LIMIT.set(self.0);
    }
}

/// Runs `call` under another limit.
pub(crate) fn under<T>(limit: Option<Instant>, call: impl FnOnce() -> T) -> T {
    let _restore = Restore(LIMIT.replace(limit));
    call()
}

/// When blocking calls end now, if they have a limit.
pub(crate) fn current() -> Option<Instant> {
    LIMIT.get()
}

/// Whether blocking calls have a limit now.
pub(crate) fn limited() -> bool {
    LIMIT.get().is_some()
}

/// Waits until a socket is ready, if blocking calls have a limit; without one the call itself waits.
pub(crate) async fn ready(socket: &impl AsFd, interest: PollFlags) {
    poll_fn(|_| LIMIT.get().map_or(Poll::Ready(()), |limit| ready_until(limit, socket, interest))).await;
}

fn ready_until(limit: Instant, socket: &impl AsFd, interest: PollFlags) -> Poll<()> {
    loop {
        let left = limit.saturating_duration_since(Instant::now());
        let mut fds = [PollFd::new(socket.as_fd(), interest)];
        match poll(&mut fds, poll_timeout(left)) {
            Ok(0) if left.is_zero() => return Poll::Pending,
            Ok(0) | Err(Errno::EINTR) => {}
            // Errors are returned by the call that follows.
            Ok(_) | Err(_) => return Poll::Ready(()),
        }
    }
}

/// In poll(2)'s unit: whole milliseconds, rounded up, so that no wait ends early.
pub(crate) fn poll_timeout(time: Duration) -> PollTimeout {
    PollTimeout::from(u16::try_from(time.as_nanos().div_ceil(1_000_000)).unwrap_or(u16::MAX))
}

/// connect(2), within the limit if there is one.
pub(crate) async fn connect(to: SocketAddr) -> io::Result<TcpStream> {
    poll_fn(|_| {
        let Some(limit) = LIMIT.get() else { return Poll::Ready(TcpStream::connect(to)) };
        let left = limit.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Poll::Pending;
        }
        match TcpStream::connect_timeout(&to, left) {
            // The kernel has a timeout of its own, which is an error.
            Err(error) if error.kind() == io::ErrorKind::TimedOut && Instant::now() >= limit => Poll::Pending,
            result => Poll::Ready(result),
        }
    })
    .await
}

/// A sleep that blocks its thread when it is first polled, for a runtime that runs one task at a time.
#[derive(Debug)]
pub enum Nap {
    /// Not started.
    For(Duration),
    /// Started, and cut short by a timeout.
    Until(Instant),
}

impl Nap {
    /// Sleeps for `time`, counted from the first poll.
    #[must_use]
    pub fn new(time: Duration) -> Self {
        Nap::For(time)
    }
}

impl Future for Nap {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        let limit = LIMIT.get();
        let end = match (&*self, limit) {
            (Nap::For(time), None) => {
                thread::sleep(*time);
                return Poll::Ready(());
            }
            (Nap::For(time), Some(_)) => Instant::now() + *time,
            (Nap::Until(end), _) => *end,
        };
        let wake = limit.map_or(end, |limit| limit.min(end));
        thread::sleep(wake.saturating_duration_since(Instant::now()));
        if wake == end {
            return Poll::Ready(());
        }
        *self = Nap::Until(end);
        Poll::Pending
    }
}
