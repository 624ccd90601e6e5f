//! The load client: opens connections to the runtime under test and puts load on it.
//!
//! It is the same for every runtime, and made to cost less than the server that answers it: an epoll(7) loop
//! on one thread, no task and no allocation for an operation, one read and one write if a message fits into
//! the socket. Every answer is checked: each byte of an echo (no two messages are alike), status and body of
//! an HTTP answer.
//!
//! A runner drives it over a control connection with the messages of [`loopswap_protocol::load`]; every
//! control connection is a thread of its own with its own connections to its own server, so that all the
//! runners of a generation can keep theirs open, while one at a time asks for operations.
//!
//! In a closed loop operations are dealt out beforehand, to each connection its share; in an open loop each
//! goes to the connection that has been free for longest, at its intended start, which a timerfd(2) signals
//! to the microsecond.

mod connection;
mod exchange;
mod pace;
mod session;
mod traffic;
mod trouble;

#[cfg(feature = "fuzz")]
pub use session::hear;
pub use session::serve;

use loopswap_protocol::load::{Answer, Order, Stats};
use std::io;
use std::net::SocketAddr;

/// What the load client at `address` has done.
///
/// # Errors
/// No connection, no answer for 5 seconds, or an answer that is not [`Stats`].
pub fn stats(address: SocketAddr) -> io::Result<Stats> {
    match crate::lines::ask(address, &Order::Stats {})? {
        Answer::Stats(stats) => Ok(stats),
        other => Err(io::Error::new(io::ErrorKind::InvalidData, format!("{address} answered {other:?}"))),
    }
}
