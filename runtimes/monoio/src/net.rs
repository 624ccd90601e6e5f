//! monoio's sockets behind the contract's owned buffers, which are monoio's own idea.

use loopswap_rt::{Buf, Listener, Stream};
use monoio::io::{AsyncReadRent as _, AsyncWriteRent as _, AsyncWriteRentExt as _};
use monoio::net::tcp::stream_poll::TcpStreamPoll;
use monoio::net::{ListenerOpts, TcpListener, TcpStream};
use monoio_compat::hyper::MonoioIo;
use std::io;
use std::net::SocketAddr;

/// Room for connections that are not accepted yet.
const BACKLOG: i32 = 1024;

/// A connected monoio socket.
#[derive(Debug)]
pub struct MonoioStream(TcpStream);

impl MonoioStream {
    /// Connects over TCP.
    ///
    /// # Errors
    /// Those of `connect(2)`.
    pub async fn connect(to: SocketAddr) -> io::Result<Self> {
        Self::ready(TcpStream::connect_addr(to).await?)
    }

    fn ready(stream: TcpStream) -> io::Result<Self> {
        stream.set_nodelay(true)?;
        Ok(MonoioStream(stream))
    }
}

impl Stream for MonoioStream {
    type Hyper = MonoioIo<TcpStreamPoll>;

    async fn read(&mut self, buf: Vec<u8>) -> Buf<usize> {
        // A boxed slice comes back with the same length; a vector would be cut to what was read, and take
        // more than its length if it has the capacity. Converting one into the other costs nothing if length
        // and capacity are equal, as they are for a buffer that comes back from here.
        let (result, buf) = self.0.read(buf.into_boxed_slice()).await;
        (result, buf.into_vec())
    }

    async fn write_all(&mut self, buf: Vec<u8>) -> Buf<()> {
        let (result, buf) = self.0.write_all(buf).await;
        (result.map(|_| ()), buf)
    }

    async fn shutdown(&mut self) -> io::Result<()> {
        self.0.shutdown().await
    }

    fn nodelay(&self) -> io::Result<bool> {
        self.0.nodelay()
    }

    fn into_hyper(self) -> Self::Hyper {
        let polled = self.0.try_into_poll_io().map_err(|(error, _)| error);
        MonoioIo::new(polled.expect("epoll takes a connected socket"))
    }
}

/// A listening monoio socket.
#[derive(Debug)]
pub struct MonoioListener(TcpListener);

impl MonoioListener {
    /// Listens, even if another shard already does (`SO_REUSEPORT`).
    ///
    /// # Errors
    /// Those of `bind(2)` and `listen(2)`.
    pub async fn bind(on: SocketAddr) -> io::Result<Self> {
        let options = ListenerOpts::new().reuse_port(true).backlog(BACKLOG);
        Ok(MonoioListener(TcpListener::bind_with_config(on, &options)?))
    }
}

impl Listener for MonoioListener {
    type Stream = MonoioStream;

    async fn accept(&mut self) -> io::Result<MonoioStream> {
        let (stream, _) = self.0.accept().await?;
        MonoioStream::ready(stream)
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.0.local_addr()
    }
}
