//! async-std's sockets behind the contract's owned buffers.

use async_std::io::{Read, ReadExt as _, Write, WriteExt as _};
use async_std::net::{TcpListener, TcpStream};
use loopswap_rt::{Buf, Listener, Stream};
use nix::sys::socket::{Backlog, listen};
use smol_hyper::rt::FuturesIo;
use std::io;
use std::net::{Shutdown, SocketAddr};
use std::pin::Pin;
use std::task::{Context, Poll};

/// A connected async-std socket.
#[derive(Debug)]
pub struct AsyncStdStream(TcpStream);

impl AsyncStdStream {
    pub(crate) async fn connect(to: SocketAddr) -> io::Result<Self> {
        Self::ready(TcpStream::connect(to).await?)
    }

    fn ready(stream: TcpStream) -> io::Result<Self> {
        stream.set_nodelay(true)?;
        Ok(AsyncStdStream(stream))
    }
}

impl Stream for AsyncStdStream {
    type Hyper = FuturesIo<HalfClosing>;

    async fn read(&mut self, mut buf: Vec<u8>) -> Buf<usize> {
        (self.0.read(&mut buf).await, buf)
    }

    async fn write_all(&mut self, buf: Vec<u8>) -> Buf<()> {
        (self.0.write_all(&buf).await, buf)
    }

    async fn shutdown(&mut self) -> io::Result<()> {
        self.0.shutdown(Shutdown::Write)
    }

    fn nodelay(&self) -> io::Result<bool> {
        self.0.nodelay()
    }

    fn into_hyper(self) -> Self::Hyper {
        FuturesIo::new(HalfClosing(self.0))
    }
}

/// A socket for hyper whose close closes the writing half: async-std's own only flushes, and the other
/// end would never read the end of the stream.
#[derive(Debug)]
pub struct HalfClosing(TcpStream);

impl Read for HalfClosing {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, buf: &mut [u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_read(context, buf)
    }
}

impl Write for HalfClosing {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(context, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(context)
    }

    fn poll_close(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(self.0.shutdown(Shutdown::Write))
    }
}

/// A listening async-std socket.
#[derive(Debug)]
pub struct AsyncStdListener(TcpListener);

impl AsyncStdListener {
    pub(crate) async fn bind(on: SocketAddr) -> io::Result<Self> {
        // What `TcpListener::bind` does, except that a second listen(2) raises std's backlog of 128.
        let listener = std::net::TcpListener::bind(on)?;
        listen(&listener, Backlog::new(1024)?)?;
        Ok(AsyncStdListener(listener.into()))
    }
}

impl Listener for AsyncStdListener {
    type Stream = AsyncStdStream;

    async fn accept(&mut self) -> io::Result<AsyncStdStream> {
        let (stream, _) = self.0.accept().await?;
        AsyncStdStream::ready(stream)
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.0.local_addr()
    }
}
