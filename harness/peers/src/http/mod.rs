//! The HTTP/1.1 origin: deterministic bodies after a chosen delay.
//!
//! | request | answer |
//! |---|---|
//! | `GET /body/{bytes}/{seed}` | 200 and [`body(bytes, seed)`](body) |
//! | `GET /body/{bytes}/{seed}?delay_us={n}` | the same, not before `n` microseconds have passed |
//! | `GET /body/{bytes}/{seed}?stall_us={n}&stall_every_us={m}` | the same, not before the end of a [`Stall`] |
//! | `GET /page/{seed}/{number}?links={l}&text={n}&delay_us={m}` | 200 and that page of the [`Site`](loopswap_protocol::Site), after its delay |
//! | `GET /stats` | 200 and [`Stats`] as JSON |
//! | `GET /health` | 200 and `ok` |
//! | a number that is malformed or too large | 400 and a sentence that says what is wrong |
//! | another method on these | 405 |
//! | anything else | 404 |
//!
//! Semantics after [RFC 9110](https://www.rfc-editor.org/rfc/rfc9110), messages and keep-alive after
//! [RFC 9112](https://www.rfc-editor.org/rfc/rfc9112), by hyper. An answer carries `content-length`
//! and nothing else that varies; `date`, which an origin with a clock should send, is left out so that
//! equal requests get equal answers.
//!
//! Delays and stalls come from tokio's timer: never early, rounded up to its next millisecond.

mod cache;
mod client;
mod route;
mod server;
mod stall;
mod stats;

pub use client::{check, stats};
pub use route::{MAX_BODY, MAX_DELAY, MAX_LINKS};
#[cfg(feature = "fuzz")]
pub use server::hear;
pub use server::serve;
pub use stall::Stall;
pub use stats::Stats;

use bytes::Bytes;

/// The body of `bytes` bytes for `seed`, as [`loopswap_protocol::body`] defines it.
#[must_use]
pub fn body(bytes: usize, seed: u64) -> Bytes {
    loopswap_protocol::body(bytes, seed).into()
}

/// The CRC-32 (ISO-HDLC: that of zlib, gzip and PNG) of [`body(bytes, seed)`](body).
#[must_use]
pub fn checksum(bytes: usize, seed: u64) -> u32 {
    crc32fast::hash(&body(bytes, seed))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_documented_checksums_hold() {
        assert_eq!(checksum(0, 1), 0);
        assert_eq!(checksum(20, 1_234_567), 0xb8d8_32ba);
    }
}
