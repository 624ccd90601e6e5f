//! The server: one task a connection, one buffer each.

use super::{Question, Stats};
use crate::Announcement;
use crate::lines::converse_with_all;
use loopswap_protocol::PeerKind;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// Room for the bytes of one read, at first and at most: a thousand connections with small messages need no
/// large buffers.
const READ: std::ops::RangeInclusive<usize> = 4 << 10..=64 << 10;

#[derive(Default)]
struct Counts {
    bytes: AtomicU64,
    connections: AtomicU64,
}

/// Serves until the process ends, on the calling thread, as the [module](super) says.
///
/// `announce` is called once, when connections can be made. Port 0 means any free port; the control address
/// is another one of the same host.
///
/// # Errors
/// The address cannot be bound, or the runtime cannot start. It returns only with an error.
pub fn serve(listen: SocketAddr, announce: impl FnOnce(Announcement)) -> io::Result<()> {
    let counts = Arc::new(Counts::default());
    let control = TcpListener::bind(SocketAddr::new(listen.ip(), 0))?;
    let control_address = control.local_addr()?;
    std::thread::Builder::new().name("control".into()).spawn({
        let counts = Arc::clone(&counts);
        move || {
            converse_with_all(&control, move |mut lines| {
                while let Some(Ok(Question::Stats {})) = lines.next()? {
                    lines.say(&Stats {
                        bytes: counts.bytes.load(Ordering::Relaxed),
                        connections: counts.connections.load(Ordering::Relaxed),
                    })?;
                }
                Ok(())
            })
        }
    })?;
    let version = format!("loopswap-echo {}", env!("CARGO_PKG_VERSION"));
    let announce = |address| {
        announce(Announcement { kind: PeerKind::Echo, address, version, control: Some(control_address) });
    };
    crate::listen::serve(listen, announce, |stream| {
        counts.connections.fetch_add(1, Ordering::Relaxed);
        let counts = Arc::clone(&counts);
        tokio::spawn(async move {
            // A client that breaks off ends its own connection only.
            let _ = send_back(stream, &counts).await;
        });
    })
}

async fn send_back(mut stream: TcpStream, counts: &Counts) -> io::Result<()> {
    let mut buffer = vec![0; *READ.start()];
    loop {
        let length = stream.read(&mut buffer).await?;
        if length == 0 {
            return Ok(());
        }
        counts.bytes.fetch_add(length as u64, Ordering::Relaxed);
        stream.write_all(&buffer[..length]).await?;
        if length == buffer.len() && length < *READ.end() {
            buffer.resize(2 * length, 0);
        }
    }
}
