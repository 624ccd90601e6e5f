//! A small blocking client, for the conductor and for tests. It talks to a real server as well.

use crate::within::Within;
use loopswap_mysql_wire::{
    Error, Exchange, Execute, Login, Prepare, Progress, QUIT, Query, Rows, Session, Value, Wire,
};
use loopswap_protocol::Peer;
use std::io::{self, Read as _, Write as _};
use std::net::SocketAddr;
use std::time::Duration;

/// Time for a connect with its login, and for one statement and its answer.
const TIMEOUT: Duration = Duration::from_secs(5);
/// Longer than any answer to these questions.
const MOST_BYTES: usize = 64 << 20;

/// One connection to a server, real or embedded, that waits for every answer.
#[derive(Debug)]
pub struct Client {
    socket: Socket,
    session: Session,
}

#[derive(Debug)]
struct Socket {
    address: SocketAddr,
    stream: Within,
    wire: Wire,
    out: Vec<u8>,
}

impl Client {
    /// Connects, logs in as the peer's user (by default `root`), selects the database `mysql`.
    ///
    /// # Errors
    /// No connection, no answer for 5 seconds, or a refusal, with the server's message.
    pub fn connect(peer: &Peer) -> io::Result<Self> {
        let stream = Within::connect(peer.address, TIMEOUT)?;
        let mut socket = Socket { address: peer.address, stream, wire: Wire::default(), out: Vec::new() };
        let (user, password) = (peer.user.as_deref().unwrap_or("root"), peer.password.as_deref().unwrap_or(""));
        let session = socket.carry_out(Login::new(user, password, "mysql"))?;
        Ok(Client { socket, session })
    }

    /// The version that the server gave in its greeting.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.session.version
    }

    /// Sends a statement as text and waits for its rows.
    ///
    /// # Errors
    /// The server refuses it, the connection closes or fails, there is no answer for 5 seconds, or
    /// what arrives is not the protocol.
    pub fn query(&mut self, statement: &str) -> io::Result<Rows> {
        let (command, exchange) = Query::new(&self.session, statement);
        self.socket.ask(&command, exchange)
    }

    /// Prepares a statement and executes it with values for its `?`.
    ///
    /// # Errors
    /// Those of [`Client::query`].
    pub fn execute(&mut self, statement: &str, values: &[Value]) -> io::Result<Rows> {
        let (command, exchange) = Prepare::new(&self.session, statement);
        let prepared = self.socket.ask(&command, exchange)?;
        let (command, exchange) = Execute::new(&self.session, prepared, values);
        self.socket.ask(&command, exchange)
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        // So that the server does not count the connection as aborted; it may be gone already.
        if self.socket.wire.command(QUIT, &mut self.socket.out).is_ok() {
            let _ = self.socket.stream.write_all(&self.socket.out);
        }
    }
}

impl Socket {
    fn ask<E: Exchange>(&mut self, command: &[u8], exchange: E) -> io::Result<E::Output> {
        self.wire.command(command, &mut self.out).map_err(|error| invalid(self.address, &error))?;
        self.stream.renew();
        self.stream.write_all(&self.out)?;
        self.carry_out(exchange)
    }

    fn carry_out<E: Exchange>(&mut self, mut exchange: E) -> io::Result<E::Output> {
        let invalid = |error: Error| invalid(self.address, &error);
        let mut part = [0; 16 << 10];
        let mut received = 0;
        loop {
            if received > MOST_BYTES {
                let what = format!("{}: an answer has more than {MOST_BYTES} bytes", self.address);
                return Err(io::Error::new(io::ErrorKind::InvalidData, what));
            }
            while self.wire.next_packet().map_err(invalid)? {
                match exchange.take(self.wire.packet()).map_err(invalid)? {
                    Progress::More => {}
                    Progress::Send(payload) => {
                        self.wire.reply(&payload, &mut self.out).map_err(invalid)?;
                        self.stream.write_all(&self.out)?;
                    }
                    Progress::Done(output) => return Ok(output),
                }
            }
            match self.stream.read(&mut part)? {
                0 => {
                    let what = format!("{} closed the connection in place of an answer", self.address);
                    return Err(io::Error::new(io::ErrorKind::UnexpectedEof, what));
                }
                length => {
                    received += length;
                    self.wire.receive(&part[..length]);
                }
            }
        }
    }
}

/// What a server reports about itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// Its version, such as `10.11.6-MariaDB`, or [`VERSION`](super::VERSION).
    pub version: String,
    /// `SELECT` statements it has executed since it started, as text and prepared (`Com_select`). Asking for
    /// the status does not add to it.
    pub selects: u64,
}

/// Asks a server for its version and counts, on a connection of its own.
///
/// # Errors
/// Those of [`Client::connect`] and [`Client::query`], or an answer without the count.
pub fn status(peer: &Peer) -> io::Result<Status> {
    let mut client = Client::connect(peer)?;
    let rows = client.query("SHOW GLOBAL STATUS LIKE 'Com_select'")?;
    let selects = match rows.as_slice() {
        [row] => row.get(1).and_then(text).and_then(|text| text.parse().ok()),
        _ => None,
    };
    let selects = selects.ok_or_else(|| io::Error::other(format!("{}: no count in {rows:?}", peer.address)))?;
    Ok(Status { version: client.version().to_owned(), selects })
}

/// Host and user of every account, as `SELECT Host, User FROM user` answers.
///
/// # Errors
/// Those of [`Client::connect`] and [`Client::query`], or rows of another form.
pub fn accounts(peer: &Peer) -> io::Result<Vec<(String, String)>> {
    let rows = Client::connect(peer)?.query("SELECT Host, User FROM user")?;
    let pair = |row: &Vec<Value>| match row.as_slice() {
        [host, user] => Some((text(host)?, text(user)?)),
        _ => None,
    };
    let pairs: Option<Vec<_>> = rows.iter().map(pair).collect();
    pairs.ok_or_else(|| io::Error::other(format!("{}: the table of accounts has rows like {rows:?}", peer.address)))
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::Bytes(bytes) => String::from_utf8(bytes.clone()).ok(),
        _ => None,
    }
}

fn invalid(address: SocketAddr, error: &Error) -> io::Error {
    let kind = match error {
        Error::Refused { .. } | Error::Plugin(_) => io::ErrorKind::PermissionDenied,
        Error::Malformed(_) => io::ErrorKind::InvalidData,
    };
    io::Error::new(kind, format!("{address}: {error}"))
}
