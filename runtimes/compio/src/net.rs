//! compio's sockets behind the contract's owned buffers, which are compio's own way too.

use crate::bridge::CompioHyper;
use compio::BufResult;
use compio::buf::{IntoInner as _, IoBuf as _};
use compio::io::{AsyncRead as _, AsyncWrite as _, AsyncWriteExt as _};
use compio::net::{TcpListener, TcpSocket, TcpStream};
use loopswap_rt::{Buf, Listener, Stream};
use std::io;
use std::net::SocketAddr;

/// Room for connections that are not accepted yet; compio's own `TcpListener::bind` takes 128.
const BACKLOG: i32 = 1024;

/// A connected compio socket.
#[derive(Debug)]
pub struct CompioStream(TcpStream);

impl CompioStream {
    pub(crate) async fn connect(to: SocketAddr) -> io::Result<Self> {
        Self::ready(TcpStream::connect(to).await?)
    }

    fn ready(stream: TcpStream) -> io::Result<Self> {
        stream.set_nodelay(true)?;
        Ok(CompioStream(stream))
    }
}

impl Stream for CompioStream {
    type Hyper = CompioHyper;

    async fn read(&mut self, buf: Vec<u8>) -> Buf<usize> {
        // A vector is read into up to its capacity; the slice ends at its length. compio never shortens a
        // buffer.
        let length = buf.len();
        let BufResult(result, buf) = self.0.read(buf.slice(..length)).await;
        (result, buf.into_inner())
    }

    async fn write_all(&mut self, buf: Vec<u8>) -> Buf<()> {
        let BufResult(result, buf) = self.0.write_all(buf).await;
        (result, buf)
    }

    async fn shutdown(&mut self) -> io::Result<()> {
        self.0.shutdown().await
    }

    fn nodelay(&self) -> io::Result<bool> {
        self.0.nodelay()
    }

    fn into_hyper(self) -> Self::Hyper {
        CompioHyper::new(self.0)
    }
}

/// A listening compio socket.
#[derive(Debug)]
pub struct CompioListener(TcpListener);

impl CompioListener {
    /// Listens, even if another shard already does (`SO_REUSEPORT`).
    pub(crate) async fn bind(on: SocketAddr) -> io::Result<Self> {
        let socket = if on.is_ipv4() { TcpSocket::new_v4().await? } else { TcpSocket::new_v6().await? };
        socket.set_reuseaddr(true)?;
        socket.set_reuseport(true)?;
        socket.bind(on).await?;
        Ok(CompioListener(socket.listen(BACKLOG).await?))
    }
}

impl Listener for CompioListener {
    type Stream = CompioStream;

    async fn accept(&mut self) -> io::Result<CompioStream> {
        let (stream, _) = self.0.accept().await?;
        CompioStream::ready(stream)
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.0.local_addr()
    }
}
