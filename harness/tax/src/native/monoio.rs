//! monoio, on one thread, with either driver.

use crate::case::{Native, able, close};
use loopswap_monoio::Monoio;
use loopswap_protocol::Topology;
use loopswap_runner_local::Launch as _;
use monoio::io::{AsyncReadRent as _, AsyncWriteRent as _, AsyncWriteRentExt as _};
use monoio::net::tcp::stream_poll::TcpStreamPoll;
use monoio::net::{TcpListener, TcpStream};
use monoio::task::JoinHandle;
use monoio::time::TimeDriver;
use monoio::{Buildable, Driver, IoUringDriver, LegacyDriver, RuntimeBuilder};
use monoio_compat::hyper::MonoioIo;
use std::io;
use std::mem::take;
use std::net::{Ipv4Addr, SocketAddr};

type Stream = TcpStream;
type Socket = MonoioIo<TcpStreamPoll>;
type Task<T> = JoinHandle<T>;

/// A task knows its runtime.
#[derive(Clone, Copy)]
struct Rt;

macro_rules! spawn {
    ($rt:ident, $future:expr) => {{
        let Rt = $rt;
        monoio::spawn($future)
    }};
}

macro_rules! joined {
    ($task:expr) => {
        $task.await
    };
}

/// monoio 0.2 has no `yield_now`, and a task that wakes itself comes first again: only after a spawned task has run has
/// every other had its turn.
macro_rules! yield_now {
    () => {
        monoio::spawn(async {}).await
    };
}

macro_rules! sleep {
    ($time:expr) => {
        monoio::time::sleep($time).await
    };
}

/// A vector is read into up to its capacity, and is returned with the length of what was read.
macro_rules! read {
    ($stream:expr, $buffer:expr) => {{
        let (read, buffer) = $stream.read(take(&mut $buffer)).await;
        $buffer = buffer;
        read?
    }};
}

macro_rules! write_all {
    ($stream:expr, $bytes:expr) => {{
        let (written, bytes) = $stream.write_all(take(&mut $bytes)).await;
        $bytes = bytes;
        written?;
    }};
}

macro_rules! bounce {
    ($stream:ident, $buffer:ident) => {{
        let (read, came) = $stream.read($buffer).await;
        $buffer = came;
        match read? {
            0 => 0,
            length => {
                let (written, came) = $stream.write_all($buffer).await;
                $buffer = came;
                written?;
                length
            }
        }
    }};
}

#[path = "program.rs"]
mod program;

pub(crate) const NATIVE: Native = Native {
    name: "monoio",
    package: "monoio",
    driver: "io_uring",
    topology: Topology::ThreadPerCore,
    preflight: Monoio::preflight,
};

pub(crate) const NATIVE_LEGACY: Native = Native { name: "monoio-legacy", driver: "epoll", preflight: able, ..NATIVE };

/// On io_uring.
pub(crate) fn serve(version: &str, extra_work: f64) -> io::Result<()> {
    start::<IoUringDriver>(NATIVE, version, extra_work)
}

/// On epoll.
pub(crate) fn serve_legacy(version: &str, extra_work: f64) -> io::Result<()> {
    start::<LegacyDriver>(NATIVE_LEGACY, version, extra_work)
}

fn start<D: Driver + Buildable + 'static>(native: Native, version: &str, extra_work: f64) -> io::Result<()> {
    let Some(case) = native.open(version, extra_work)? else { return Ok(()) };
    let mut runtime = Buildable::build(RuntimeBuilder::<TimeDriver<D>>::new())?;
    close(runtime.block_on(async { monoio::spawn(program::body(Rt, case)).await }))
}

async fn connect(address: SocketAddr) -> io::Result<Stream> {
    let stream = TcpStream::connect_addr(address).await?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

async fn listen() -> io::Result<TcpListener> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
}

async fn accept(listener: &TcpListener) -> io::Result<Stream> {
    let (stream, _) = listener.accept().await?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

async fn shutdown(stream: &mut Stream) -> io::Result<()> {
    stream.shutdown().await
}

fn for_hyper(stream: Stream) -> io::Result<Socket> {
    Ok(MonoioIo::new(stream.try_into_poll_io().map_err(|(error, _)| error)?))
}
