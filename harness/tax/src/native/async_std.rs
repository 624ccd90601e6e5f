//! async-std.

use crate::borrowed::{bounce, read, write_all};
use crate::case::{Native, able, close};
use async_global_executor::GlobalExecutorConfig;
use async_std::io::{ReadExt as _, WriteExt as _};
use async_std::net::{TcpListener, TcpStream};
use async_std::task::{self, JoinHandle};
use loopswap_protocol::Topology;
use smol_hyper::rt::FuturesIo;
use std::io;
use std::net::{Ipv4Addr, Shutdown, SocketAddr};

type Stream = TcpStream;
type Socket = FuturesIo<TcpStream>;
type Task<T> = JoinHandle<T>;

/// There is one runtime in a process.
#[derive(Clone, Copy)]
struct Rt;

macro_rules! spawn {
    ($rt:ident, $future:expr) => {{
        let Rt = $rt;
        task::spawn($future)
    }};
}

macro_rules! joined {
    ($task:expr) => {
        $task.await
    };
}

macro_rules! yield_now {
    () => {
        task::yield_now().await
    };
}

macro_rules! sleep {
    ($time:expr) => {
        task::sleep($time).await
    };
}

#[path = "program.rs"]
mod program;

pub(crate) const NATIVE: Native = Native {
    name: "async-std",
    package: "async-std",
    driver: "epoll",
    topology: Topology::WorkStealing,
    preflight: able,
};

pub(crate) fn serve(version: &str, extra_work: f64) -> io::Result<()> {
    let Some(case) = NATIVE.open(version, extra_work)? else { return Ok(()) };
    // What ASYNC_STD_THREAD_COUNT in the environment of the program would do.
    let threads = GlobalExecutorConfig::default().with_min_threads(case.threads).with_max_threads(case.threads);
    async_global_executor::init_with_config(threads);
    // async-std's own `block_on` would drive the reactor from this thread, beside the workers.
    close(futures_lite::future::block_on(task::spawn(program::body(Rt, case))))
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
    stream.shutdown(Shutdown::Write)
}

fn for_hyper(stream: Stream) -> io::Result<Socket> {
    Ok(FuturesIo::new(stream))
}
