//! hyper over compio: hyper lends a buffer for the duration of a poll, io_uring needs one for as long as an
//! operation runs, so a buffer is needed between them. compio's `AsyncStream` is that buffer, for the traits
//! of futures-io; this module adds hyper's traits.
//!
//! Reads hand over the content of the buffer, instead of asking for a copy into hyper's: that would have to
//! be zeroed first. A write is ready once it is copied, and sent once it is flushed.

use compio::io::compat::AsyncStream;
use compio::net::TcpStream;
use futures_util::{AsyncBufRead as _, AsyncWrite as _};
use hyper::rt::{Read, ReadBufCursor, Write};
use std::fmt;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

/// A compio socket that hyper can drive.
// `AsyncStream` must not move once it was polled, but hyper's streams must be movable: so it is boxed.
pub struct CompioHyper(Pin<Box<AsyncStream<TcpStream>>>);

impl CompioHyper {
    pub(crate) fn new(stream: TcpStream) -> Self {
        CompioHyper(Box::pin(AsyncStream::new(stream)))
    }
}

impl Read for CompioHyper {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        mut cursor: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        let mut stream = self.0.as_mut();
        let bytes = ready!(stream.as_mut().poll_fill_buf(context))?;
        let count = bytes.len().min(cursor.remaining());
        cursor.put_slice(&bytes[..count]);
        stream.consume(count);
        Poll::Ready(Ok(()))
    }
}

impl Write for CompioHyper {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.0.as_mut().poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.0.as_mut().poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.0.as_mut().poll_close(context)
    }
}

impl fmt::Debug for CompioHyper {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("CompioHyper").finish_non_exhaustive()
    }
}
