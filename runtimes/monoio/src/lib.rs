//! monoio on io_uring: a thread per core, each with a ring of its own; tasks and sockets never leave
//! their thread, and a buffer is lent to the kernel until an operation completes.
//!
//! What `loopswap-monoio-legacy`, the same on epoll, has in common with it is public here. Both exist
//! on Linux only; elsewhere this crate is empty.
#![cfg(target_os = "linux")]

mod launch;
mod net;
mod offload;
mod preflight;
mod task;
mod turns;

pub use launch::launch;
pub use net::{MonoioListener, MonoioStream};
pub use offload::offload;
pub use task::{MonoioTask, NO_CANCEL, spawn};
pub use turns::yield_now;

use futures_util::FutureExt as _;
use loopswap_rt::{Info, Launch, MaybeSend, Runtime, Shard, Topology, Unavailable};
use monoio::IoUringDriver;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

/// The monoio runtime of the current thread, on io_uring.
#[derive(Clone, Copy, Debug)]
pub struct Monoio;

impl Launch for Monoio {
    const INFO: Info = Info {
        name: "monoio",
        package: "monoio",
        driver: "io_uring",
        topology: Topology::ThreadPerCore,
        concurrent: true,
        offload: Ok(()),
        cancel: Err(NO_CANCEL),
        about: "monoio, a thread per core, each with its own io_uring",
        discontinued: None,
    };

    fn preflight(threads: usize) -> Result<(), Unavailable> {
        preflight::check(threads.max(1))
    }

    fn launch<B, F>(threads: usize, body: B) -> io::Result<Vec<F::Output>>
    where
        B: Fn(Self, Shard) -> F + Clone + Send + 'static,
        F: Future + MaybeSend + 'static,
        F::Output: Send + 'static,
    {
        launch::<IoUringDriver, _, _>(Self::INFO.name, threads, move |shard| body(Self, shard))
    }
}

impl Runtime for Monoio {
    type Stream = MonoioStream;
    type Listener = MonoioListener;
    type Task<T: MaybeSend + 'static> = MonoioTask<T>;

    fn info(self) -> Info {
        Self::INFO
    }

    fn spawn<F>(self, task: F) -> MonoioTask<F::Output>
    where
        F: Future + MaybeSend + 'static,
        F::Output: MaybeSend + 'static,
    {
        spawn(task)
    }

    fn sleep(self, time: Duration) -> impl Future<Output = ()> + MaybeSend + 'static {
        monoio::time::sleep(time)
    }

    fn timeout<F>(self, time: Duration, future: F) -> impl Future<Output = Option<F::Output>> + MaybeSend + 'static
    where
        F: Future + MaybeSend + 'static,
        F::Output: MaybeSend + 'static,
    {
        monoio::time::timeout(time, future).map(Result::ok)
    }

    fn offload<T, J>(self, job: J) -> impl Future<Output = T> + MaybeSend + 'static
    where
        J: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        offload(job)
    }

    fn yield_now(self) -> impl Future<Output = ()> + MaybeSend + 'static {
        yield_now()
    }

    fn connect(self, to: SocketAddr) -> impl Future<Output = io::Result<MonoioStream>> + MaybeSend + 'static {
        MonoioStream::connect(to)
    }

    fn listen(self, on: SocketAddr) -> impl Future<Output = io::Result<MonoioListener>> + MaybeSend + 'static {
        MonoioListener::bind(on)
    }
}
