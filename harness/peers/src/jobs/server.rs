//! The side that does jobs.

use crate::{Announcement, listen};
use loopswap_jobs::{Done, REQUEST_BYTES, Request};
use loopswap_protocol::PeerKind;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// Listens, announces it, and does jobs until the process ends.
///
/// # Errors
/// When it cannot listen.
pub fn serve(listen: SocketAddr, announce: impl FnOnce(Announcement)) -> io::Result<()> {
    let version = format!("loopswap-jobs {}", env!("CARGO_PKG_VERSION"));
    let announce = |address| announce(Announcement { kind: PeerKind::Jobs, address, version, control: None });
    let done = Arc::new(AtomicU64::new(0));
    listen::serve(listen, announce, move |stream| {
        let done = Arc::clone(&done);
        tokio::spawn(async move {
            // A client that goes away is done; one that sends something else is disconnected.
            let _ = converse(stream, &done).await;
        });
    })
}

/// Answers one client until it closes or sends a malformed request.
async fn converse(mut stream: TcpStream, done: &AtomicU64) -> io::Result<()> {
    let mut bytes = [0; REQUEST_BYTES];
    while stream.read_exact(&mut bytes).await.is_ok() {
        let answer = match Request::read(&bytes) {
            // On the only thread, on purpose: a worker does one job at a time.
            Some(Request::Job(job)) => {
                let answer = job.run();
                done.fetch_add(1, Ordering::Relaxed);
                answer
            }
            Some(Request::Count) => Done { number: 0, result: done.load(Ordering::Relaxed) },
            None => break,
        };
        stream.write_all(&answer.to_bytes()).await?;
    }
    Ok(())
}
