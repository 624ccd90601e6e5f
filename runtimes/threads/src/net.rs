//! Blocking sockets behind the contract's owned buffers: each call is one that a threaded program would make,
//! and completes when it is first polled.

use crate::{PolledStream, limit};
use loopswap_rt::{Buf, Listener, Stream};
use nix::errno::Errno;
use nix::poll::PollFlags;
use nix::sys::socket::{Backlog, MsgFlags, listen, send};
use std::io::{self, Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::os::fd::AsRawFd as _;

/// A connected socket that blocks.
#[derive(Debug)]
pub struct ThreadsStream(TcpStream);

impl ThreadsStream {
    /// Connects, with `TCP_NODELAY` set.
    ///
    /// # Errors
    /// Those of `connect(2)`.
    pub async fn connect(to: SocketAddr) -> io::Result<Self> {
        Self::ready(limit::connect(to).await?)
    }

    fn ready(stream: TcpStream) -> io::Result<Self> {
        stream.set_nodelay(true)?;
        Ok(ThreadsStream(stream))
    }

    /// A blocking write waits until everything is taken; inside a timeout each call takes what fits.
    async fn write_limited(&self, mut rest: &[u8]) -> io::Result<()> {
        while !rest.is_empty() {
            limit::ready(&self.0, PollFlags::POLLOUT).await;
            match send(self.0.as_raw_fd(), rest, MsgFlags::MSG_DONTWAIT | MsgFlags::MSG_NOSIGNAL) {
                Ok(count) => rest = &rest[count..],
                Err(Errno::EAGAIN | Errno::EINTR) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }
}

impl Stream for ThreadsStream {
    type Hyper = PolledStream;

    async fn read(&mut self, mut buf: Vec<u8>) -> Buf<usize> {
        limit::ready(&self.0, PollFlags::POLLIN).await;
        loop {
            match self.0.read(&mut buf) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                result => return (result, buf),
            }
        }
    }

    async fn write_all(&mut self, buf: Vec<u8>) -> Buf<()> {
        if limit::limited() {
            return (self.write_limited(&buf).await, buf);
        }
        (self.0.write_all(&buf), buf)
    }

    async fn shutdown(&mut self) -> io::Result<()> {
        self.0.shutdown(Shutdown::Write)
    }

    fn nodelay(&self) -> io::Result<bool> {
        self.0.nodelay()
    }

    fn into_hyper(self) -> PolledStream {
        PolledStream::new(self.0)
    }
}

/// A listening socket that blocks.
#[derive(Debug)]
pub struct ThreadsListener(TcpListener);

impl ThreadsListener {
    /// Listens on an address.
    ///
    /// # Errors
    /// Those of `bind(2)` and `listen(2)`.
    pub fn bind(on: SocketAddr) -> io::Result<Self> {
        let listener = TcpListener::bind(on)?;
        // The standard library listens with a backlog of 128; a second listen(2) raises it.
        listen(&listener, Backlog::new(1024)?)?;
        Ok(ThreadsListener(listener))
    }
}

impl Listener for ThreadsListener {
    type Stream = ThreadsStream;

    async fn accept(&mut self) -> io::Result<ThreadsStream> {
        limit::ready(&self.0, PollFlags::POLLIN).await;
        let (stream, _) = self.0.accept()?;
        ThreadsStream::ready(stream)
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.0.local_addr()
    }
}
