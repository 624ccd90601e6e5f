//! One keep-alive HTTP/1.1 connection: hyper's client, driven by the task that uses it.

use bytes::Bytes;
use http_body_util::Empty;
use hyper::body::Body as _;
use hyper::client::conn::http1::{Connection, SendRequest, handshake};
use hyper::header::{HOST, HeaderValue};
use hyper::{Request, Uri};
use loopswap_rt::{Fault, Runtime, Stream};
use std::future::{Future, poll_fn};
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::task::Poll;

type Socket<R> = <<R as Runtime>::Stream as Stream>::Hyper;

/// A connection and the handle that sends requests over it.
///
/// hyper wants its connection polled. Spawning it would need a second live task, which not every runtime has;
/// so the task that waits for an answer polls the connection too.
pub struct Client<R: Runtime> {
    sender: SendRequest<Empty<Bytes>>,
    connection: Pin<Box<Connection<Socket<R>, Empty<Bytes>>>>,
    host: HeaderValue,
}

/// The answer, reduced to what is checked.
pub struct Got {
    /// Status code.
    pub status: u16,
    /// Length of the body.
    pub bytes: usize,
    /// CRC-32 of the body, as in zlib.
    pub crc32: u32,
}

impl<R: Runtime> Client<R> {
    /// Connects, and starts HTTP.
    ///
    /// # Errors
    /// When the server cannot be reached.
    pub async fn connect(rt: R, address: SocketAddr) -> Result<Self, Fault> {
        let stream = rt.connect(address).await.map_err(|error| Fault::during("connecting to the HTTP peer", error))?;
        let (sender, connection) =
            handshake(stream.into_hyper()).await.map_err(|error| Fault::during("starting HTTP", error))?;
        let host =
            HeaderValue::try_from(address.to_string()).map_err(|error| Fault::during("naming the host", error))?;
        Ok(Client { sender, connection: Box::pin(connection), host })
    }

    /// Requests `uri`, reads the whole answer, and keeps the part that is checked.
    ///
    /// # Errors
    /// When the connection breaks, or what comes is not HTTP.
    pub async fn get(&mut self, uri: &Uri) -> Result<Got, Fault> {
        let (mut bytes, mut hasher) = (0, crc32fast::Hasher::new());
        let status = self
            .read(uri, |data| {
                bytes += data.len();
                hasher.update(data);
            })
            .await?;
        Ok(Got { status, bytes, crc32: hasher.finalize() })
    }

    /// Requests `uri` and hands the body to `take`, piece by piece. Completes with the status code.
    ///
    /// # Errors
    /// When the connection breaks, or what comes is not HTTP.
    pub async fn read(&mut self, uri: &Uri, mut take: impl FnMut(&[u8])) -> Result<u16, Fault> {
        let request = Request::get(uri)
            .header(HOST, self.host.clone())
            .body(Empty::new())
            .map_err(|error| Fault::during("making a request", error))?;
        let failed = |error| Fault::during("downloading", error);
        let response = drive(&mut self.connection, self.sender.send_request(request)).await?.map_err(failed)?;
        let status = response.status().as_u16();
        let mut body = response.into_body();
        while let Some(frame) =
            drive(&mut self.connection, poll_fn(|context| Pin::new(&mut body).poll_frame(context))).await?
        {
            if let Some(data) = frame.map_err(failed)?.data_ref() {
                take(data);
            }
        }
        drive(&mut self.connection, poll_fn(|context| self.sender.poll_ready(context))).await?.map_err(failed)?;
        Ok(status)
    }
}

/// Completes with `future`, polling the connection whenever that has to wait.
async fn drive<C, F>(connection: &mut Pin<Box<C>>, future: F) -> Result<F::Output, Fault>
where
    C: Future<Output = hyper::Result<()>>,
    F: Future,
{
    let mut future = pin!(future);
    poll_fn(|context| {
        if let Poll::Ready(output) = future.as_mut().poll(context) {
            return Poll::Ready(Ok(output));
        }
        let ended = connection.as_mut().poll(context);
        // What the connection just read or wrote may be what the future waits for.
        match (future.as_mut().poll(context), ended) {
            (Poll::Ready(output), _) => Poll::Ready(Ok(output)),
            (Poll::Pending, Poll::Pending) => Poll::Pending,
            (Poll::Pending, Poll::Ready(Ok(()))) => {
                Poll::Ready(Err(Fault::Failed("the HTTP peer closed the connection".into())))
            }
            (Poll::Pending, Poll::Ready(Err(error))) => Poll::Ready(Err(Fault::during("HTTP connection", error))),
        }
    })
    .await
}
