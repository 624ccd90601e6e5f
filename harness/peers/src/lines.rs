//! Lines of JSON over TCP: the control connections of the load client and the echo server.

use crate::within::Within;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::io::{self, BufRead as _, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::time::Duration;

/// Time for one question and its answer.
const TIMEOUT: Duration = Duration::from_secs(5);
/// Longest line accepted, in bytes.
const MOST_BYTES: u64 = 1 << 20;
/// Pause after an accept that failed (descriptors used up, say), so that the loop does not spin.
const PAUSE: Duration = Duration::from_millis(10);

/// One conversation.
pub(crate) struct Lines<S = TcpStream> {
    reader: BufReader<S>,
}

impl Lines {
    pub(crate) fn over(stream: TcpStream) -> io::Result<Lines> {
        stream.set_nodelay(true)?;
        Ok(Lines { reader: BufReader::new(stream) })
    }
}

impl<S: Read + Write> Lines<S> {
    /// The next line, `None` at the end. If the line cannot be read as `T`, the inner error says why.
    pub(crate) fn next<T: DeserializeOwned>(&mut self) -> io::Result<Option<Result<T, String>>> {
        let mut line = Vec::new();
        self.reader.by_ref().take(MOST_BYTES).read_until(b'\n', &mut line)?;
        if line.is_empty() {
            return Ok(None);
        }
        Ok(Some(serde_json::from_slice(&line).map_err(|error| error.to_string())))
    }

    pub(crate) fn say(&mut self, message: &impl Serialize) -> io::Result<()> {
        let mut line = serde_json::to_vec(message)?;
        line.push(b'\n');
        self.reader.get_mut().write_all(&line)
    }
}

/// Asks one question on a new connection.
pub(crate) fn ask<T: DeserializeOwned>(address: SocketAddr, what: &impl Serialize) -> io::Result<T> {
    let mut lines = Lines { reader: BufReader::new(Within::connect(address, TIMEOUT)?) };
    lines.say(what)?;
    let invalid = |what: String| io::Error::new(io::ErrorKind::InvalidData, format!("{address}: {what}"));
    match lines.next()? {
        Some(Ok(answer)) => Ok(answer),
        Some(Err(what)) => Err(invalid(what)),
        None => Err(invalid("closed without an answer".into())),
    }
}

/// Runs `converse` for every connection, each on its own thread. Never returns.
pub(crate) fn converse_with_all(
    listener: &TcpListener,
    converse: impl Fn(Lines) -> io::Result<()> + Clone + Send + 'static,
) -> ! {
    loop {
        let begun = listener.accept().and_then(|(stream, _)| {
            let converse = converse.clone();
            // A client that breaks off ends its own conversation only.
            std::thread::Builder::new().name("control".into()).spawn(move || Lines::over(stream).and_then(converse))
        });
        if let Err(error) = begun {
            eprintln!("peer: cannot begin a conversation: {error}");
            std::thread::sleep(PAUSE);
        }
    }
}
