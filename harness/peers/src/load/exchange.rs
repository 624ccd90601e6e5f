//! What one operation sends, and which answer it must get.

use super::trouble::Trouble;
use loopswap_protocol::load::{Operation, STAMP, stamp};
use loopswap_protocol::{body, quoted};
use std::net::SocketAddr;

/// The largest message, in bytes.
const MOST_BYTES: usize = 64 << 20;
/// More headers than any of our answers has.
const HEADERS: usize = 32;
/// Longest head accepted; ours are shorter.
const MOST_HEAD: usize = 16 << 10;

/// One kind of operation, ready to be sent and checked.
pub(super) enum Exchange {
    /// The body of every message, with the stamp of the last one sent.
    Echo { message: Vec<u8> },
    /// The request, the same every time, and the body of its answer.
    Http { request: Vec<u8>, body: Vec<u8> },
}

/// The current operation of a connection, and how much of its answer has arrived.
#[derive(Default)]
pub(super) struct UnderWay {
    pub(super) connection: u64,
    pub(super) operation: u64,
    /// Bytes of an echo that have arrived.
    came: usize,
    /// The part of an HTTP answer that has arrived, while it is not complete.
    pending: Vec<u8>,
}

impl UnderWay {
    pub(super) fn of(connection: u64) -> Self {
        UnderWay { connection, ..UnderWay::default() }
    }

    /// On to the next operation.
    pub(super) fn next(&mut self) {
        self.operation += 1;
        self.came = 0;
        self.pending.clear();
    }
}

impl Exchange {
    pub(super) fn new(operation: &Operation, address: SocketAddr) -> Result<Self, Trouble> {
        match operation {
            Operation::Echo { size, seed } if (1..=MOST_BYTES).contains(size) => {
                Ok(Exchange::Echo { message: body(*size, *seed) })
            }
            Operation::Echo { size, .. } => {
                Err(Trouble::Failed(format!("a message has 1 to {MOST_BYTES} bytes, not {size}")))
            }
            Operation::Http { path, body } => Ok(Exchange::Http {
                request: format!("GET {path} HTTP/1.1\r\nhost: {address}\r\n\r\n").into_bytes(),
                body: body.clone().into_bytes(),
            }),
        }
    }

    /// All bytes to send for this operation. Valid until the next call: messages share their memory.
    pub(super) fn outgoing(&mut self, under_way: &UnderWay) -> &[u8] {
        match self {
            Exchange::Echo { message } => {
                let stamped = STAMP.min(message.len());
                message[..stamped].copy_from_slice(&stamp(under_way.connection, under_way.operation)[..stamped]);
                message
            }
            Exchange::Http { request, .. } => request,
        }
    }

    /// How many payload bytes a correct answer has.
    pub(super) fn bytes(&self) -> usize {
        match self {
            Exchange::Echo { message } => message.len(),
            Exchange::Http { body, .. } => body.len(),
        }
    }

    /// Adds bytes that have arrived; returns whether the answer is complete.
    pub(super) fn check(&self, under_way: &mut UnderWay, fresh: &[u8]) -> Result<bool, Trouble> {
        match self {
            Exchange::Echo { message } => {
                let at = under_way.came;
                let end = at + fresh.len();
                let stamp = stamp(under_way.connection, under_way.operation);
                let split = STAMP.min(message.len()).saturating_sub(at).min(fresh.len());
                let right = end <= message.len()
                    && fresh[..split] == stamp[at.min(STAMP)..(at + split).min(STAMP)]
                    && fresh[split..] == message[at + split..end];
                if !right {
                    return Err(under_way.wrong(&format!(
                        "bytes {at} to {end} of an echo of {} are not those of the message",
                        message.len()
                    )));
                }
                under_way.came = end;
                Ok(end == message.len())
            }
            Exchange::Http { body, .. } if under_way.pending.is_empty() => {
                let complete = answer(fresh, body).map_err(|what| under_way.wrong(&what))?;
                if !complete {
                    under_way.pending.extend_from_slice(fresh);
                }
                Ok(complete)
            }
            Exchange::Http { body, .. } => {
                under_way.pending.extend_from_slice(fresh);
                answer(&under_way.pending, body).map_err(|what| under_way.wrong(&what))
            }
        }
    }
}

