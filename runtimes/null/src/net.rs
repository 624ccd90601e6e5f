//! Sockets that never block, tried at each poll.

use crate::{TriedStream, again};
use loopswap_rt::{Buf, Listener, Stream};
use nix::sys::socket::{Backlog, listen};
use std::future::poll_fn;
use std::io::{self, ErrorKind, Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::task::{Context, Poll};

/// Makes one system call: done, or to be tried again at the next poll.
pub(crate) fn attempt<T>(context: &Context<'_>, mut call: impl FnMut() -> io::Result<T>) -> Poll<io::Result<T>> {
    match call() {
        Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted) => again(context),
        result => Poll::Ready(result),
    }
}

/// A connected socket that never blocks.
#[derive(Debug)]
pub struct NullStream(TcpStream);

impl NullStream {
    /// Connecting is the one call that blocks: on loopback it never waits, and it is not measured.
    pub(crate) fn connect(to: SocketAddr) -> io::Result<Self> {
        Self::ready(TcpStream::connect(to)?)
    }

    fn ready(stream: TcpStream) -> io::Result<Self> {
        stream.set_nonblocking(true)?;
        stream.set_nodelay(true)?;
        Ok(NullStream(stream))
    }
}

impl Stream for NullStream {
    type Hyper = TriedStream;

    async fn read(&mut self, mut buf: Vec<u8>) -> Buf<usize> {
        (poll_fn(|context| attempt(context, || self.0.read(&mut buf))).await, buf)
    }

    async fn write_all(&mut self, buf: Vec<u8>) -> Buf<()> {
        let mut rest = &buf[..];
        while !rest.is_empty() {
            match poll_fn(|context| attempt(context, || self.0.write(rest))).await {
                Ok(0) => return (Err(ErrorKind::WriteZero.into()), buf),
                Ok(count) => rest = &rest[count..],
                Err(error) => return (Err(error), buf),
            }
        }
        (Ok(()), buf)
    }

    async fn shutdown(&mut self) -> io::Result<()> {
        self.0.shutdown(Shutdown::Write)
    }

    fn nodelay(&self) -> io::Result<bool> {
        self.0.nodelay()
    }

    fn into_hyper(self) -> TriedStream {
        TriedStream::new(self.0)
    }
}

/// A listening socket that never blocks.
#[derive(Debug)]
pub struct NullListener(TcpListener);

impl NullListener {
    pub(crate) fn bind(on: SocketAddr) -> io::Result<Self> {
        let listener = TcpListener::bind(on)?;
        // The standard library listens with a backlog of 128; a second listen(2) raises it.
        listen(&listener, Backlog::new(1024)?)?;
        listener.set_nonblocking(true)?;
        Ok(NullListener(listener))
    }
}

impl Listener for NullListener {
    type Stream = NullStream;

    async fn accept(&mut self) -> io::Result<NullStream> {
        let (stream, _) = poll_fn(|context| attempt(context, || self.0.accept())).await?;
        NullStream::ready(stream)
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.0.local_addr()
    }
}
