//! compio on io_uring: a thread per core, each with a ring of its own; tasks and sockets never leave
//! their thread, and a buffer is lent to the kernel until an operation completes.
//!
//! compio itself also runs without io_uring; this runtime does not, because its driver is part of what it is.
//! It exists on Linux only; elsewhere this crate is empty.
#![cfg(target_os = "linux")]

mod bridge;
mod net;
mod start;
mod task;

pub use bridge::CompioHyper;
pub use net::{CompioListener, CompioStream};
pub use task::CompioTask;

use futures_lite::FutureExt as _;
use futures_util::FutureExt as _;
use loopswap_rt::{Info, Launch, MaybeSend, Runtime, Shard, Topology, Unavailable};
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

/// The compio runtime of the current thread.
#[derive(Clone, Copy, Debug)]
pub struct Compio;

impl Launch for Compio {
    const INFO: Info = Info {
        name: "compio",
        package: "compio",
        driver: "io_uring",
        topology: Topology::ThreadPerCore,
        concurrent: true,
        offload: Ok(()),
        cancel: Ok(()),
        about: "compio, completion-based, a thread per core, each with its own io_uring",
        discontinued: None,
    };

    fn preflight(threads: usize) -> Result<(), Unavailable> {
        start::preflight(threads.max(1))
    }

    fn launch<B, F>(threads: usize, body: B) -> io::Result<Vec<F::Output>>
    where
        B: Fn(Self, Shard) -> F + Clone + Send + 'static,
        F: Future + MaybeSend + 'static,
        F::Output: Send + 'static,
    {
        start::launch(threads.max(1), move |shard| body(Self, shard))
    }
}

impl Runtime for Compio {
    type Stream = CompioStream;
    type Listener = CompioListener;
    type Task<T: MaybeSend + 'static> = CompioTask<T>;

    fn info(self) -> Info {
        Self::INFO
    }

    fn spawn<F>(self, task: F) -> CompioTask<F::Output>
    where
        F: Future + MaybeSend + 'static,
        F::Output: MaybeSend + 'static,
    {
        task::spawn(task)
    }

    fn sleep(self, time: Duration) -> impl Future<Output = ()> + MaybeSend + 'static {
        compio::time::sleep(time)
    }

    fn timeout<F>(self, time: Duration, future: F) -> impl Future<Output = Option<F::Output>> + MaybeSend + 'static
    where
        F: Future + MaybeSend + 'static,
        F::Output: MaybeSend + 'static,
    {
        // compio's own polls the two in a random order; here the future comes first.
        future.map(Some).or(compio::time::sleep(time).map(|()| None))
    }

    fn offload<T, J>(self, job: J) -> impl Future<Output = T> + MaybeSend + 'static
    where
        J: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        task::offload(job)
    }

    fn yield_now(self) -> impl Future<Output = ()> + MaybeSend + 'static {
        futures_lite::future::yield_now()
    }

    fn connect(self, to: SocketAddr) -> impl Future<Output = io::Result<CompioStream>> + MaybeSend + 'static {
        CompioStream::connect(to)
    }

    fn listen(self, on: SocketAddr) -> impl Future<Output = io::Result<CompioListener>> + MaybeSend + 'static {
        CompioListener::bind(on)
    }
}
