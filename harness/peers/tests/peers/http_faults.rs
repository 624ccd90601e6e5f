//! What the origin does with wrong requests.

use crate::servers;
use crate::wire::Wire;
use loopswap_peers::http::{self, Stats};
use proptest::prelude::*;
use std::net::TcpListener;

#[test]
fn bad_requests_are_explained_and_the_connection_stays() {
    let origin = servers::http();
    let mut wire = Wire::to(origin.address);
    for (target, status, says) in [
        ("/body/67108865/1", 400, "bytes is 67108865, but it must be at most 67108864."),
        ("/body/99999999999999999999999/1", 400, "it must be at most 67108864."),
        ("/body/ten/1", 400, "bytes is `ten`, but it must be a whole number in decimal digits."),
        ("/body/10/-1", 400, "seed is `-1`"),
        ("/body/10/1?delay_us=60000001", 400, "delay_us is 60000001, but it must be at most 60000000."),
        ("/body/10/1?delay_us=", 400, "delay_us is ``"),
        ("/body/10/1?delay_ms=1", 400, "There is no parameter `delay_ms=1`"),
        ("/body/10", 404, ""),
        ("/", 404, ""),
        ("/body/10/1/1", 404, ""),
    ] {
        let response = wire.get(target);
        let body = String::from_utf8(response.body).unwrap();
        assert_eq!(response.status, status, "{target}: {body}");
        assert!(body.contains(says), "{target}: {body}");
    }
    wire.send("POST /body/10/1 HTTP/1.1\r\nhost: peer\r\ncontent-length: 3\r\n\r\nabc");
    let refused = wire.response();
    assert_eq!(refused.status, 405);
    assert!(refused.headers.contains(&("allow".into(), "GET".into())));
    assert_eq!(wire.get("/health").status, 200);
    assert_eq!(http::stats(origin.address).unwrap(), Stats::default());
}

#[test]
fn what_is_not_http_ends_only_its_own_connection() {
    let origin = servers::http();
    for bytes in [&b"*1\r\n$4\r\nPING\r\n"[..], b"\0\0\0\0\r\n\r\n", b"GET\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n"] {
        let mut wire = Wire::to(origin.address);
        wire.send(bytes);
        wire.finish_sending();
        let answer = wire.read_to_end();
        assert!(answer.is_empty() || answer.starts_with(b"HTTP/1.1 400"), "{}", answer.escape_ascii());
    }
    http::check(origin.address).unwrap();
}

#[test]
fn the_client_names_what_it_met() {
    let nobody = TcpListener::bind(servers::ANYWHERE).unwrap().local_addr().unwrap();
    assert!(http::check(nobody).is_err());
    let redis = servers::resp(None);
    let error = http::stats(redis.address).unwrap_err();
    assert!(error.to_string().contains("with HTTP"), "{error}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn any_target_is_answered(target in "/(body|stats|health)?[!-~]{0,30}") {
        static ORIGIN: std::sync::OnceLock<std::net::SocketAddr> = std::sync::OnceLock::new();
        let mut wire = Wire::to(*ORIGIN.get_or_init(|| servers::http().address));
        let response = wire.get(&target);
        prop_assert!([200, 400, 404].contains(&response.status), "{}", response.status);
    }
}
