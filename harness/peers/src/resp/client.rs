//! A small blocking client, for the conductor and for tests.

use super::Reply;
use crate::within::Within;
use bytes::BytesMut;
use loopswap_protocol::Peer;
use redis_protocol::resp2::decode::decode;
use redis_protocol::resp2::encode::extend_encode_borrowed;
use redis_protocol::resp2::types::BorrowedFrame;
use std::io::{self, Read as _, Write as _};
use std::net::SocketAddr;
use std::time::Duration;

/// Time for a connect, and for one command and its answer.
const TIMEOUT: Duration = Duration::from_secs(5);
/// Longer than any answer to these questions.
const MOST_BYTES: usize = 64 << 20;

/// One connection to a server, real or embedded, that waits for every answer.
#[derive(Debug)]
pub struct Client {
    address: SocketAddr,
    stream: Within,
    /// The bytes of the next answer that have arrived.
    received: Vec<u8>,
}

impl Client {
    /// Connects; logs in if `peer` has a password; selects a database if it has one.
    ///
    /// # Errors
    /// No connection, no answer for 5 seconds, or a refusal, with the server's message.
    pub fn connect(peer: &Peer) -> io::Result<Self> {
        let stream = Within::connect(peer.address, TIMEOUT)?;
        let mut client = Client { address: peer.address, stream, received: Vec::new() };
        match (&peer.user, &peer.password) {
            (Some(user), Some(password)) => client.expect_ok(&["AUTH", user, password])?,
            (None, Some(password)) => client.expect_ok(&["AUTH", password])?,
            (_, None) => {}
        }
        if let Some(database) = peer.database {
            client.expect_ok(&["SELECT", &database.to_string()])?;
        }
        Ok(client)
    }

    /// Sends one command and waits for its answer. If the server answers with an error, that is a
    /// [`Reply::Error`].
    ///
    /// # Errors
    /// The connection closes or fails, there is no answer for 5 seconds, or what arrives is not RESP2.
    pub fn call(&mut self, command: &[impl AsRef<[u8]>]) -> io::Result<Reply> {
        let frames: Vec<_> = command.iter().map(|argument| BorrowedFrame::BulkString(argument.as_ref())).collect();
        let mut encoded = BytesMut::new();
        extend_encode_borrowed(&mut encoded, &BorrowedFrame::Array(&frames), false)
            .map_err(|error| invalid(self.address, error))?;
        self.stream.renew();
        self.stream.write_all(&encoded)?;
        self.reply()
    }

    fn reply(&mut self) -> io::Result<Reply> {
        let mut part = [0; 16 << 10];
        loop {
            match decode(&self.received) {
                Ok(Some((reply, length))) => {
                    self.received.drain(..length);
                    return Ok(reply);
                }
                Ok(None) if self.received.len() > MOST_BYTES => {
                    return Err(invalid(self.address, format!("an answer has more than {MOST_BYTES} bytes")));
                }
                Ok(None) => {}
                Err(error) => return Err(invalid(self.address, error)),
            }
            match self.stream.read(&mut part)? {
                0 => {
                    let what = format!("{} closed the connection in place of an answer", self.address);
                    return Err(io::Error::new(io::ErrorKind::UnexpectedEof, what));
                }
                length => self.received.extend_from_slice(&part[..length]),
            }
        }
    }

    fn expect_ok(&mut self, command: &[&str]) -> io::Result<()> {
        match self.call(command)? {
            Reply::SimpleString(text) if text == b"OK" => Ok(()),
            Reply::Error(error) => Err(io::Error::new(
                io::ErrorKind::PermissionDenied,
                format!("{} refused {}: {error}", self.address, command[0]),
            )),
            other => Err(invalid(self.address, format!("answered {} with {other:?}", command[0]))),
        }
    }
}

/// Sends one command on a connection of its own; see [`Client`].
///
/// # Errors
/// Those of [`Client::connect`] and [`Client::call`].
pub fn command(peer: &Peer, command: &[impl AsRef<[u8]>]) -> io::Result<Reply> {
    Client::connect(peer)?.call(command)
}

pub(super) fn invalid(address: SocketAddr, what: impl std::fmt::Display) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("{address}: {what}"))
}
