//! The origin does what its documentation says.

use crate::servers;
use crate::wire::Wire;
use loopswap_peers::http::{self, Stats};
use loopswap_protocol::PeerKind;
use proptest::prelude::*;
use std::time::{Duration, Instant};

#[test]
fn it_announces_itself_and_is_there() {
    let origin = servers::http();
    assert_eq!(origin.kind, PeerKind::Http);
    assert_ne!(origin.address.port(), 0);
    assert_eq!(origin.version, format!("loopswap-http {} (hyper 1.12.0)", env!("CARGO_PKG_VERSION")));
    http::check(origin.address).unwrap();
    assert_eq!(http::stats(origin.address).unwrap(), Stats::default());
}

#[test]
fn a_body_is_the_one_computed() {
    let origin = servers::http();
    let mut wire = Wire::to(origin.address);
    for (bytes, seed) in [(0, 0), (1, 1), (9, u64::MAX), (1024, 7), (1 << 20, 7), (http::MAX_BODY, 3)] {
        for _ in 0..2 {
            let response = wire.get(&format!("/body/{bytes}/{seed}"));
            assert_eq!(response.status, 200);
            assert_eq!(response.headers, [("content-length".to_owned(), bytes.to_string())]);
            assert!(response.body == http::body(bytes, seed), "{bytes} {seed}");
            assert_eq!(crc32fast::hash(&response.body), http::checksum(bytes, seed));
        }
    }
}

#[test]
fn an_answer_never_comes_before_its_delay() {
    let origin = servers::http();
    let mut wire = Wire::to(origin.address);
    for delay_us in [0, 1, 999, 1000, 2500, 50_000] {
        let before = Instant::now();
        let response = wire.get(&format!("/body/10/1?delay_us={delay_us}"));
        assert!(before.elapsed() >= Duration::from_micros(delay_us), "{delay_us}");
        assert_eq!(response.body, http::body(10, 1));
    }
}

#[test]
fn a_delay_holds_up_nobody_else() {
    let origin = servers::http();
    let mut slow = Wire::to(origin.address);
    slow.send("GET /body/1/1?delay_us=60000000 HTTP/1.1\r\nhost: peer\r\n\r\n");
    let mut quick = Wire::to(origin.address);
    assert_eq!(quick.get("/body/1/1").body, http::body(1, 1));
    // A client that leaves while it waits has been served nothing.
    drop(slow);
    assert_eq!(http::stats(origin.address).unwrap(), Stats { requests: 1, bytes: 1, connections: 1 });
}

#[test]
fn a_stall_holds_up_answers_and_changes_none() {
    let origin = servers::http();
    let mut wire = Wire::to(origin.address);
    for seed in 0..3 {
        // It stalls almost always: each answer comes in the gap after a stall.
        let response = wire.get(&format!("/body/10/{seed}?stall_us=19999&stall_every_us=20000"));
        assert_eq!(response.body, http::body(10, seed));
    }
    assert_eq!(http::stats(origin.address).unwrap().requests, 3);
}

#[test]
fn requests_may_be_pipelined() {
    let origin = servers::http();
    let mut wire = Wire::to(origin.address);
    let request = |seed: u64| format!("GET /body/100/{seed} HTTP/1.1\r\nhost: peer\r\n\r\n");
    wire.send((0..20).map(request).collect::<String>());
    for seed in 0..20 {
        assert_eq!(wire.response().body, http::body(100, seed));
    }
}

#[test]
fn what_64_clients_received_is_what_was_served() {
    const CONNECTIONS: usize = 64;
    const EACH: usize = 25;
    let origin = servers::http();
    let received: usize = std::thread::scope(|scope| {
        let clients: Vec<_> = (0..CONNECTIONS)
            .map(|client| {
                scope.spawn(move || {
                    let mut wire = Wire::to(origin.address);
                    let mut received = 0;
                    for request in 0..EACH {
                        let (bytes, seed) = (request * 37 + client, (client % 5) as u64);
                        let response = wire.get(&format!("/body/{bytes}/{seed}?delay_us={}", request % 3));
                        assert_eq!(crc32fast::hash(&response.body), http::checksum(bytes, seed));
                        received += response.body.len();
                    }
                    received
                })
            })
            .collect();
        clients.into_iter().map(|client| client.join().unwrap()).sum()
    });
    let served = http::stats(origin.address).unwrap();
    let expected =
        Stats { requests: (CONNECTIONS * EACH) as u64, bytes: received as u64, connections: CONNECTIONS as u64 };
    assert_eq!(served, expected);
    // Neither that question nor these count.
    let mut wire = Wire::to(origin.address);
    assert_eq!(wire.get("/health").body, b"ok");
    assert_eq!(wire.get("/stats").body, serde_json::to_vec(&expected).unwrap());
    assert_eq!(wire.get("/nothing").status, 404);
    assert_eq!(http::stats(origin.address).unwrap(), expected);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn bodies_of_any_size_and_seed(sizes in prop::collection::vec((0usize..20_000, any::<u64>()), 1..10)) {
        static ORIGIN: std::sync::OnceLock<std::net::SocketAddr> = std::sync::OnceLock::new();
        let mut wire = Wire::to(*ORIGIN.get_or_init(|| servers::http().address));
        for (bytes, seed) in sizes {
            let response = wire.get(&format!("/body/{bytes}/{seed}"));
            prop_assert_eq!(response.body.len(), bytes);
            prop_assert_eq!(crc32fast::hash(&response.body), http::checksum(bytes, seed));
        }
    }
}
