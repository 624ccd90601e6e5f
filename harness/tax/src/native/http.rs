//! hyper's client over a runtime's own socket, the connection driven by the task that downloads.

use crate::Error;
use bytes::Bytes;
use http_body_util::Empty;
use hyper::body::Body as _;
use hyper::client::conn::http1::{Connection, SendRequest, handshake};
use hyper::header::{HOST, HeaderValue};
use hyper::rt::{Read, Write};
use hyper::{Request, Uri};
use loopswap_protocol::{Meter, Verified};
use std::future::{Future, poll_fn};
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::task::Poll;

/// Distinct bodies, as in the workload `http-fetch`.
const BODIES: u64 = 8;

/// One of the bodies asked for, in turn.
pub(crate) struct Body {
    uri: Uri,
    size: usize,
    crc32: u32,
}

/// The bodies of a case.
pub(crate) fn bodies(size: usize, delay: u64) -> Result<Vec<Body>, Error> {
    (0..BODIES)
        .map(|seed| {
            let uri = format!("/body/{size}/{seed}?delay_us={delay}").parse()?;
            Ok(Body { uri, size, crc32: crc32fast::hash(&loopswap_protocol::body(size, seed)) })
        })
        .collect()
}

/// One keep-alive connection.
pub(crate) struct Client<S: Read + Write + Unpin + 'static> {
    sender: SendRequest<Empty<Bytes>>,
    connection: Pin<Box<Connection<S, Empty<Bytes>>>>,
    host: HeaderValue,
}

impl<S: Read + Write + Unpin + 'static> Client<S> {
    /// Starts HTTP on a connected socket.
    pub(crate) async fn start(socket: S, address: SocketAddr) -> Result<Self, Error> {
        let (sender, connection) = handshake(socket).await?;
        Ok(Client { sender, connection: Box::pin(connection), host: address.to_string().try_into()? })
    }

    /// The downloads of connection `number`, one after the other, each checked.
    pub(crate) async fn fetch(
        &mut self,
        number: u64,
        downloads: u64,
        bodies: &[Body],
        meter: &Meter,
    ) -> Result<Verified, Error> {
        let mut verified = Verified::default();
        for (download, body) in (0..downloads).zip(bodies.iter().cycle().skip((number % BODIES) as usize)) {
            let begun = meter.begin();
            let (status, bytes, crc32) = self.get(&body.uri).await?;
            if status != 200 || bytes != body.size || crc32 != body.crc32 {
                let sums = format!("checksum {crc32:08x} for {:08x}", body.crc32);
                return Err(format!(
                    "wrong result: download {download} on connection {number}: status {status}, {bytes} of {} bytes, {sums}",
                    body.size
                )
                .into());
            }
            meter.end(begun);
            verified = verified + Verified { ops: 1, bytes: bytes as u64 };
        }
        Ok(verified)
    }

    /// Asks for `uri` and reads the whole answer: status, length, checksum.
    async fn get(&mut self, uri: &Uri) -> Result<(u16, usize, u32), Error> {
        let request = Request::get(uri).header(HOST, self.host.clone()).body(Empty::new())?;
        let response = drive(&mut self.connection, self.sender.send_request(request)).await??;
        let status = response.status().as_u16();
        let mut body = response.into_body();
        let (mut bytes, mut hasher) = (0, crc32fast::Hasher::new());
        while let Some(frame) =
            drive(&mut self.connection, poll_fn(|context| Pin::new(&mut body).poll_frame(context))).await?
        {
            if let Some(data) = frame?.data_ref() {
                bytes += data.len();
                hasher.update(data);
            }
        }
        drive(&mut self.connection, poll_fn(|context| self.sender.poll_ready(context))).await??;
        Ok((status, bytes, hasher.finalize()))
    }
}

/// Completes with `future`, polling the connection whenever that has to wait.
async fn drive<C, F>(connection: &mut Pin<Box<C>>, future: F) -> Result<F::Output, Error>
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
            (Poll::Pending, Poll::Ready(Ok(()))) => Poll::Ready(Err("the HTTP peer closed the connection".into())),
            (Poll::Pending, Poll::Ready(Err(error))) => Poll::Ready(Err(error.into())),
        }
    })
    .await
}
