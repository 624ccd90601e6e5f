//! The conductor's questions to an origin: one short, blocking request on a connection of its own.

use super::Stats;
use crate::within::Within;
use std::io::{self, Read as _, Write as _};
use std::net::SocketAddr;
use std::time::Duration;

/// Time for one question and its answer.
const TIMEOUT: Duration = Duration::from_secs(5);
/// Longer than any answer to these questions.
const MOST_BYTES: u64 = 64 << 10;

/// What the origin at `address` has served.
///
/// # Errors
/// No connection, no answer for 5 seconds, or an answer that is not [`Stats`].
pub fn stats(address: SocketAddr) -> io::Result<Stats> {
    let body = get(address, "/stats")?;
    serde_json::from_str(&body).map_err(|error| invalid(format!("{address} did not answer with statistics: {error}")))
}

/// Asks the origin at `address` whether it serves.
///
/// # Errors
/// No connection, no answer for 5 seconds, or one that is not 200.
pub fn check(address: SocketAddr) -> io::Result<()> {
    get(address, "/health").map(drop)
}

fn get(address: SocketAddr, path: &str) -> io::Result<String> {
    let mut stream = Within::connect(address, TIMEOUT)?;
    stream.write_all(format!("GET {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n").as_bytes())?;
    let mut answer = String::new();
    stream.take(MOST_BYTES).read_to_string(&mut answer)?;
    let (head, body) =
        answer.split_once("\r\n\r\n").ok_or_else(|| invalid(format!("{address} did not answer {path} with HTTP")))?;
    let status = head.lines().next().unwrap_or_default();
    if status.split(' ').nth(1) != Some("200") {
        return Err(invalid(format!("{address} answered `{status}` to {path}")));
    }
    Ok(body.to_owned())
}

fn invalid(what: String) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}
