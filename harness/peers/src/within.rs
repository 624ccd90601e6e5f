//! A connection on which a whole conversation must be over in time, however slowly its bytes arrive.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

/// A TCP connection that fails with `TimedOut` once its time is over.
#[derive(Debug)]
pub(crate) struct Within {
    stream: TcpStream,
    deadline: Instant,
    time: Duration,
}

impl Within {
    /// Connects. Everything on the connection, including this, must be over within `time`.
    pub(crate) fn connect(address: SocketAddr, time: Duration) -> io::Result<Within> {
        let deadline = Instant::now() + time;
        let stream = TcpStream::connect_timeout(&address, time)?;
        stream.set_nodelay(true)?;
        Ok(Within { stream, deadline, time })
    }

    /// Restarts the time: for a connection that is kept and asked again.
    pub(crate) fn renew(&mut self) {
        self.deadline = Instant::now() + self.time;
    }

    /// The time that is left.
    fn left(&self) -> io::Result<Duration> {
        let left = self.deadline.saturating_duration_since(Instant::now());
        if left.is_zero() { Err(self.late()) } else { Ok(left) }
    }

    fn late(&self) -> io::Error {
        let address = self.stream.peer_addr().map_or_else(|_| "the peer".to_owned(), |address| address.to_string());
        io::Error::new(io::ErrorKind::TimedOut, format!("{address} did not answer within {:?}", self.time))
    }

    /// A read or write that the socket's own timeout ended fails as `WouldBlock` (socket(7)).
    fn named(&self, error: io::Error) -> io::Error {
        if error.kind() == io::ErrorKind::WouldBlock { self.late() } else { error }
    }
}

impl Read for Within {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.stream.set_read_timeout(Some(self.left()?))?;
        self.stream.read(buffer).map_err(|error| self.named(error))
    }
}

impl Write for Within {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.stream.set_write_timeout(Some(self.left()?))?;
        self.stream.write(bytes).map_err(|error| self.named(error))
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;

    /// A server that writes a byte now and then, for as long as somebody reads.
    fn trickling() -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("bound");
        std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().expect("a client");
            while stream.write_all(b".").is_ok() {
                std::thread::sleep(Duration::from_millis(5));
            }
        });
        address
    }

    #[test]
    fn a_trickle_ends_with_the_time_of_the_conversation() {
        let mut connection = Within::connect(trickling(), Duration::from_millis(100)).expect("it listens");
        let mut all = Vec::new();
        let error = connection.read_to_end(&mut all).expect_err("it never closes");
        assert_eq!(error.kind(), io::ErrorKind::TimedOut, "{error}");
        assert!(!all.is_empty(), "single reads were in time");
        connection.renew();
        assert!(connection.read(&mut [0]).is_ok(), "another conversation");
    }

    #[test]
    fn silence_is_named_with_the_address() {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("bound");
        let mut connection = Within::connect(address, Duration::from_millis(20)).expect("it listens");
        let error = connection.read(&mut [0]).expect_err("nobody writes");
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        assert!(error.to_string().starts_with(&format!("{address} did not answer within")), "{error}");
    }
}
