//! Sockets, with owned buffers: native for completion-based runtimes, free for readiness-based ones.

use crate::MaybeSend;
use std::future::Future;
use std::io;
use std::net::SocketAddr;

/// The result of an operation together with the buffer that was lent to it.
pub type Buf<T> = (io::Result<T>, Vec<u8>);

/// A connected TCP socket. Dropping it closes it, at the latest when its thread next waits (where the
/// kernel closes as it reads, by completion).
pub trait Stream: MaybeSend + 'static {
    /// The same socket with the traits that hyper asks for.
    type Hyper: hyper::rt::Read + hyper::rt::Write + Unpin + MaybeSend + 'static;

    /// Reads once, at most `buf.len()` bytes, into the front of `buf`, and returns how many came; 0
    /// at the end of the stream. The buffer comes back with its length unchanged.
    ///
    /// # Errors
    /// Those of `recv(2)`.
    fn read(&mut self, buf: Vec<u8>) -> impl Future<Output = Buf<usize>> + MaybeSend;

    /// Writes all of `buf`.
    ///
    /// # Errors
    /// Those of `send(2)`.
    fn write_all(&mut self, buf: Vec<u8>) -> impl Future<Output = Buf<()>> + MaybeSend;

    /// Closes the writing half: the other end reads what was written, then the end of the stream.
    /// Reading goes on.
    ///
    /// # Errors
    /// Those of `shutdown(2)`.
    fn shutdown(&mut self) -> impl Future<Output = io::Result<()>> + MaybeSend;

    /// Whether `TCP_NODELAY` is set: it is, on every socket that the runtime connects or accepts.
    ///
    /// # Errors
    /// Those of `getsockopt(2)`.
    fn nodelay(&self) -> io::Result<bool>;

    /// Turns the socket into one that hyper can drive.
    fn into_hyper(self) -> Self::Hyper;
}

/// A listening TCP socket.
pub trait Listener: MaybeSend + 'static {
    /// What it accepts.
    type Stream: Stream;

    /// Waits for the next connection, and sets `TCP_NODELAY` on it.
    ///
    /// # Errors
    /// Those of `accept(2)`.
    fn accept(&mut self) -> impl Future<Output = io::Result<Self::Stream>> + MaybeSend;

    /// The address listened on, with its real port.
    ///
    /// # Errors
    /// Those of `getsockname(2)`.
    fn local_addr(&self) -> io::Result<SocketAddr>;
}
