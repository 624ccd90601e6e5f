//! glommio, on one executor.

use crate::borrowed::{bounce, read, write_all};
use crate::case::{Native, close};
use futures_lite::io::{AsyncReadExt as _, AsyncWriteExt as _};
use glommio::net::{TcpListener, TcpStream};
use glommio::{LocalExecutorBuilder, Placement, Task, spawn_local};
use loopswap_glommio::Glommio;
use loopswap_protocol::Topology;
use loopswap_runner_local::Launch as _;
use nix::sched::{CpuSet, sched_getaffinity};
use nix::unistd::Pid;
use smol_hyper::rt::FuturesIo;
use std::io;
use std::net::{Ipv4Addr, Shutdown, SocketAddr};

type Stream = TcpStream;
type Socket = FuturesIo<TcpStream>;

/// A task knows its executor.
#[derive(Clone, Copy)]
struct Rt;

macro_rules! spawn {
    ($rt:ident, $future:expr) => {{
        let Rt = $rt;
        spawn_local($future)
    }};
}

macro_rules! joined {
    ($task:expr) => {
        $task.await
    };
}

macro_rules! yield_now {
    () => {
        glommio::executor().yield_now().await
    };
}

macro_rules! sleep {
    ($time:expr) => {
        glommio::timer::sleep($time).await
    };
}

#[path = "program.rs"]
mod program;

pub(crate) const NATIVE: Native = Native {
    name: "glommio",
    package: "glommio",
    driver: "io_uring",
    topology: Topology::ThreadPerCore,
    preflight: Glommio::preflight,
};

pub(crate) fn serve(version: &str, extra_work: f64) -> io::Result<()> {
    let Some(case) = NATIVE.open(version, extra_work)? else { return Ok(()) };
    let allowed = sched_getaffinity(Pid::from_raw(0))?;
    let cpu = (0..CpuSet::count()).find(|&cpu| allowed.is_set(cpu).unwrap_or(false)).unwrap_or(0);
    let executor = LocalExecutorBuilder::new(Placement::Fixed(cpu))
        .name("glommio")
        .spawn(|| spawn_local(program::body(Rt, case)))?;
    close(executor.join()?)
}

async fn connect(address: SocketAddr) -> io::Result<Stream> {
    let stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

async fn listen() -> io::Result<TcpListener> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?)
}

async fn accept(listener: &TcpListener) -> io::Result<Stream> {
    let stream = listener.accept().await?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

async fn shutdown(stream: &mut Stream) -> io::Result<()> {
    Ok(stream.shutdown(Shutdown::Write).await?)
}

fn for_hyper(stream: Stream) -> io::Result<Socket> {
    Ok(FuturesIo::new(stream))
}
