//! tokio, multi-thread and current-thread.

use crate::borrowed::{bounce, read, write_all};
use crate::case::{Native, able, close};
use hyper_util::rt::TokioIo;
use loopswap_protocol::Topology;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Builder;
use tokio::task::JoinHandle;

type Stream = TcpStream;
type Socket = TokioIo<TcpStream>;
type Task<T> = JoinHandle<T>;

/// A task knows its runtime.
#[derive(Clone, Copy)]
struct Rt;

macro_rules! spawn {
    ($rt:ident, $future:expr) => {{
        let Rt = $rt;
        tokio::spawn($future)
    }};
}

macro_rules! joined {
    ($task:expr) => {
        $task.await?
    };
}

macro_rules! yield_now {
    () => {
        tokio::task::yield_now().await
    };
}

macro_rules! sleep {
    ($time:expr) => {
        tokio::time::sleep($time).await
    };
}

#[path = "program.rs"]
mod program;

pub(crate) const NATIVE: Native =
    Native { name: "tokio", package: "tokio", driver: "epoll", topology: Topology::WorkStealing, preflight: able };

pub(crate) const NATIVE_CURRENT_THREAD: Native =
    Native { name: "tokio-current-thread", topology: Topology::SingleThread, ..NATIVE };

pub(crate) fn serve(version: &str, extra_work: f64) -> io::Result<()> {
    start(NATIVE, Builder::new_multi_thread(), version, extra_work)
}

pub(crate) fn serve_current_thread(version: &str, extra_work: f64) -> io::Result<()> {
    start(NATIVE_CURRENT_THREAD, Builder::new_current_thread(), version, extra_work)
}

fn start(native: Native, mut builder: Builder, version: &str, extra_work: f64) -> io::Result<()> {
    let Some(case) = native.open(version, extra_work)? else { return Ok(()) };
    // One thread has no workers.
    let runtime = builder.worker_threads(case.threads).enable_all().build()?;
    close(runtime.block_on(async { tokio::spawn(program::body(Rt, case)).await? }))
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
    Ok(TokioIo::new(stream))
}
