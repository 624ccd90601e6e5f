//! Sockets whose type is hidden.

use super::value::Boxed;
use crate::{Buf, Listener, MaybeSend, Stream};
use hyper::rt::{Read, ReadBufCursor, Write};
use std::fmt;
use std::future::Future;
use std::io::{self, IoSlice};
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};

/// [`Stream`].
trait AnyStream: MaybeSend {
    fn read(&mut self, buf: Vec<u8>) -> Boxed<'_, Buf<usize>>;
    fn write_all(&mut self, buf: Vec<u8>) -> Boxed<'_, Buf<()>>;
    fn shutdown(&mut self) -> Boxed<'_, io::Result<()>>;
    fn nodelay(&self) -> io::Result<bool>;
    fn into_hyper(self: Box<Self>) -> HyperStream;
}

impl<S: Stream> AnyStream for S {
    fn read(&mut self, buf: Vec<u8>) -> Boxed<'_, Buf<usize>> {
        Box::pin(Stream::read(self, buf))
    }

    fn write_all(&mut self, buf: Vec<u8>) -> Boxed<'_, Buf<()>> {
        Box::pin(Stream::write_all(self, buf))
    }

    fn shutdown(&mut self) -> Boxed<'_, io::Result<()>> {
        Box::pin(Stream::shutdown(self))
    }

    fn nodelay(&self) -> io::Result<bool> {
        Stream::nodelay(self)
    }

    fn into_hyper(self: Box<Self>) -> HyperStream {
        HyperStream(Box::new(Stream::into_hyper(*self)))
    }
}

/// A connected socket of any runtime.
pub struct ErasedStream(Box<dyn AnyStream>);

impl ErasedStream {
    pub(super) fn new(stream: impl Stream) -> Self {
        ErasedStream(Box::new(stream))
    }
}

impl fmt::Debug for ErasedStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ErasedStream")
    }
}

impl Stream for ErasedStream {
    type Hyper = HyperStream;

    fn read(&mut self, buf: Vec<u8>) -> impl Future<Output = Buf<usize>> + MaybeSend {
        self.0.read(buf)
    }

    fn write_all(&mut self, buf: Vec<u8>) -> impl Future<Output = Buf<()>> + MaybeSend {
        self.0.write_all(buf)
    }

    fn shutdown(&mut self) -> impl Future<Output = io::Result<()>> + MaybeSend {
        self.0.shutdown()
    }

    fn nodelay(&self) -> io::Result<bool> {
        self.0.nodelay()
    }

    fn into_hyper(self) -> HyperStream {
        self.0.into_hyper()
    }
}

/// [`Stream::Hyper`].
trait AnyHyper: Read + Write + Unpin + MaybeSend {}
impl<H: Read + Write + Unpin + MaybeSend> AnyHyper for H {}

/// A socket of any runtime as hyper wants it.
pub struct HyperStream(Box<dyn AnyHyper>);

impl fmt::Debug for HyperStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HyperStream")
    }
}

impl Read for HyperStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buf: ReadBufCursor<'_>,
    ) -> Poll<Result<(), io::Error>> {
        Pin::new(&mut self.0).poll_read(context, buf)
    }
}

impl Write for HyperStream {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(context, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(context)
    }

    fn is_write_vectored(&self) -> bool {
        self.0.is_write_vectored()
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write_vectored(context, bufs)
    }
}

/// [`Listener`].
trait AnyListener: MaybeSend {
    fn accept(&mut self) -> Boxed<'_, io::Result<ErasedStream>>;
    fn local_addr(&self) -> io::Result<SocketAddr>;
}

impl<L: Listener> AnyListener for L {
    fn accept(&mut self) -> Boxed<'_, io::Result<ErasedStream>> {
        let accepted = Listener::accept(self);
        Box::pin(async move { accepted.await.map(ErasedStream::new) })
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        Listener::local_addr(self)
    }
}

/// A listening socket of any runtime.
pub struct ErasedListener(Box<dyn AnyListener>);

impl ErasedListener {
    pub(super) fn new(listener: impl Listener) -> Self {
        ErasedListener(Box::new(listener))
    }
}

impl fmt::Debug for ErasedListener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ErasedListener")
    }
}

impl Listener for ErasedListener {
    type Stream = ErasedStream;

    fn accept(&mut self) -> impl Future<Output = io::Result<ErasedStream>> + MaybeSend {
        self.0.accept()
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.0.local_addr()
    }
}
