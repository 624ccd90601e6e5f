//! What the embedded Redis does with malformed input.

use crate::servers;
use crate::wire::Wire;
use loopswap_peers::resp::{self, Reply};
use loopswap_protocol::Peer;
use proptest::prelude::*;
use std::sync::OnceLock;

fn shared() -> &'static Peer {
    static PEER: OnceLock<Peer> = OnceLock::new();
    PEER.get_or_init(|| servers::resp(None))
}

fn still_serves() -> bool {
    resp::command(shared(), &["PING"]).unwrap() == Reply::SimpleString(b"PONG".to_vec())
}

#[test]
fn a_protocol_error_is_named_and_the_connection_closed() {
    let nested = b"*1\r\n".repeat(1_000_000);
    let endless = vec![b'*'; 1_000_000];
    let long = [&b"*2\r\n$3\r\nGET\r\n$70000000\r\n"[..], &vec![b'x'; 3_000_000]].concat();
    for (sent, why) in [
        (&b"PING\r\n"[..], "expected '*', got 'P'"),
        (b"GET / HTTP/1.1\r\n\r\n", "expected '*', got 'G'"),
        (b"\0\0\0\0", "expected '*', got '\\x00'"),
        (b"*1\r\n:1\r\n", "expected '$', got ':'"),
        (b"*99999999999\r\n", "invalid multibulk length"),
        (b"*99999999999999999999999\r\n", "invalid multibulk length"),
        (b"*1\r\n$-5\r\n", "invalid bulk length"),
        (b"*1\r\n$999999999999\r\n", "invalid bulk length"),
        (b"*1\r\n$9223372036854775807\r\nx", "invalid bulk length"),
        (&nested, "expected '$', got '*'"),
        (&endless, "too big multibulk count string"),
        (&long, "invalid bulk length"),
    ] {
        let mut wire = Wire::to(shared().address);
        wire.send_if_taken(sent);
        let answer = wire.read_to_end();
        let expected = format!("-ERR Protocol error: {why}\r\n");
        assert_eq!(answer.escape_ascii().to_string(), expected.as_bytes().escape_ascii().to_string());
        wire.finish_sending();
    }
    assert!(still_serves());
}

#[test]
fn what_came_before_the_error_is_answered() {
    let mut wire = Wire::to(shared().address);
    wire.send("*1\r\n$4\r\nPING\r\n*2\r\n$4\r\nECHO\r\n$1\r\na\r\nbad");
    let expected = "+PONG\r\n$1\r\na\r\n-ERR Protocol error: expected '*', got 'b'\r\n";
    assert_eq!(String::from_utf8(wire.read_to_end()).unwrap(), expected);
}

#[test]
fn quit_says_goodbye() {
    let mut wire = Wire::to(shared().address);
    wire.send("*1\r\n$4\r\nQUIT\r\n*1\r\n$4\r\nPING\r\n");
    assert_eq!(wire.read_to_end(), b"+OK\r\n");
}

#[test]
fn a_client_that_breaks_off_leaves_no_trace() {
    for sent in [&b""[..], b"*", b"*2\r\n$3\r\nDEL\r\n$5\r\nab", b"*3\r\n$3\r\nSET\r\n$1\r\nb\r\n$5\r\nabc"] {
        let mut wire = Wire::to(shared().address);
        wire.send(sent);
        wire.finish_sending();
        assert_eq!(wire.read_to_end(), b"");
    }
    assert_eq!(resp::command(shared(), &["EXISTS", "b"]).unwrap(), Reply::Integer(0));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]
    #[test]
    fn any_bytes_end_cleanly(
        bytes in prop_oneof![
            prop::collection::vec(any::<u8>(), 0..200),
            "[*$:+\\-0-9 a\r\n]{0,80}".prop_map(String::into_bytes),
            "(\\*[0-3]\r\n|\\$[0-9]{1,2}\r\n|GET\r\n|[a-z]{1,9}\r\n){0,12}".prop_map(String::into_bytes),
        ],
    ) {
        let mut wire = Wire::to(shared().address);
        wire.send_if_taken(&bytes);
        wire.finish_sending();
        wire.read_to_end();
        prop_assert!(still_serves());
    }
}
