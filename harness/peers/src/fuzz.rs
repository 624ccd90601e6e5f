//! What clients send to the embedded servers, as functions of bytes, for a fuzzer: all the processing,
//! without sockets and without waiting.

pub use crate::http::hear as http;
pub use crate::load::hear as load;
pub use crate::mysql::{conversation as mysql_conversation, hear as mysql};
pub use crate::resp::hear as resp;

use loopswap_jobs::{REQUEST_BYTES, Request};

/// Requests for jobs; no job is done.
pub fn jobs(bytes: &[u8]) {
    for request in bytes.chunks_exact(REQUEST_BYTES) {
        if let Some(Request::Job(job)) = <&[u8; REQUEST_BYTES]>::try_from(request).ok().and_then(Request::read) {
            assert_eq!(job.to_bytes(), request, "what was read can be written again");
        }
    }
}