impl UnderWay {
    fn wrong(&self, what: &str) -> Trouble {
        Trouble::Wrong(format!("operation {} on connection {}: {what}", self.operation, self.connection))
    }
}

/// Whether this is the whole HTTP answer with this body, or what is wrong with it.
fn answer(bytes: &[u8], body: &[u8]) -> Result<bool, String> {
    let mut headers = [httparse::EMPTY_HEADER; HEADERS];
    let mut response = httparse::Response::new(&mut headers);
    let head = match response.parse(bytes).map_err(|error| format!("not an HTTP answer: {error}"))? {
        httparse::Status::Complete(head) => head,
        httparse::Status::Partial if bytes.len() > MOST_HEAD => return Err("a head without an end".into()),
        httparse::Status::Partial => return Ok(false),
    };
    let status = response.code.unwrap_or_default();
    let length = response
        .headers
        .iter()
        .find(|header| header.name.eq_ignore_ascii_case("content-length"))
        .and_then(|header| std::str::from_utf8(header.value).ok()?.parse::<usize>().ok());
    let came = &bytes[head..];
    if status == 200 && length == Some(body.len()) && body.starts_with(came) {
        return Ok(came.len() == body.len());
    }
    let shown = quoted(&String::from_utf8_lossy(came));
    let length = length.map_or("none".to_owned(), |length| length.to_string());
    Err(format!("status {status}, content-length {length}, body `{shown}`; expected 200, {} and another", body.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn echo(size: usize) -> Exchange {
        let address = "127.0.0.1:1".parse().unwrap();
        Exchange::new(&Operation::Echo { size, seed: 5 }, address).ok().unwrap()
    }

    #[test]
    fn an_echo_is_right_in_whatever_pieces_it_comes() {
        for size in [1, 7, 16, 17, 100] {
            for piece in 1..=size {
                let (mut echo, mut under_way) = (echo(size), UnderWay::of(3));
                under_way.next();
                let message = echo.outgoing(&under_way).to_vec();
                // Another connection sends meanwhile.
                echo.outgoing(&UnderWay::of(9));
                let mut pieces = message.chunks(piece).peekable();
                while let Some(fresh) = pieces.next() {
                    let complete = echo.check(&mut under_way, fresh).ok().unwrap();
                    assert_eq!(complete, pieces.peek().is_none(), "{size} {piece}");
                }
            }
        }
    }

    #[test]
    fn an_echo_of_another_message_or_with_a_byte_changed_or_too_many_is_wrong() {
        let wrong = |sent: &UnderWay, change: &dyn Fn(&mut Vec<u8>)| {
            let mut echo = echo(40);
            let mut came = echo.outgoing(sent).to_vec();
            change(&mut came);
            matches!(echo.check(&mut UnderWay::of(1), &came), Err(Trouble::Wrong(_)))
        };
        assert!(!wrong(&UnderWay::of(1), &|_| {}));
        assert!(wrong(&UnderWay::of(2), &|_| {}), "the answer of another connection");
        let mut later = UnderWay::of(1);
        later.next();
        assert!(wrong(&later, &|_| {}), "the next one of this connection");
        for byte in 0..40 {
            assert!(wrong(&UnderWay::of(1), &|came| came[byte] ^= 1), "{byte}");
        }
        assert!(wrong(&UnderWay::of(1), &|came| came.push(0)));
    }

    const WHOLE: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";

    #[test]
    fn an_http_answer_is_right_in_whatever_pieces_it_comes() {
        for piece in 1..=WHOLE.len() {
            let exchange = Exchange::Http { request: Vec::new(), body: b"hello".to_vec() };
            let mut under_way = UnderWay::of(0);
            let mut pieces = WHOLE.chunks(piece).peekable();
            while let Some(fresh) = pieces.next() {
                assert_eq!(exchange.check(&mut under_way, fresh).ok(), Some(pieces.peek().is_none()), "{piece}");
            }
        }
    }

    #[test]
    fn another_status_length_or_body_is_wrong() {
        for wrong in [
            "HTTP/1.1 500 OK\r\ncontent-length: 5\r\n\r\nhello",
            "HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nhell",
            "HTTP/1.1 200 OK\r\n\r\nhello",
            "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhullo",
            "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello!",
            "hello",
        ] {
            assert!(answer(wrong.as_bytes(), b"hello").is_err(), "{wrong}");
        }
    }
}
