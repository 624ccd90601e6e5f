//! smol's sockets behind the contract's owned buffers. `smol-local` compiles this file too.

use loopswap_rt::{Buf, Listener, Stream};
use nix::sys::socket::{Backlog, listen};
use smol::io::{AsyncReadExt as _, AsyncWriteExt as _};
use smol::net::{TcpListener, TcpStream};
use smol_hyper::rt::FuturesIo;
use std::io;
use std::net::{Shutdown, SocketAddr};

/// A connected smol socket.
#[derive(Debug)]
pub struct SmolStream(TcpStream);

impl SmolStream {
    pub(crate) async fn connect(to: SocketAddr) -> io::Result<Self> {
        Self::ready(TcpStream::connect(to).await?)
    }

    fn ready(stream: TcpStream) -> io::Result<Self> {
        stream.set_nodelay(true)?;
        Ok(SmolStream(stream))
    }
}

impl Stream for SmolStream {
    type Hyper = FuturesIo<TcpStream>;

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
        FuturesIo::new(self.0)
    }
}

/// A listening smol socket.
#[derive(Debug)]
pub struct SmolListener(TcpListener);

impl SmolListener {
    /// Makes a listener of a bound socket.
    pub(crate) fn new(listener: std::net::TcpListener) -> io::Result<Self> {
        // The standard library listens with a backlog of 128; a second listen(2) raises it.
        listen(&listener, Backlog::new(1024)?)?;
        Ok(SmolListener(TcpListener::try_from(listener)?))
    }
}

impl Listener for SmolListener {
    type Stream = SmolStream;

    async fn accept(&mut self) -> io::Result<SmolStream> {
        let (stream, _) = self.0.accept().await?;
        SmolStream::ready(stream)
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.0.local_addr()
    }
}
