//! The runtime as server: bytes go back at once, as they came.

use super::EchoParams;
use loopswap_protocol::load::Operation;
use loopswap_rt::{Fault, Part, PeerKind, Runtime, Stream};
use loopswap_wire::{Served, Serving, Visit};

/// Listens and has the load client connect.
pub(crate) async fn open<R: Runtime>(rt: R, part: &Part<EchoParams>) -> Result<Served<R>, Fault> {
    let EchoParams { size, conns, rate, .. } = part.params;
    let serving = Serving {
        shard: part.shard,
        commons: part.commons.clone(),
        client: part.peers_of(PeerKind::Load)?.remove(0),
        connections: conns,
        operation: Operation::Echo { size, seed: part.seed },
        rate,
    };
    Served::open(rt, serving, move |stream, visit| send_back::<R>(stream, size, visit)).await
}

/// One connection. A message may come in pieces; each goes back at once, and a message counts with its
/// last piece.
async fn send_back<R: Runtime>(mut stream: R::Stream, size: usize, mut visit: Visit) -> Result<(), Fault> {
    let mut buffer = vec![0; size];
    // Bytes of the current message that have arrived.
    let mut came = 0;
    loop {
        let (read, mut lent) = stream.read(buffer).await;
        let length = read.map_err(|error| Fault::during("reading a message", error))?;
        if length == 0 {
            return Ok(());
        }
        came += length;
        while came >= size {
            came -= size;
            visit.answered();
        }
        // Only a partial read has its length cut, and restored.
        lent.truncate(length);
        let (written, lent) = stream.write_all(lent).await;
        written.map_err(|error| Fault::during("writing a message", error))?;
        buffer = lent;
        buffer.resize(size, 0);
    }
}
