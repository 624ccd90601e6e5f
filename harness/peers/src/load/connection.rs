//! One connection to the server under test.

use super::exchange::{Exchange, UnderWay};
use super::trouble::Trouble;
use nix::sys::epoll::{Epoll, EpollEvent, EpollFlags};
use std::io::{self, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Instant;

pub(super) struct Connection {
    stream: TcpStream,
    under_way: UnderWay,
    /// Bytes sent of the current operation.
    sent: usize,
    /// Whether the socket was full, so that the loop waits for room too.
    wants_room: bool,
    /// When the latency of the current operation began, if it is recorded.
    pub(super) begun: Option<Instant>,
    /// Operations of a closed loop that it still has to begin.
    pub(super) left: u64,
}

impl Connection {
    pub(super) fn open(address: SocketAddr, number: u64, epoll: &Epoll) -> io::Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        stream.set_nonblocking(true)?;
        epoll.add(&stream, EpollEvent::new(EpollFlags::EPOLLIN, number))?;
        let under_way = UnderWay::of(number);
        Ok(Connection { stream, under_way, sent: 0, wants_room: false, begun: None, left: 0 })
    }

    /// Begins the next operation.
    pub(super) fn begin(
        &mut self,
        exchange: &mut Exchange,
        epoll: &Epoll,
        begun: Option<Instant>,
    ) -> Result<(), Trouble> {
        self.begun = begun;
        self.sent = 0;
        self.send(exchange, epoll)
    }

    /// Continues after the loop has found the socket ready; returns whether the operation is complete.
    pub(super) fn go_on(
        &mut self,
        exchange: &mut Exchange,
        epoll: &Epoll,
        ready: EpollFlags,
        scratch: &mut [u8],
    ) -> Result<bool, Trouble> {
        if self.wants_room && ready.contains(EpollFlags::EPOLLOUT) {
            self.send(exchange, epoll)?;
        }
        if !ready.intersects(EpollFlags::EPOLLIN | EpollFlags::EPOLLHUP | EpollFlags::EPOLLERR) {
            return Ok(false);
        }
        let number = self.under_way.connection;
        let length = match self.stream.read(scratch) {
            Ok(0) => return Err(Trouble::Failed(format!("the server closed connection {number}"))),
            Ok(length) => length,
            Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted) => {
                return Ok(false);
            }
            Err(error) => return Err(Trouble::Failed(format!("reading on connection {number}: {error}"))),
        };
        let complete = exchange.check(&mut self.under_way, &scratch[..length])?;
        if complete {
            self.under_way.next();
        }
        Ok(complete)
    }

    fn send(&mut self, exchange: &mut Exchange, epoll: &Epoll) -> Result<(), Trouble> {
        let number = self.under_way.connection;
        let outgoing = exchange.outgoing(&self.under_way);
        let failed = |error: io::Error| Trouble::Failed(format!("writing on connection {number}: {error}"));
        while self.sent < outgoing.len() {
            match self.stream.write(&outgoing[self.sent..]) {
                Ok(length) => self.sent += length,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(failed(error)),
            }
        }
        let wants_room = self.sent < outgoing.len();
        if wants_room != self.wants_room {
            self.wants_room = wants_room;
            let interest = if wants_room { EpollFlags::EPOLLIN | EpollFlags::EPOLLOUT } else { EpollFlags::EPOLLIN };
            epoll.modify(&self.stream, &mut EpollEvent::new(interest, number)).map_err(|error| failed(error.into()))?;
        }
        Ok(())
    }
}
