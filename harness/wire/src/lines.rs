//! Lines of JSON over a stream of the runtime.

use loopswap_rt::{Fault, Runtime, Stream as _};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Room for one answer; a longer one is read in several steps.
const READ: usize = 4096;

pub(crate) struct Lines<R: Runtime> {
    stream: R::Stream,
    /// Lent to the socket for every read and write, and reused.
    inbox: Vec<u8>,
    outbox: Vec<u8>,
    /// What has arrived and is not taken as a line yet.
    pending: Vec<u8>,
}

impl<R: Runtime> Lines<R> {
    pub(crate) fn over(stream: R::Stream) -> Self {
        Lines { stream, inbox: vec![0; READ], outbox: Vec::new(), pending: Vec::new() }
    }

    pub(crate) async fn say(&mut self, message: &(impl Serialize + Sync)) -> Result<(), Fault> {
        let mut out = std::mem::take(&mut self.outbox);
        out.clear();
        serde_json::to_writer(&mut out, message).map_err(|error| Fault::during("encoding an order", error))?;
        out.push(b'\n');
        let (written, out) = self.stream.write_all(out).await;
        self.outbox = out;
        written.map_err(|error| Fault::during("writing to the load client", error))
    }

    pub(crate) async fn hear<T: DeserializeOwned>(&mut self) -> Result<T, Fault> {
        loop {
            if let Some(end) = self.pending.iter().position(|byte| *byte == b'\n') {
                let heard = serde_json::from_slice(&self.pending[..end]);
                self.pending.drain(..=end);
                return heard.map_err(|error| Fault::during("reading an answer of the load client", error));
            }
            let (read, inbox) = self.stream.read(std::mem::take(&mut self.inbox)).await;
            self.inbox = inbox;
            match read.map_err(|error| Fault::during("reading from the load client", error))? {
                0 => return Err(Fault::Failed("the load client closed the connection".into())),
                length => self.pending.extend_from_slice(&self.inbox[..length]),
            }
        }
    }
}
