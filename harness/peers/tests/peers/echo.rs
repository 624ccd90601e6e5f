//! The echo server sends back what it gets, and counts it.

use crate::servers;
use loopswap_peers::echo::{self, Stats};
use loopswap_protocol::{PeerKind, body};
use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpStream};

#[test]
fn what_goes_out_comes_back_in_any_pieces() {
    let server = servers::echo();
    assert_eq!(server.kind, PeerKind::Echo);
    assert_eq!(server.version, format!("loopswap-echo {}", env!("CARGO_PKG_VERSION")));
    let control = server.control.expect("a second address");
    assert_eq!(echo::stats(control).unwrap(), Stats::default());

    let mut total = 0;
    for (connection, size) in [(1, 1), (2, 1000), (3, 300_000)] {
        let message = body(size, connection);
        let stream = TcpStream::connect(server.address).unwrap();
        let mut echo = Vec::new();
        std::thread::scope(|scope| {
            scope.spawn(|| {
                for piece in message.chunks(777) {
                    (&stream).write_all(piece).unwrap();
                }
                stream.shutdown(Shutdown::Write).unwrap();
            });
            (&stream).read_to_end(&mut echo).unwrap();
        });
        assert!(echo == message, "{size}");
        total += size as u64;
        assert_eq!(echo::stats(control).unwrap(), Stats { bytes: total, connections: connection });
    }
}
