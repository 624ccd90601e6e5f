//! Blocking sockets behind the contract's owned buffers: each call is one that a threaded program
//! would make, and completes when it is first polled.

use crate::PolledStream;
use loopswap_rt::{Buf, Listener, Stream};
use nix::sys::socket::{Backlog, listen};
use std::io::{self, Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};

/// A connected socket that blocks.
#[derive(Debug)]
pub struct ThreadsStream(TcpStream);

impl ThreadsStream {
    /// Connects, with `TCP_NODELAY` set.
    ///
    /// # Errors
    /// Those of `connect(2)`.
    pub fn connect(to: SocketAddr) -> io::Result<Self> {
        Self::ready(TcpStream::connect(to)?)
    }

    fn ready(stream: TcpStream) -> io::Result<Self> {
        stream.set_nodelay(true)?;
        Ok(ThreadsStream(stream))
    }
}

impl Stream for ThreadsStream {
    type Hyper = PolledStream;

    async fn read(&mut self, mut buf: Vec<u8>) -> Buf<usize> {
        loop {
            match self.0.read(&mut buf) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                result => return (result, buf),
            }
        }
    }

    async fn write_all(&mut self, buf: Vec<u8>) -> Buf<()> {
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
        let (stream, _) = self.0.accept()?;
        ThreadsStream::ready(stream)
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.0.local_addr()
    }
}
