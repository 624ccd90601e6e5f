//! The line with which a peer says where it listens.

use loopswap_protocol::{Peer, PeerKind};
use serde::{Deserialize, Serialize};
use std::net::SocketAddr;

/// What a peer process prints on its standard output, as one line of JSON, once it listens.
///
/// ```
/// # use loopswap_peers::Announcement;
/// let line = r#"{"peer":"http","address":"127.0.0.1:43211","version":"loopswap-http 0.1.0 (hyper 1.12.0)"}"#;
/// let announcement: Announcement = serde_json::from_str(line)?;
/// assert_eq!(announcement.address.port(), 43211);
/// assert_eq!(serde_json::to_string(&announcement)?, line);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Announcement {
    /// What it serves.
    #[serde(rename = "peer")]
    pub kind: PeerKind,
    /// Where it listens; the port is the real one, even if port 0 was asked for.
    pub address: SocketAddr,
    /// The server's name and version and, in brackets, the library it is built on: part of a case's identity,
    /// because unlike peers are never compared.
    pub version: String,
    /// Where it reports what it served, if that is another address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub control: Option<SocketAddr>,
}

impl Announcement {
    /// The announced server as runners get it, without credentials and with no database selected.
    #[must_use]
    pub fn peer(&self) -> Peer {
        Peer::new(self.kind, self.address)
    }
}
