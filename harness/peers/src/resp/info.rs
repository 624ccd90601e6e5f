//! `INFO`: written by the server, read by the conductor.

use super::client::{Client, invalid};
use super::session::Shared;
use super::{Reply, VERSION};
use loopswap_protocol::Peer;
use std::fmt::Write as _;
use std::io;

/// What a server, real or embedded, reports about itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Info {
    /// Its version: `7.0.15`, say, or [`VERSION`].
    pub version: String,
    /// Commands it has executed since it started.
    ///
    /// Between two readings it grows by the commands of others and by those of one reading: `INFO`,
    /// `AUTH` if there is a password, `SELECT` if there is a database. [`Info::reading_costs`] counts
    /// these.
    pub commands_processed: u64,
    /// Connections it has accepted since it started, including the one of this reading.
    pub connections_received: u64,
    /// Whether it is the embedded server.
    pub embedded: bool,
}

impl Info {
    /// Commands that one reading of `peer` itself adds to [`Info::commands_processed`].
    #[must_use]
    pub fn reading_costs(peer: &Peer) -> u64 {
        1 + u64::from(peer.password.is_some()) + u64::from(peer.database.is_some())
    }
}

/// Asks a server, real or embedded, for its `INFO`, on a connection of its own.
///
/// # Errors
/// No connection, no answer for 5 seconds, a login that is refused, or an answer without the lines
/// that make up an [`Info`].
pub fn info(peer: &Peer) -> io::Result<Info> {
    match Client::connect(peer)?.call(&["INFO"])? {
        Reply::BulkString(text) => parse(&String::from_utf8_lossy(&text)).map_err(|what| invalid(peer.address, what)),
        other => Err(invalid(peer.address, format!("answered INFO with {other:?}"))),
    }
}

/// The lines of an answer to `INFO`, or what is wrong with them.
fn parse(text: &str) -> Result<Info, String> {
    let line = |name: &str| {
        let mut pairs = text.lines().filter_map(|line| line.split_once(':'));
        let pair = pairs.find(|(key, _)| *key == name);
        pair.map(|(_, value)| value.trim()).ok_or_else(|| format!("INFO has no line {name}:"))
    };
    let number = |name: &str| line(name)?.parse().map_err(|_| format!("INFO has no number after {name}:"));
    let version = line("redis_version")?.to_owned();
    Ok(Info {
        embedded: version == VERSION,
        version,
        commands_processed: number("total_commands_processed")?,
        connections_received: number("total_connections_received")?,
    })
}

/// The answer to `INFO` with these sections, all of them if none is named.
pub(super) fn text(shared: &Shared, sections: &[&[u8]]) -> String {
    let wanted = |section: &str| {
        sections.is_empty()
            || sections.iter().any(|name| {
                [section, "default", "all", "everything"].iter().any(|any| name.eq_ignore_ascii_case(any.as_bytes()))
            })
    };
    let mut parts = Vec::new();
    if wanted("server") {
        parts.push(format!(
            "# Server\r\nredis_version:{VERSION}\r\nredis_mode:standalone\r\nprocess_id:{}\r\ntcp_port:{}\r\n\
             uptime_in_seconds:{}\r\n",
            std::process::id(),
            shared.port,
            shared.started.elapsed().as_secs(),
        ));
    }
    if wanted("clients") {
        parts.push(format!("# Clients\r\nconnected_clients:{}\r\n", shared.open));
    }
    if wanted("stats") {
        parts.push(format!(
            "# Stats\r\ntotal_connections_received:{}\r\ntotal_commands_processed:{}\r\n",
            shared.accepted, shared.commands,
        ));
    }
    if wanted("keyspace") {
        let mut part = "# Keyspace\r\n".to_owned();
        for (number, database) in shared.databases.iter().enumerate().filter(|(_, database)| database.len() > 0) {
            // Writing to a string cannot fail.
            let _ = write!(part, "db{number}:keys={},expires=0,avg_ttl=0\r\n", database.len());
        }
        parts.push(part);
    }
    parts.join("\r\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let mut shared = Shared::new(None);
        shared.commands = 12;
        shared.accepted = 3;
        let expected =
            Info { version: VERSION.into(), commands_processed: 12, connections_received: 3, embedded: true };
        assert_eq!(parse(&text(&shared, &[])).unwrap(), expected);
        assert_eq!(parse(&text(&shared, &[b"SERVER", b"stats"])).unwrap(), expected);
        assert_eq!(parse(&text(&shared, &[b"everything"])).unwrap(), expected);
    }

    #[test]
    fn a_missing_line_is_named() {
        let error = parse("redis_version:7.0.15\r\n").unwrap_err();
        assert_eq!(error, "INFO has no line total_commands_processed:");
        assert_eq!(text(&Shared::new(None), &[b"nothing"]), "");
    }
}
