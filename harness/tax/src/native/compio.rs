//! compio, on one thread.

use crate::case::{Native, close};
use compio::BufResult;
use compio::buf::{IntoInner as _, IoBuf as _};
use compio::driver::{DriverType, ProactorBuilder};
use compio::io::compat::AsyncStream;
use compio::io::{AsyncRead as _, AsyncWrite as _, AsyncWriteExt as _};
use compio::net::{TcpListener, TcpStream};
use compio::runtime::{JoinHandle, RuntimeBuilder};
use loopswap_compio::Compio;
use loopswap_protocol::Topology;
use loopswap_runner_local::Launch as _;
use smol_hyper::rt::FuturesIo;
use std::io;
use std::mem::take;
use std::net::{Ipv4Addr, SocketAddr};
use std::pin::Pin;

type Stream = TcpStream;
/// compio's own bridge to futures-io, and from there to hyper.
type Socket = FuturesIo<Pin<Box<AsyncStream<TcpStream>>>>;
type Task<T> = JoinHandle<T>;

/// A task knows its runtime.
#[derive(Clone, Copy)]
struct Rt;

macro_rules! spawn {
    ($rt:ident, $future:expr) => {{
        let Rt = $rt;
        compio::runtime::spawn($future)
    }};
}

macro_rules! joined {
    ($task:expr) => {
        $task.await.map_err(io::Error::from)?
    };
}

macro_rules! yield_now {
    () => {
        futures_lite::future::yield_now().await
    };
}

macro_rules! sleep {
    ($time:expr) => {
        compio::time::sleep($time).await
    };
}

macro_rules! read {
    ($stream:expr, $buffer:expr) => {{
        let BufResult(read, buffer) = $stream.read(take(&mut $buffer)).await;
        $buffer = buffer;
        read?
    }};
}

macro_rules! write_all {
    ($stream:expr, $bytes:expr) => {{
        let BufResult(written, bytes) = $stream.write_all(take(&mut $bytes)).await;
        $bytes = bytes;
        written?;
    }};
}

macro_rules! bounce {
    ($stream:ident, $buffer:ident) => {{
        let BufResult(read, came) = $stream.read($buffer).await;
        $buffer = came;
        match read? {
            0 => 0,
            length => {
                let BufResult(written, came) = $stream.write_all($buffer.slice(..length)).await;
                $buffer = came.into_inner();
                written?;
                length
            }
        }
    }};
}

#[path = "program.rs"]
mod program;

pub(crate) const NATIVE: Native = Native {
    name: "compio",
    package: "compio",
    driver: "io_uring",
    topology: Topology::ThreadPerCore,
    preflight: Compio::preflight,
};

pub(crate) fn serve(version: &str, extra_work: f64) -> io::Result<()> {
    let Some(case) = NATIVE.open(version, extra_work)? else { return Ok(()) };
    let mut proactor = ProactorBuilder::new();
    proactor.driver_type(DriverType::IoUring);
    let runtime = RuntimeBuilder::new().with_proactor(proactor).build()?;
    close(runtime.block_on(async { compio::runtime::spawn(program::body(Rt, case)).await.map_err(io::Error::from)? }))
}

async fn connect(address: SocketAddr) -> io::Result<Stream> {
    let stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

async fn listen() -> io::Result<TcpListener> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await
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
    Ok(FuturesIo::new(Box::pin(AsyncStream::new(stream))))
}
