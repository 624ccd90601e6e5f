//! `--redis redis://[[user]:password@]host[:port][/database]`.

use crate::failure::Failure;
use crate::server::Server;
use loopswap_protocol::{Peer, PeerKind, quoted, sentence};
use std::net::{SocketAddr, ToSocketAddrs as _};

/// The address of a Redis server that is already running.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RedisUrl {
    peer: Peer,
}

impl RedisUrl {
    /// Reads a URL.
    ///
    /// # Errors
    /// When it is not of the form that the message shows, or the host has no address.
    pub fn parse(url: &str) -> Result<RedisUrl, Failure> {
        RedisUrl::parse_with(url, address)
    }

    /// Reads a URL, with another way to find the address of its host and port.
    ///
    /// # Errors
    /// As [`parse`](Self::parse).
    pub fn parse_with(url: &str, address: impl Fn(&str) -> Option<SocketAddr>) -> Result<RedisUrl, Failure> {
        // What the message repeats never holds the password.
        let bare = url.strip_prefix("redis://").unwrap_or(url);
        let shown = quoted(bare.rsplit_once('@').map_or(bare, |(_, host)| host));
        let wrong = |why: &str| {
            Failure::usage(format!("--redis {shown}: {why}"))
                .help("takes redis://[[user]:password@]host[:port][/database], such as redis://127.0.0.1:6379")
        };
        let rest = url.strip_prefix("redis://").ok_or_else(|| wrong("does not begin with redis://"))?;
        let (credentials, rest) = match rest.rsplit_once('@') {
            Some((credentials, rest)) => (Some(credentials), rest),
            None => (None, rest),
        };
        let (user, password) = match credentials.map(|text| text.split_once(':').unwrap_or(("", text))) {
            Some((user, password)) => {
                (Some(user.to_owned()).filter(|user| !user.is_empty()), Some(password.to_owned()))
            }
            None => (None, None),
        };
        let (host, database) = match rest.split_once('/') {
            Some((host, "")) => (host, None),
            Some((host, number)) => (host, Some(number.parse().map_err(|_| wrong("the database is not a number"))?)),
            None => (rest, None),
        };
        let address = address(host).ok_or_else(|| wrong("the host has no address"))?;
        Ok(RedisUrl { peer: Peer { user, password, database, ..Peer::new(PeerKind::Redis, address) } })
    }

    /// What runners need to know to use it.
    #[must_use]
    pub fn peer(&self) -> Peer {
        self.peer.clone()
    }

    /// Asks the server for its name and version.
    ///
    /// # Errors
    /// When it does not answer.
    pub fn server(&self) -> Result<Server, Failure> {
        let info = loopswap_peers::resp::info(&self.peer).map_err(|error| {
            Failure::usage(format!("--redis: the server at {} does not answer: {}", self.peer.address, sentence(error)))
                .help("is it running, and are the password and the port right?")
        })?;
        Ok(Server::foreign(self.peer.clone(), format!("redis {} at {}", quoted(&info.version), self.peer.address)))
    }
}

fn address(host: &str) -> Option<SocketAddr> {
    let with_port = if host.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok()) {
        host.to_owned()
    } else {
        format!("{host}:6379")
    };
    with_port.to_socket_addrs().ok()?.next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_of_a_url_is_read() {
        let url = RedisUrl::parse("redis://me:secret@127.0.0.1:7000/3").expect("a whole URL").peer;
        assert_eq!(url.address, "127.0.0.1:7000".parse().expect("an address"));
        assert_eq!((url.user.as_deref(), url.password.as_deref(), url.database), (Some("me"), Some("secret"), Some(3)));
        let url = RedisUrl::parse("redis://:secret@127.0.0.1").expect("password only").peer;
        assert_eq!((url.address.port(), url.user, url.password.as_deref()), (6379, None, Some("secret")));
    }

    #[test]
    fn a_wrong_url_is_refused_with_the_form_that_is_wanted() {
        for wrong in ["127.0.0.1:6379", "redis://127.0.0.1/x", "redis://"] {
            let failure = RedisUrl::parse(wrong).expect_err(wrong);
            assert!(failure.to_string().contains("redis://[[user]:password@]host"), "{failure}");
        }
    }
}
