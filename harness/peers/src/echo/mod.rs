//! The echo server: every byte that comes over a connection goes back over it.
//!
//! It knows nothing of messages: it reads what is there, at most 64 KiB, and writes it back before it reads
//! again. There is a second address for its counts: `{"stats":{}}` on a line is answered with a line of
//! [`Stats`].

mod server;

pub use server::serve;

use serde::{Deserialize, Serialize};
use std::io;
use std::net::SocketAddr;

/// What an echo server has sent back since it started.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stats {
    /// Bytes. A client that has read a byte finds it counted.
    pub bytes: u64,
    /// Connections that were accepted.
    pub connections: u64,
}

/// A question on the second address.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Question {
    Stats {},
}

/// Asks the echo server with this control address what it has sent back.
///
/// # Errors
/// No connection, no answer for 5 seconds, or an answer that is not [`Stats`].
pub fn stats(control: SocketAddr) -> io::Result<Stats> {
    crate::lines::ask(control, &Question::Stats {})
}
