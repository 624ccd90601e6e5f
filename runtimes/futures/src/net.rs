//! Sockets that never block: each operation is tried, and waits in the reactor when it would block.

use crate::Reactor;
use futures::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use loopswap_rt::{Buf, Listener, Stream};
use mio::net::{TcpListener, TcpStream};
use mio::{Interest, Token};
use nix::sys::socket::{Backlog, listen};
use smol_hyper::rt::FuturesIo;
use std::future::poll_fn;
use std::io::{self, ErrorKind, Read as _, Write as _};
use std::net::{Shutdown, SocketAddr};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

/// The reader's or the writer's waker of a socket.
#[derive(Clone, Copy)]
enum Side {
    Reader,
    Writer,
}

/// A socket that the reactor watches. epoll is told once, at the beginning, and reports each change to ready
/// (it is *edge-triggered*); so an operation is tried first and waits only when it would block.
#[derive(Debug)]
struct Watched<S> {
    socket: S,
    key: usize,
    reactor: Rc<Reactor>,
}

impl<S: mio::event::Source> Watched<S> {
    fn new(mut socket: S) -> io::Result<Self> {
        let reactor = Reactor::current();
        let key = reactor.sockets.borrow_mut().insert([None, None]);
        reactor.registry.register(&mut socket, Token(key), Interest::READABLE | Interest::WRITABLE)?;
        Ok(Watched { socket, key, reactor })
    }
}

impl<S> Watched<S> {
    fn poll<T>(
        &self,
        side: Side,
        context: &Context<'_>,
        mut call: impl FnMut(&S) -> io::Result<T>,
    ) -> Poll<io::Result<T>> {
        loop {
            match call(&self.socket) {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    self.reactor.sockets.borrow_mut()[self.key][side as usize] = Some(context.waker().clone());
                    return Poll::Pending;
                }
                result => return Poll::Ready(result),
            }
        }
    }
}

impl<S> Drop for Watched<S> {
    fn drop(&mut self) {
        // epoll itself forgets a socket when it is closed, which happens right after this.
        let waiting = self.reactor.sockets.borrow_mut().try_remove(self.key);
        drop(waiting);
    }
}

/// A connected socket that never blocks.
#[derive(Debug)]
pub struct FuturesStream(Watched<TcpStream>);

impl FuturesStream {
    /// Connects, with `TCP_NODELAY` set.
    ///
    /// # Errors
    /// Those of `connect(2)`.
    pub async fn connect(to: SocketAddr) -> io::Result<Self> {
        let stream = Self::ready(TcpStream::connect(to)?)?;
        // The socket becomes writable once it is connected, or has failed.
        let connected = |stream: &TcpStream| match (stream.take_error()?, stream.peer_addr()) {
            (Some(error), _) => Err(error),
            (None, Err(error)) if error.kind() == ErrorKind::NotConnected => Err(ErrorKind::WouldBlock.into()),
            (None, peer) => peer,
        };
        poll_fn(|context| stream.0.poll(Side::Writer, context, connected)).await?;
        Ok(stream)
    }

    fn ready(stream: TcpStream) -> io::Result<Self> {
        stream.set_nodelay(true)?;
        Ok(FuturesStream(Watched::new(stream)?))
    }
}

impl AsyncRead for FuturesStream {
    fn poll_read(self: Pin<&mut Self>, context: &mut Context<'_>, buf: &mut [u8]) -> Poll<io::Result<usize>> {
        self.0.poll(Side::Reader, context, |mut stream| stream.read(buf))
    }
}

impl AsyncWrite for FuturesStream {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        self.0.poll(Side::Writer, context, |mut stream| stream.write(buf))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_close(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(self.0.socket.shutdown(Shutdown::Write))
    }
}

impl Stream for FuturesStream {
    type Hyper = FuturesIo<Self>;

    async fn read(&mut self, mut buf: Vec<u8>) -> Buf<usize> {
        (AsyncReadExt::read(self, &mut buf).await, buf)
    }

    async fn write_all(&mut self, buf: Vec<u8>) -> Buf<()> {
        (AsyncWriteExt::write_all(self, &buf).await, buf)
    }

    async fn shutdown(&mut self) -> io::Result<()> {
        self.close().await
    }

    fn nodelay(&self) -> io::Result<bool> {
        self.0.socket.nodelay()
    }

    fn into_hyper(self) -> Self::Hyper {
        FuturesIo::new(self)
    }
}

/// A listening socket that never blocks.
#[derive(Debug)]
pub struct FuturesListener(Watched<TcpListener>);

impl FuturesListener {
    /// Makes a listener of a bound socket.
    ///
    /// # Errors
    /// Those of `listen(2)`.
    pub fn new(listener: std::net::TcpListener) -> io::Result<Self> {
        // The standard library listens with a backlog of 128; a second listen(2) raises it.
        listen(&listener, Backlog::new(1024)?)?;
        listener.set_nonblocking(true)?;
        Ok(FuturesListener(Watched::new(TcpListener::from_std(listener))?))
    }

    /// Waits for the next connection; `TCP_NODELAY` is set on it.
    ///
    /// # Errors
    /// Those of `accept(2)`.
    pub async fn accept(&self) -> io::Result<FuturesStream> {
        let (stream, _) = poll_fn(|context| self.0.poll(Side::Reader, context, TcpListener::accept)).await?;
        FuturesStream::ready(stream)
    }

    /// The address that it listens on.
    ///
    /// # Errors
    /// Those of `getsockname(2)`.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.0.socket.local_addr()
    }
}

impl Listener for FuturesListener {
    type Stream = FuturesStream;

    async fn accept(&mut self) -> io::Result<FuturesStream> {
        FuturesListener::accept(self).await
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.local_addr()
    }
}
