//! Sockets for hyper: never blocking; the thread waits for them in poll(2).

use crate::park::wait_for;
use hyper::rt::{Read, ReadBufCursor, Write};
use nix::poll::PollFlags;
use std::io::{self, ErrorKind, IoSlice, Read as _, Write as _};
use std::net::{Shutdown, TcpStream};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

/// A connected socket that hyper drives.
#[derive(Debug)]
pub struct PolledStream {
    stream: Arc<TcpStream>,
    /// hyper's buffer may hold memory that was never written; without unsafe code it is filled by a copy from
    /// an initialised one.
    incoming: Vec<u8>,
    /// Switching the socket to non-blocking may fail, but `into_hyper` cannot: the error is kept here.
    broken: Option<io::Error>,
}

impl PolledStream {
    pub(crate) fn new(stream: TcpStream) -> Self {
        let broken = stream.set_nonblocking(true).err();
        PolledStream { stream: Arc::new(stream), incoming: Vec::new(), broken }
    }

    fn attempt<T>(
        &mut self,
        interest: PollFlags,
        context: &Context<'_>,
        mut call: impl FnMut(&TcpStream, &mut Vec<u8>) -> io::Result<T>,
    ) -> Poll<io::Result<T>> {
        if let Some(error) = self.broken.take() {
            return Poll::Ready(Err(error));
        }
        loop {
            match call(&self.stream, &mut self.incoming) {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    wait_for(&self.stream, interest, context.waker());
                    return Poll::Pending;
                }
                result => return Poll::Ready(result),
            }
        }
    }
}

impl Read for PolledStream {
    fn poll_read(self: Pin<&mut Self>, context: &mut Context<'_>, mut buf: ReadBufCursor<'_>) -> Poll<io::Result<()>> {
        let wanted = buf.remaining();
        self.get_mut().attempt(PollFlags::POLLIN, context, |mut stream, incoming| {
            if incoming.len() < wanted {
                incoming.resize(wanted, 0);
            }
            let count = stream.read(&mut incoming[..wanted])?;
            buf.put_slice(&incoming[..count]);
            Ok(())
        })
    }
}

impl Write for PolledStream {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        self.get_mut().attempt(PollFlags::POLLOUT, context, |mut stream, _| stream.write(buf))
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
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.get_mut().attempt(PollFlags::POLLOUT, context, |mut stream, _| stream.write_vectored(bufs))
    }
}
