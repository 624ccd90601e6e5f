//! smol's local executor, on one thread: the sockets and sleeps of `smol.rs`.

use crate::borrowed::{bounce, read, write_all};
use crate::case::{Native, close};
use crate::smol::{Socket, Stream, Task, accept, connect, for_hyper, joined, listen, shutdown, sleep, yield_now};
use loopswap_protocol::Topology;
use smol::io::{AsyncReadExt as _, AsyncWriteExt as _};
use smol::{LocalExecutor, Timer};
use std::io;

/// The executor lives as long as the process; it cannot be a static, because it belongs to this thread.
type Rt = &'static LocalExecutor<'static>;

macro_rules! spawn {
    ($rt:ident, $future:expr) => {
        $rt.spawn($future)
    };
}

#[path = "program.rs"]
mod program;

pub(crate) const NATIVE: Native =
    Native { name: "smol-local", topology: Topology::ThreadPerCore, ..crate::smol::NATIVE };

pub(crate) fn serve(version: &str, extra_work: f64) -> io::Result<()> {
    let Some(case) = NATIVE.open(version, extra_work)? else { return Ok(()) };
    let executor: Rt = Box::leak(Box::default());
    close(smol::block_on(executor.run(executor.spawn(program::body(executor, case)))))
}
