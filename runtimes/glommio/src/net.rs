//! glommio's sockets behind the contract's owned buffers.

use futures_lite::io::{AsyncReadExt as _, AsyncWriteExt as _};
use glommio::net::{TcpListener, TcpStream};
use loopswap_rt::{Buf, Listener, Stream};
use smol_hyper::rt::FuturesIo;
use std::io;
use std::net::{Shutdown, SocketAddr};

/// A connected glommio socket.
#[derive(Debug)]
pub struct GlommioStream(TcpStream);

impl GlommioStream {
    pub(crate) async fn connect(to: SocketAddr) -> io::Result<Self> {
        Self::ready(TcpStream::connect(to).await?)
    }

    fn ready(stream: TcpStream) -> io::Result<Self> {
        stream.set_nodelay(true)?;
        Ok(GlommioStream(stream))
    }
}

impl Stream for GlommioStream {
    type Hyper = FuturesIo<TcpStream>;

    async fn read(&mut self, mut buf: Vec<u8>) -> Buf<usize> {
        (self.0.read(&mut buf).await, buf)
    }

    async fn write_all(&mut self, buf: Vec<u8>) -> Buf<()> {
        (self.0.write_all(&buf).await, buf)
    }

    async fn shutdown(&mut self) -> io::Result<()> {
        Ok(self.0.shutdown(Shutdown::Write).await?)
    }

    fn nodelay(&self) -> io::Result<bool> {
        Ok(self.0.nodelay()?)
    }

    fn into_hyper(self) -> Self::Hyper {
        FuturesIo::new(self.0)
    }
}

/// A listening glommio socket; glommio gives it a backlog of 1024 and `SO_REUSEPORT`.
#[derive(Debug)]
pub struct GlommioListener(TcpListener);

impl GlommioListener {
    pub(crate) async fn bind(on: SocketAddr) -> io::Result<Self> {
        Ok(GlommioListener(TcpListener::bind(on)?))
    }
}

impl Listener for GlommioListener {
    type Stream = GlommioStream;

    async fn accept(&mut self) -> io::Result<GlommioStream> {
        GlommioStream::ready(self.0.accept().await?)
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        Ok(self.0.local_addr()?)
    }
}
