//! The runtime as client of an echo server.

use super::EchoParams;
use loopswap_protocol::body;
use loopswap_protocol::load::{STAMP, stamp};
use loopswap_rt::{Fault, Load, Meter, Part, PeerKind, Runtime, Stream, Verified};
use std::sync::Arc;

/// What a shard holds between slices: its connections.
pub struct Asking<R: Runtime> {
    conns: u64,
    rate: u64,
    seats: Vec<Seat<R>>,
}

/// One connection: its number among all, its messages so far, and the buffers that it lends to the socket.
struct Seat<R: Runtime> {
    number: u64,
    messages: u64,
    stream: R::Stream,
    message: Vec<u8>,
    echo: Vec<u8>,
}

impl<R: Runtime> Asking<R> {
    /// Connects.
    pub(crate) async fn open(rt: R, part: &Part<EchoParams>) -> Result<Self, Fault> {
        let EchoParams { size, conns, rate, .. } = part.params;
        let peer = part.peers_of(PeerKind::Echo)?.remove(0);
        let message = body(size, part.seed);
        let mut seats = Vec::new();
        for number in (part.shard.index as u64..conns).step_by(part.shard.count) {
            let stream = rt
                .connect(peer.address)
                .await
                .map_err(|error| Fault::during("connecting to the echo server", error))?;
            seats.push(Seat { number, messages: 0, stream, message: message.clone(), echo: vec![0; size] });
        }
        Ok(Asking { conns, rate, seats })
    }

    /// This shard's share of one slice.
    pub(crate) async fn run(&mut self, rt: R, ops: u64, meter: &Arc<Meter>) -> Result<Verified, Fault> {
        let (conns, rate) = (self.conns, self.rate);
        let mut handles = Vec::with_capacity(self.seats.len());
        for mut seat in self.seats.drain(..) {
            let meter = Arc::clone(meter);
            handles.push(rt.spawn(async move {
                let load = Load::new(rt, &meter, ops, rate, (seat.number, conns));
                let outcome = seat.operate(load).await;
                (seat, outcome)
            }));
        }
        let mut total = Ok(Verified::default());
        for handle in handles {
            let (seat, outcome) = handle.await;
            self.seats.push(seat);
            total = total.and_then(|total| Ok(total + outcome?));
        }
        total
    }

    pub(crate) async fn close(self) {
        for mut seat in self.seats {
            // The server may have closed first; the connection is gone either way.
            let _ = seat.stream.shutdown().await;
        }
    }
}

impl<R: Runtime> Seat<R> {
    /// The operations of one connection, one after the other.
    async fn operate(&mut self, mut load: Load<'_, R>) -> Result<Verified, Fault> {
        let mut verified = Verified::default();
        while let Some(begun) = load.begin().await {
            self.exchange().await?;
            load.end(begun);
            verified = verified + Verified { ops: 1, bytes: self.message.len() as u64 };
        }
        Ok(verified)
    }

    /// Sends a message that differs from all others, and reads the same bytes back.
    async fn exchange(&mut self) -> Result<(), Fault> {
        let size = self.message.len();
        let stamped = STAMP.min(size);
        self.message[..stamped].copy_from_slice(&stamp(self.number, self.messages)[..stamped]);
        self.messages += 1;
        let (written, message) = self.stream.write_all(std::mem::take(&mut self.message)).await;
        self.message = message;
        written.map_err(|error| Fault::during("writing a message", error))?;
        let mut came = 0;
        while came < size {
            let (read, echo) = self.stream.read(std::mem::take(&mut self.echo)).await;
            self.echo = echo;
            let length = match read.map_err(|error| Fault::during("reading an echo", error))? {
                0 => return Err(Fault::Failed("the echo server closed the connection".into())),
                length => length,
            };
            let end = came + length;
            if end > size || self.echo[..length] != self.message[came..end] {
                let (message, connection) = (self.messages - 1, self.number);
                return Err(Fault::Wrong(format!(
                    "bytes {came} to {end} of the echo of message {message} on connection {connection} differ"
                )));
            }
            came = end;
        }
        Ok(())
    }
}
