//! One connection to a Redis server: commands out, decoded answers back; and the tutorial's example of it.
//!
//! RESP 2 as in <https://redis.io/docs/latest/develop/reference/protocol-spec/>.

use loopswap_rt::{Fault, Peer, Runtime, Stream as _};
use redis_protocol::resp2::decode::decode;
use redis_protocol::resp2::types::{OwnedFrame, Resp2Frame as _};

/// The pairs that the tutorial stores.
const PAIRS: [(&str, &str); 3] = [("key1", "1"), ("key2", "2"), ("key3", "3")];
const KEY: &str = "car";
/// Room for one answer; a longer one is read in several steps.
const READ: usize = 1024;

/// A connection, used by one task at a time.
pub struct Connection<R: Runtime> {
    stream: R::Stream,
    /// Lent to the socket for every read and write, and reused.
    inbox: Vec<u8>,
    outbox: Vec<u8>,
    /// What has arrived and is not decoded yet.
    pending: Vec<u8>,
}

impl<R: Runtime> Connection<R> {
    /// Connects; authenticates and selects a database where the peer asks for it.
    ///
    /// # Errors
    /// When the server cannot be reached, or refuses the login.
    pub async fn open(rt: R, peer: &Peer) -> Result<Self, Fault> {
        let stream = rt.connect(peer.address).await.map_err(|error| Fault::during("connecting to Redis", error))?;
        let mut connection =
            Connection { stream, inbox: vec![0; READ], outbox: Vec::new(), pending: Vec::with_capacity(READ) };
        if let Some(password) = &peer.password {
            let answer = match &peer.user {
                Some(user) => connection.ask(&["AUTH", user, password]).await?,
                None => connection.ask(&["AUTH", password]).await?,
            };
            expect_ok("AUTH", &answer)?;
        }
        if let Some(database) = peer.database {
            expect_ok("SELECT", &connection.ask(&["SELECT", &database.to_string()]).await?)?;
        }
        Ok(connection)
    }

    /// The tutorial's example: stores three pairs (`HSET`), reads them back (`HGETALL`), checks them, and
    /// returns what was read, in the order of the keys. Two requests.
    ///
    /// # Errors
    /// When an answer is wrong, or the connection breaks.
    pub async fn set_and_get_all(&mut self) -> Result<Vec<(String, String)>, Fault> {
        let [(a, one), (b, two), (c, three)] = PAIRS;
        match self.ask(&["HSET", KEY, a, one, b, two, c, three]).await? {
            // Another connection may have stored the same pairs before: 0 to 3 fields are new.
            OwnedFrame::Integer(0..=3) => {}
            other => return Err(Fault::Wrong(format!("HSET answered {other:?}"))),
        }
        let answer = self.ask(&["HGETALL", KEY]).await?;
        three_pairs(&answer).ok_or_else(|| Fault::Wrong(format!("HGETALL answered {answer:?}")))
    }

    /// Closes it.
    pub async fn close(mut self) {
        // The server may have closed first; the connection is gone either way.
        let _ = self.stream.shutdown().await;
    }

    async fn ask(&mut self, words: &[&str]) -> Result<OwnedFrame, Fault> {
        let command = words.iter().map(|word| OwnedFrame::BulkString(word.as_bytes().to_vec())).collect();
        let mut out = std::mem::take(&mut self.outbox);
        encode(&mut out, &OwnedFrame::Array(command))?;
        let (written, out) = self.stream.write_all(out).await;
        self.outbox = out;
        written.map_err(|error| Fault::during("writing to Redis", error))?;
        loop {
            if let Some((frame, length)) =
                decode(&self.pending).map_err(|error| Fault::during("decoding an answer", error))?
            {
                self.pending.drain(..length);
                return match frame {
                    OwnedFrame::Error(error) => Err(Fault::Failed(format!("Redis answered {}: {error}", words[0]))),
                    frame => Ok(frame),
                };
            }
            let (read, inbox) = self.stream.read(std::mem::take(&mut self.inbox)).await;
            self.inbox = inbox;
            match read.map_err(|error| Fault::during("reading from Redis", error))? {
                0 => return Err(Fault::Failed("Redis closed the connection".into())),
                length => self.pending.extend_from_slice(&self.inbox[..length]),
            }
        }
    }
}

fn encode(out: &mut Vec<u8>, frame: &OwnedFrame) -> Result<(), Fault> {
    out.clear();
    out.resize(frame.encode_len(false), 0);
    let length = redis_protocol::resp2::encode::encode(out, frame, false)
        .map_err(|error| Fault::during("encoding a command", error))?;
    out.truncate(length);
    Ok(())
}

fn expect_ok(command: &str, answer: &OwnedFrame) -> Result<(), Fault> {
    match answer {
        OwnedFrame::SimpleString(text) if text == b"OK" => Ok(()),
        other => Err(Fault::Failed(format!("{command} answered {other:?}"))),
    }
}

/// What the example stores and must get back, in the order of the keys.
pub fn pairs() -> impl Iterator<Item = (&'static str, &'static str)> {
    PAIRS.into_iter()
}

/// The three pairs in the order of their keys, if the answer is exactly these, in any order.
fn three_pairs(answer: &OwnedFrame) -> Option<Vec<(String, String)>> {
    let OwnedFrame::Array(parts) = answer else { return None };
    let text = |frame: &OwnedFrame| match frame {
        OwnedFrame::BulkString(bytes) => std::str::from_utf8(bytes).ok().map(str::to_owned),
        _ => None,
    };
    let mut pairs: Vec<(String, String)> =
        parts.chunks_exact(2).filter_map(|pair| Some((text(&pair[0])?, text(&pair[1])?))).collect();
    pairs.sort();
    let right =
        parts.len() == 2 * PAIRS.len() && pairs.iter().map(|(key, value)| (key.as_str(), value.as_str())).eq(PAIRS);
    right.then_some(pairs)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bulk(text: &str) -> OwnedFrame {
        OwnedFrame::BulkString(text.as_bytes().to_vec())
    }

    #[test]
    fn only_the_three_pairs_pass_in_any_order() {
        let answer = |words: &[&str]| OwnedFrame::Array(words.iter().copied().map(bulk).collect());
        assert!(three_pairs(&answer(&["key1", "1", "key2", "2", "key3", "3"])).is_some());
        assert!(three_pairs(&answer(&["key3", "3", "key1", "1", "key2", "2"])).is_some());
        assert!(three_pairs(&answer(&["key1", "1", "key2", "2"])).is_none());
        assert!(three_pairs(&answer(&["key1", "1", "key2", "2", "key3", "4"])).is_none());
        assert!(three_pairs(&answer(&["key1", "1", "key2", "2", "key3", "3", "key4"])).is_none());
        assert!(three_pairs(&OwnedFrame::Null).is_none());
    }

    #[test]
    fn a_command_is_encoded_as_an_array_of_bulk_strings() {
        let mut out = Vec::new();
        encode(&mut out, &OwnedFrame::Array(vec![bulk("HGETALL"), bulk("car")])).expect("it fits");
        assert_eq!(out, b"*2\r\n$7\r\nHGETALL\r\n$3\r\ncar\r\n");
    }
}
