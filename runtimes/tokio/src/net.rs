//! tokio's sockets behind the contract's owned buffers.

use hyper_util::rt::TokioIo;
use loopswap_rt::{Buf, Listener, Stream};
use std::io;
use std::net::SocketAddr;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpSocket, TcpStream};

/// A connected tokio socket.
#[derive(Debug)]
pub struct TokioStream(TcpStream);

impl TokioStream {
    /// Connects, with `TCP_NODELAY` set.
    ///
    /// # Errors
    /// Those of `connect(2)`.
    pub async fn connect(to: SocketAddr) -> io::Result<Self> {
        Self::ready(TcpStream::connect(to).await?)
    }

    fn ready(stream: TcpStream) -> io::Result<Self> {
        stream.set_nodelay(true)?;
        Ok(TokioStream(stream))
    }
}

impl Stream for TokioStream {
    type Hyper = TokioIo<TcpStream>;

    async fn read(&mut self, mut buf: Vec<u8>) -> Buf<usize> {
        (self.0.read(&mut buf).await, buf)
    }

    async fn write_all(&mut self, buf: Vec<u8>) -> Buf<()> {
        (self.0.write_all(&buf).await, buf)
    }

    async fn shutdown(&mut self) -> io::Result<()> {
        self.0.shutdown().await
    }

    fn nodelay(&self) -> io::Result<bool> {
        self.0.nodelay()
    }

    fn into_hyper(self) -> Self::Hyper {
        TokioIo::new(self.0)
    }
}

/// A listening tokio socket.
#[derive(Debug)]
pub struct TokioListener(TcpListener);

impl TokioListener {
    /// Listens on an address.
    ///
    /// # Errors
    /// Those of `bind(2)` and `listen(2)`.
    pub async fn bind(on: SocketAddr) -> io::Result<Self> {
        // What `TcpListener::bind` does, except that it leaves the backlog to mio, whose default is 128.
        let socket = if on.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
        socket.set_reuseaddr(true)?;
        socket.bind(on)?;
        Ok(TokioListener(socket.listen(1024)?))
    }
}

impl Listener for TokioListener {
    type Stream = TokioStream;

    async fn accept(&mut self) -> io::Result<TokioStream> {
        let (stream, _) = self.0.accept().await?;
        TokioStream::ready(stream)
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.0.local_addr()
    }
}
