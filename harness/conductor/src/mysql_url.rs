//! `--mysql mysql://[user[:password]@]host[:port]`.

use crate::failure::Failure;
use crate::server::Server;
use loopswap_peers::mysql;
use loopswap_protocol::{Peer, PeerKind, quoted, sentence};
use std::net::{SocketAddr, ToSocketAddrs as _};

/// The address of a MySQL or MariaDB server that is already running.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MysqlUrl {
    peer: Peer,
}

impl MysqlUrl {
    /// Reads a URL.
    ///
    /// # Errors
    /// When it is not of the form that the message shows, or the host has no address.
    pub fn parse(url: &str) -> Result<MysqlUrl, Failure> {
        MysqlUrl::parse_with(url, address)
    }

    /// Reads a URL, with another way to find the address of its host and port.
    ///
    /// # Errors
    /// As [`parse`](Self::parse).
    pub fn parse_with(url: &str, address: impl Fn(&str) -> Option<SocketAddr>) -> Result<MysqlUrl, Failure> {
        let rest = url.strip_prefix("mysql://");
        // What the message repeats never holds the password.
        let shown = rest.map_or(url, |rest| rest.rsplit_once('@').map_or(rest, |(_, host)| host));
        let wrong = |why: &str| {
            Failure::usage(format!("--mysql {}: {why}", quoted(shown)))
                .help("takes mysql://[user[:password]@]host[:port], such as mysql://loopswap:secret@127.0.0.1:3306")
        };
        let rest = rest.ok_or_else(|| wrong("does not begin with mysql://"))?;
        let (credentials, host) = match rest.rsplit_once('@') {
            Some((credentials, host)) => (Some(credentials), host),
            None => (None, rest),
        };
        let (user, password) = match credentials.map(|text| (text, text.split_once(':'))) {
            Some((_, Some((user, password)))) => (Some(user), Some(password.to_owned())),
            Some((user, None)) => (Some(user), None),
            None => (None, None),
        };
        let host = host.strip_suffix('/').unwrap_or(host);
        if host.contains('/') {
            return Err(wrong("names a database, but the table of accounts is always in `mysql`"));
        }
        let address = address(host).ok_or_else(|| wrong("the host has no address"))?;
        let user = user.filter(|user| !user.is_empty()).map(str::to_owned);
        Ok(MysqlUrl { peer: Peer { user, password, ..Peer::new(PeerKind::Mysql, address) } })
    }

    /// What runners need to know to use it, its accounts included.
    ///
    /// # Errors
    /// When the server does not answer, or does not show its accounts.
    pub fn peer(&self) -> Result<Peer, Failure> {
        let accounts = mysql::accounts(&self.peer).map_err(|error| {
            Failure::usage(format!(
                "--mysql: the server at {} does not show its accounts: {}",
                self.peer.address,
                sentence(error)
            ))
            .help("is it running, are user, password and port right, and may the user SELECT from mysql.user?")
        })?;
        Ok(Peer { accounts, ..self.peer.clone() })
    }

    /// Asks the server for its name and version.
    ///
    /// # Errors
    /// When it does not answer, or does not show its accounts.
    pub fn server(&self) -> Result<Server, Failure> {
        let peer = self.peer()?;
        let status = mysql::status(&peer)
            .map_err(|error| Failure::usage(format!("--mysql: the server at {}: {}", peer.address, sentence(error))))?;
        let name = format!("{} at {}", quoted(&product(&status.version, "mariadb", "mysql")), peer.address);
        Ok(Server::foreign(peer, name))
    }
}

/// A server's name and version, such as `mariadb 10.11.6-0+deb12u1`.
pub(crate) fn product(version: &str, maria: &str, oracle: &str) -> String {
    match version.split_once("-MariaDB") {
        Some((before, after)) => format!("{maria} {before}{after}"),
        None => format!("{oracle} {version}"),
    }
}

fn address(host: &str) -> Option<SocketAddr> {
    let with_port = if host.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok()) {
        host.to_owned()
    } else {
        format!("{host}:3306")
    };
    with_port.to_socket_addrs().ok()?.next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_of_a_url_is_read() {
        let peer = |url| MysqlUrl::parse(url).expect(url).peer;
        let whole = peer("mysql://me:se:cr@et@127.0.0.1:3307/");
        assert_eq!(whole.address, "127.0.0.1:3307".parse().expect("an address"));
        assert_eq!((whole.user.as_deref(), whole.password.as_deref()), (Some("me"), Some("se:cr@et")));
        let user = peer("mysql://me@127.0.0.1");
        assert_eq!((user.address.port(), user.user.as_deref(), user.password), (3306, Some("me"), None));
        assert_eq!(peer("mysql://127.0.0.1").user, None);
    }

    #[test]
    fn a_wrong_url_is_refused_with_the_form_that_is_wanted_and_without_the_password() {
        for wrong in ["127.0.0.1:3306", "mysql://", "mysql://me:secret@127.0.0.1/app", "mysql://me:secret@:x"] {
            let failure = MysqlUrl::parse(wrong).expect_err(wrong).to_string();
            assert!(failure.contains("mysql://[user[:password]@]host"), "{failure}");
            assert!(!failure.contains("me:secret"), "{failure}");
        }
    }

    #[test]
    fn a_version_says_whose_server_it_is() {
        assert_eq!(product("10.11.6-MariaDB-0+deb12u1", "mariadbd", "mysqld"), "mariadbd 10.11.6-0+deb12u1");
        assert_eq!(product("8.4.3", "mariadbd", "mysqld"), "mysqld 8.4.3");
    }
}
