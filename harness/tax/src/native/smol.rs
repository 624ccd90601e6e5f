//! smol, on as many threads as the case has. `smol_local.rs` runs the same on its local executor.

use crate::borrowed::{bounce, read, write_all};
use crate::case::{Native, able, close};
use loopswap_protocol::Topology;
use smol::io::{AsyncReadExt as _, AsyncWriteExt as _};
use smol::net::{TcpListener, TcpStream};
use smol::{Executor, Timer};
use smol_hyper::rt::FuturesIo;
use std::io;
use std::net::{Ipv4Addr, Shutdown, SocketAddr};

pub(super) use smol::Task;
pub(super) type Stream = TcpStream;
pub(super) type Socket = FuturesIo<TcpStream>;

/// The program's executor, run by as many threads as the case has.
static EXECUTOR: Executor<'static> = Executor::new();

/// There is one executor in a process.
#[derive(Clone, Copy)]
struct Rt;

macro_rules! spawn {
    ($rt:ident, $future:expr) => {{
        let Rt = $rt;
        EXECUTOR.spawn($future)
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
        smol::future::yield_now().await
    };
}
pub(super) use yield_now;

macro_rules! sleep {
    ($time:expr) => {
        Timer::after($time).await
    };
}
pub(super) use sleep;

#[path = "program.rs"]
mod program;

pub(crate) const NATIVE: Native =
    Native { name: "smol", package: "smol", driver: "epoll", topology: Topology::WorkStealing, preflight: able };

pub(crate) fn serve(version: &str, extra_work: f64) -> io::Result<()> {
    let Some(case) = NATIVE.open(version, extra_work)? else { return Ok(()) };
    let (stop, stopped) = smol::channel::bounded::<()>(1);
    let mut workers = Vec::new();
    for _ in 0..case.threads {
        let stopped = stopped.clone();
        workers.push(std::thread::spawn(move || smol::block_on(EXECUTOR.run(stopped.recv()))));
    }
    let ended = smol::future::block_on(EXECUTOR.spawn(program::body(Rt, case)));
    drop(stop);
    for worker in workers {
        // The channel's end is the sign to stop, not an error.
        let _ = worker.join().map_err(|_| io::Error::other("a worker panicked"))?;
    }
    close(ended)
}

pub(super) async fn connect(address: SocketAddr) -> io::Result<Stream> {
    let stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

pub(super) async fn listen() -> io::Result<TcpListener> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await
}

pub(super) async fn accept(listener: &TcpListener) -> io::Result<Stream> {
    let (stream, _) = listener.accept().await?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

pub(super) async fn shutdown(stream: &mut Stream) -> io::Result<()> {
    stream.shutdown(Shutdown::Write)
}

pub(super) fn for_hyper(stream: Stream) -> io::Result<Socket> {
    Ok(FuturesIo::new(stream))
}
