//! The coroutines of `loopswap-corosensei`, on one thread: the program of `futures.rs`, each of its tasks on
//! its own stack.

use super::case::{Native, close};
use super::futures::{Spawn, body};
use loopswap_futures::FuturesTask;
use loopswap_protocol::Topology;
use std::future::Future;
use std::io;

/// As coroutines.
struct Coroutines;

impl Spawn for Coroutines {
    fn spawn<F>(task: F) -> io::Result<FuturesTask<F::Output>>
    where
        F: Future + 'static,
        F::Output: 'static,
    {
        loopswap_corosensei::spawn(task).map_err(io::Error::other)
    }
}

pub(crate) fn serve(version: &str) -> io::Result<()> {
    let topology = Topology::ThreadPerCore;
    let native = Native { name: "corosensei", package: "corosensei", driver: "epoll", topology, parallel: false };
    let Some(case) = native.open(version)? else { return Ok(()) };
    close(loopswap_corosensei::run(1, || body::<Coroutines>(case))?)
}
