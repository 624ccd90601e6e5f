//! Lines of JSON over TCP: how the load client and the echo server are spoken to beside their work.

use serde::Serialize;
use serde::de::DeserializeOwned;
use std::io::{self, BufRead, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::time::Duration;

/// Patience of whoever asks, with a connect and with every single read and write.
const TIMEOUT: Duration = Duration::from_secs(5);
/// No line is longer: what is, is none of ours.
const MOST_BYTES: u64 = 1 << 20;
/// Pause after an accept that failed (descriptors used up, say), so that the loop does not spin.
const PAUSE: Duration = Duration::from_millis(10);

/// One conversation.
pub(crate) struct Lines {
    reader: BufReader<TcpStream>,
}

impl Lines {
    pub(crate) fn over(stream: TcpStream) -> io::Result<Lines> {
        stream.set_nodelay(true)?;
        Ok(Lines { reader: BufReader::new(stream) })
    }

    /// The next line, or none at the end. What the line is wrong about is the inner error.
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

/// Asks one thing on a connection of its own.
pub(crate) fn ask<T: DeserializeOwned>(address: SocketAddr, what: &impl Serialize) -> io::Result<T> {
    let stream = TcpStream::connect_timeout(&address, TIMEOUT)?;
    stream.set_read_timeout(Some(TIMEOUT))?;
    stream.set_write_timeout(Some(TIMEOUT))?;
    let mut lines = Lines::over(stream)?;
    lines.say(what)?;
    let invalid = |what: String| io::Error::new(io::ErrorKind::InvalidData, format!("{address}: {what}"));
    match lines.next()? {
        Some(Ok(answer)) => Ok(answer),
        Some(Err(what)) => Err(invalid(what)),
        None => Err(invalid("closed without an answer".into())),
    }
}

/// Has `converse` hold a conversation with everybody who connects, each on a thread of its own. Never
/// returns.
pub(crate) fn converse_with_all(
    listener: &TcpListener,
    converse: impl Fn(Lines) -> io::Result<()> + Clone + Send + 'static,
) -> ! {
    loop {
        let begun = listener.accept().and_then(|(stream, _)| {
            let converse = converse.clone();
            // Who breaks off ends the own conversation and nothing more.
            std::thread::Builder::new().name("control".into()).spawn(move || Lines::over(stream).and_then(converse))
        });
        if let Err(error) = begun {
            eprintln!("peer: cannot begin a conversation: {error}");
            std::thread::sleep(PAUSE);
        }
    }
}
