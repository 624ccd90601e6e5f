//! The coroutines of `loopswap-corosensei`, on one thread: the program of `futures.rs`, each of its tasks on
//! its own stack.

use crate::borrowed::{bounce, read, write_all};
use crate::case::{Native, close};
use crate::futures::{
    Rt, Socket, Stream, Task, accept, connect, for_hyper, joined, listen, shutdown, sleep, yield_now,
};
use futures_lite::io::{AsyncReadExt as _, AsyncWriteExt as _};
use loopswap_protocol::Topology;
use std::io;

/// There may be no stack for it.
macro_rules! spawn {
    ($rt:ident, $future:expr) => {{
        let Rt = $rt;
        loopswap_corosensei::spawn($future).map_err(io::Error::other)?
    }};
}

#[path = "program.rs"]
mod program;

pub(crate) const NATIVE: Native =
    Native { name: "corosensei", package: "corosensei", topology: Topology::ThreadPerCore, ..crate::futures::NATIVE };

pub(crate) fn serve(version: &str, extra_work: f64) -> io::Result<()> {
    let Some(case) = NATIVE.open(version, extra_work)? else { return Ok(()) };
    close(loopswap_corosensei::run(1, || program::body(Rt, case))?)
}
