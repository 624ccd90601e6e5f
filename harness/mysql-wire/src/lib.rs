//! The client's half of the MySQL protocol, without I/O.
//!
//! Packets are those of the `mysql_common` crate, on which the `mysql` and `mysql_async` drivers are built.
//! This crate adds their order: what a client answers to what a server says. Nothing here reads or writes a
//! socket, so the same code serves the workload on every runtime's own streams and the conductor's blocking
//! client, and neither brings a runtime along.
//!
//! An [`Exchange`] is one conversation (a login, a query, an execution). The owner of the socket sends what
//! the exchange wants sent, feeds [`Wire`] with what arrives, hands its packets to [`Exchange::take`], and
//! stops at [`Progress::Done`]:
//!
//! ```
//! # use loopswap_mysql_wire::{Error, Exchange, Progress, Wire};
//! # fn send(_: &[u8]) {}
//! # fn receive() -> Vec<u8> { Vec::new() }
//! fn carry_out<E: Exchange>(wire: &mut Wire, mut exchange: E) -> Result<E::Output, Error> {
//!     let mut out = Vec::new();
//!     loop {
//!         while wire.next_packet()? {
//!             match exchange.take(wire.packet())? {
//!                 Progress::More => {}
//!                 Progress::Send(payload) => {
//!                     wire.reply(&payload, &mut out)?;
//!                     send(&out);
//!                 }
//!                 Progress::Done(output) => return Ok(output),
//!             }
//!         }
//!         wire.receive(&receive());
//!     }
//! }
//! ```
//!
//! Supported: protocol 4.1 over plain TCP, with a server from MySQL 5.7 or MariaDB 10.2 on. Passwords are
//! sent by `mysql_native_password` or `caching_sha2_password`; the latter even if the server does not have
//! the password in its cache yet (*full authentication*: the client asks for the server's RSA key and sends
//! the password encrypted with it). Any other plugin is refused by name, above all the one that sends
//! passwords in clear text. No TLS, no compression.

mod login;
mod result;
mod wire;

pub use login::{Login, Session};
pub use mysql_common::value::Value;
pub use result::{Execute, Prepare, Prepared, Query, Rows};
pub use wire::Wire;

use mysql_common::constants::{CapabilityFlags, Command};
use mysql_common::io::ParseBuf;
use mysql_common::packets::{ErrPacket, OkPacketDeserializer, OkPacketKind};

/// One conversation with a server, fed with its packets.
pub trait Exchange {
    /// The result of the exchange.
    type Output;

    /// Takes the next packet.
    ///
    /// # Errors
    /// The server answers with an error, or with something that does not belong here.
    fn take(&mut self, packet: &[u8]) -> Result<Progress<Self::Output>, Error>;
}

/// What to do after a packet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Progress<T> {
    /// Read the next packet.
    More,
    /// Send this, as a [`Wire::reply`]; then read the next packet.
    Send(Vec<u8>),
    /// It is over.
    Done(T),
}

/// Why an exchange failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The server refused: its code and its message.
    #[error("the server answered error {code}: {text}")]
    Refused {
        /// The server's error code, such as 1045 for a refused login.
        code: u16,
        /// The server's message.
        text: String,
    },
    /// The server asks for the password in a way that is not supported.
    #[error(
        "the server asks for the login plugin `{0}`; supported are mysql_native_password and caching_sha2_password"
    )]
    Plugin(String),
    /// The packet does not fit the protocol at this point.
    #[error("{0}")]
    Malformed(String),
}

impl Error {
    fn malformed(what: &str, error: impl std::fmt::Display) -> Self {
        Error::Malformed(format!("{what}: {error}"))
    }
}

/// The payload of the command that ends a connection; it has no answer.
pub const QUIT: &[u8] = &[Command::COM_QUIT as u8];

const OK: u8 = 0x00;
const ERR: u8 = 0xff;

/// The server's refusal, if the packet is one.
fn refusal(packet: &[u8], capabilities: CapabilityFlags) -> Option<Error> {
    (packet.first() == Some(&ERR)).then(|| {
        // A server that has not read our capabilities yet sends no SQL state.
        match ParseBuf(packet).parse::<ErrPacket<'_>>(capabilities) {
            Ok(ErrPacket::Error(error)) => {
                Error::Refused { code: error.error_code(), text: error.message_str().into_owned() }
            }
            Ok(ErrPacket::Progress(_)) => Error::Malformed("a progress report without a request".into()),
            Err(error) => Error::malformed("an error packet", error),
        }
    })
}

/// Checks an OK packet of a kind.
fn expect_ok<K: OkPacketKind>(packet: &[u8], capabilities: CapabilityFlags) -> Result<(), Error> {
    let ok = ParseBuf(packet).parse::<OkPacketDeserializer<'_, K>>(capabilities);
    ok.map(drop).map_err(|error| Error::malformed("an OK packet", error))
}
