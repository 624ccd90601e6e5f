//! A port that shards share.

use nix::sys::socket::sockopt::{ReuseAddr, ReusePort};
use nix::sys::socket::{AddressFamily, Backlog, SockFlag, SockType, SockaddrStorage, bind, listen, setsockopt, socket};
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::os::fd::AsRawFd as _;

/// A listening socket that does not block, whose port other shards may listen on too (`SO_REUSEPORT`): the
/// kernel deals the connections out.
///
/// # Errors
/// Those of `socket(2)`, `setsockopt(2)`, `bind(2)` and `listen(2)`.
pub fn listener(on: SocketAddr) -> io::Result<TcpListener> {
    let family = if on.is_ipv4() { AddressFamily::Inet } else { AddressFamily::Inet6 };
    let flags = SockFlag::SOCK_CLOEXEC | SockFlag::SOCK_NONBLOCK;
    let socket = socket(family, SockType::Stream, flags, None)?;
    setsockopt(&socket, ReuseAddr, &true)?;
    setsockopt(&socket, ReusePort, &true)?;
    bind(socket.as_raw_fd(), &SockaddrStorage::from(on))?;
    listen(&socket, Backlog::new(1024)?)?;
    Ok(TcpListener::from(socket))
}
