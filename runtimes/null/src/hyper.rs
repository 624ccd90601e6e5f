//! The same sockets for hyper.

use crate::net::attempt;
use hyper::rt::{Read, ReadBufCursor, Write};
use std::io::{self, IoSlice, Read as _, Write as _};
use std::net::{Shutdown, TcpStream};
use std::pin::Pin;
use std::task::{Context, Poll};

/// A connected socket that hyper drives.
#[derive(Debug)]
pub struct TriedStream {
    stream: TcpStream,
    /// hyper's buffer may hold memory that was never written; without unsafe code it is filled by a copy from
    /// an initialised one.
    incoming: Vec<u8>,
}

impl TriedStream {
    pub(crate) fn new(stream: TcpStream) -> Self {
        TriedStream { stream, incoming: Vec::new() }
    }
}

impl Read for TriedStream {
    fn poll_read(self: Pin<&mut Self>, context: &mut Context<'_>, mut buf: ReadBufCursor<'_>) -> Poll<io::Result<()>> {
        let TriedStream { stream, incoming } = self.get_mut();
        let wanted = buf.remaining();
        if incoming.len() < wanted {
            incoming.resize(wanted, 0);
        }
        attempt(context, || {
            let count = stream.read(&mut incoming[..wanted])?;
            buf.put_slice(&incoming[..count]);
            Ok(())
        })
    }
}

impl Write for TriedStream {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        attempt(context, || self.stream.write(buf))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(self.stream.shutdown(Shutdown::Write))
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        attempt(context, || self.stream.write_vectored(bufs))
    }
}
