//! The server: one task a connection, one write for all answers that are ready.

use super::commands::{Next, execute};
use super::reply::Replies;
use super::request::{Malformed, Scanner, arguments};
use super::session::{Session, Shared};
use crate::Announcement;
use bytes::{Buf as _, BytesMut};
use loopswap_protocol::PeerKind;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// Least room for a read.
const READ: usize = 16 << 10;
/// Answers are sent as soon as they reach this many bytes together, so that a long pipeline of large answers
/// is never held in memory completely.
const WRITE: usize = 1 << 20;
/// A buffer that has grown beyond this is freed once it is empty.
const KEEP: usize = 1 << 20;
/// How long to keep reading from a connection that is being closed, so that its last answer arrives before
/// the reset that unread data would cause.
const LINGER: Duration = Duration::from_secs(1);

/// Serves until the process ends, on the calling thread, as the [module](super) says.
///
/// With a `password`, clients must first `AUTH password` or `AUTH default password`. `announce` is called
/// once, when connections can be made. Port 0 means any free port.
///
/// # Errors
/// The address cannot be bound, or the runtime cannot start. It returns only with an error.
pub fn serve(listen: SocketAddr, password: Option<String>, announce: impl FnOnce(Announcement)) -> io::Result<()> {
    let version = format!("loopswap-redis {} (redis-protocol 6)", env!("CARGO_PKG_VERSION"));
    let shared = Arc::new(Mutex::new(Shared::new(password)));
    let announce = |address: SocketAddr| {
        lock(&shared).port = address.port();
        announce(Announcement { kind: PeerKind::Redis, address, version, control: None });
    };
    crate::listen::serve(listen, announce, |stream| {
        let shared = Arc::clone(&shared);
        tokio::spawn(async move {
            let session = lock(&shared).open_session();
            // A client that breaks off ends its own connection only.
            let _ = converse(stream, &shared, session).await;
            lock(&shared).open -= 1;
        });
    })
}

/// All connections are served on one thread, so this never waits.
fn lock(shared: &Mutex<Shared>) -> MutexGuard<'_, Shared> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Why the answering of requests paused.
enum Pause {
    /// No complete request is left.
    Drained,
    /// There are enough answers to send.
    Full,
    /// The connection ends after these answers.
    Closing,
}

async fn converse(mut stream: TcpStream, shared: &Mutex<Shared>, mut session: Session) -> io::Result<()> {
    let mut input = BytesMut::new();
    let mut scanner = Scanner::default();
    let mut replies = Replies::default();
    loop {
        input.reserve(READ);
        if stream.read_buf(&mut input).await? == 0 {
            return Ok(());
        }
        loop {
            let pause = answer_all(&mut lock(shared), &mut session, &mut scanner, &mut input, &mut replies);
            stream.write_all(&replies.encoded).await?;
            recycle(&mut replies.encoded);
            match pause {
                Pause::Full => {}
                Pause::Drained => break,
                Pause::Closing => return close(stream, input).await,
            }
        }
        if input.is_empty() {
            recycle(&mut input);
        }
    }
}

fn answer_all(
    shared: &mut Shared,
    session: &mut Session,
    scanner: &mut Scanner,
    input: &mut BytesMut,
    replies: &mut Replies,
) -> Pause {
    let mut answer = || -> Result<Pause, Malformed> {
        while let Some(end) = scanner.end(input)? {
            let next = execute(shared, session, &arguments(&input[..end])?, replies);
            input.advance(end);
            if next == Next::Close {
                return Ok(Pause::Closing);
            }
            if replies.encoded.len() >= WRITE {
                return Ok(Pause::Full);
            }
        }
        Ok(Pause::Drained)
    };
    answer().unwrap_or_else(|Malformed(why)| {
        replies.error(&format!("ERR Protocol error: {why}"));
        Pause::Closing
    })
}

/// Announces the end of the connection and gives the client time to read it.
async fn close(mut stream: TcpStream, mut scrap: BytesMut) -> io::Result<()> {
    stream.shutdown().await?;
    let drain = async {
        loop {
            scrap.clear();
            scrap.reserve(READ);
            if stream.read_buf(&mut scrap).await? == 0 {
                return Ok(());
            }
        }
    };
    tokio::time::timeout(LINGER, drain).await.unwrap_or(Ok(()))
}

fn recycle(buffer: &mut BytesMut) {
    if buffer.capacity() > KEEP {
        *buffer = BytesMut::new();
    } else {
        buffer.clear();
    }
}

/// Everything that one client sends.
#[cfg(feature = "fuzz")]
pub fn hear(bytes: &[u8]) {
    let mut shared = Shared::new(None);
    let mut session = shared.open_session();
    let (mut scanner, mut input, mut replies) = (Scanner::default(), BytesMut::from(bytes), Replies::default());
    while let Pause::Full = answer_all(&mut shared, &mut session, &mut scanner, &mut input, &mut replies) {
        recycle(&mut replies.encoded);
    }
}
