//! The event loop of `loopswap-futures`, with its own functions and types instead of the traits. `corosensei.rs` runs
//! the same program by coroutines.

use crate::borrowed::{bounce, read, write_all};
use crate::case::{Native, able, close};
use futures_lite::io::{AsyncReadExt as _, AsyncWriteExt as _};
use loopswap_futures::{FuturesListener, FuturesStream, FuturesTask};
use loopswap_protocol::Topology;
use smol_hyper::rt::FuturesIo;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};

pub(super) type Stream = FuturesStream;
pub(super) type Socket = FuturesIo<FuturesStream>;
pub(super) type Task<T> = FuturesTask<T>;

/// A task knows its loop.
#[derive(Clone, Copy)]
pub(super) struct Rt;

macro_rules! spawn {
    ($rt:ident, $future:expr) => {{
        let Rt = $rt;
        loopswap_futures::spawn($future)
    }};
}

macro_rules! joined {
    ($task:expr) => {
        $task.await
    };
}
pub(super) use joined;

macro_rules! yield_now {
    () => {
        loopswap_futures::yield_now().await
    };
}
pub(super) use yield_now;

macro_rules! sleep {
    ($time:expr) => {
        loopswap_futures::Sleep::new($time).await
    };
}
pub(super) use sleep;

#[path = "program.rs"]
mod program;

pub(crate) const NATIVE: Native =
    Native { name: "futures", package: "futures", driver: "epoll", topology: Topology::SingleThread, preflight: able };

pub(crate) fn serve(version: &str, extra_work: f64) -> io::Result<()> {
    let Some(case) = NATIVE.open(version, extra_work)? else { return Ok(()) };
    close(loopswap_futures::run(program::body(Rt, case))?)
}

pub(super) async fn connect(address: SocketAddr) -> io::Result<Stream> {
    FuturesStream::connect(address).await
}

pub(super) async fn listen() -> io::Result<FuturesListener> {
    FuturesListener::new(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?)
}

pub(super) async fn accept(listener: &FuturesListener) -> io::Result<Stream> {
    listener.accept().await
}

pub(super) async fn shutdown(stream: &mut Stream) -> io::Result<()> {
    stream.close().await
}

pub(super) fn for_hyper(stream: Stream) -> io::Result<Socket> {
    Ok(FuturesIo::new(stream))
}
