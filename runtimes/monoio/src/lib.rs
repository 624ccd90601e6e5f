//! monoio on io_uring: a thread per core, each with a ring of its own; tasks and sockets never leave
//! their thread, and a buffer is lent to the kernel until an operation completes.
//!
//! It is [`On`] a reactor, which is all that `loopswap-monoio-legacy`, the same on epoll, differs in. Both exist
//! on Linux only; elsewhere this crate is empty.
#![cfg(target_os = "linux")]

mod launch;
mod net;
mod offload;
mod preflight;
mod task;
mod turns;

pub use net::{MonoioListener, MonoioStream};
pub use task::{MonoioTask, NO_CANCEL};

use futures_util::FutureExt as _;
use loopswap_rt::{Info, Launch, MaybeSend, Runtime, Shard, Topology, Unavailable};
use monoio::{Buildable, Driver, IoUringDriver};
use std::fmt::Debug;
use std::future::Future;
use std::io;
use std::marker::PhantomData;
use std::net::SocketAddr;
use std::time::Duration;

/// The monoio runtime of the current thread, on a reactor.
#[derive(Clone, Copy, Debug)]
pub struct On<R>(PhantomData<R>);

/// What waits for I/O: one of the drivers of monoio, whose own types are not `Copy`.
pub trait Reactor: Copy + Debug + 'static {
    /// The driver.
    type Driver: Driver + Buildable + 'static;
    /// What the runtime on it is.
    const INFO: Info;

    /// Says whether that runtime can run here on `threads` threads, without starting it.
    ///
    /// # Errors
    /// What is missing and what to do about it.
    fn preflight(threads: usize) -> Result<(), Unavailable>;
}

/// monoio on io_uring.
pub type Monoio = On<IoUring>;

/// io_uring.
#[derive(Clone, Copy, Debug)]
pub struct IoUring;

impl Reactor for IoUring {
    type Driver = IoUringDriver;
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
}

impl<R: Reactor> Launch for On<R> {
    const INFO: Info = R::INFO;

    fn preflight(threads: usize) -> Result<(), Unavailable> {
        R::preflight(threads)
    }

    fn launch<B, F>(threads: usize, body: B) -> io::Result<Vec<F::Output>>
    where
        B: Fn(Self, Shard) -> F + Clone + Send + 'static,
        F: Future + MaybeSend + 'static,
        F::Output: Send + 'static,
    {
        launch::launch::<R::Driver, _, _>(R::INFO.name, threads, move |shard| body(On(PhantomData), shard))
    }
}

impl<R: Reactor> Runtime for On<R> {
    type Stream = MonoioStream;
    type Listener = MonoioListener;
    type Task<T: MaybeSend + 'static> = MonoioTask<T>;

    fn info(self) -> Info {
        R::INFO
    }

    fn spawn<F>(self, task: F) -> MonoioTask<F::Output>
    where
        F: Future + MaybeSend + 'static,
        F::Output: MaybeSend + 'static,
    {
        task::spawn(task)
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
        offload::offload(job)
    }

    fn yield_now(self) -> impl Future<Output = ()> + MaybeSend + 'static {
        turns::yield_now()
    }

    fn connect(self, to: SocketAddr) -> impl Future<Output = io::Result<MonoioStream>> + MaybeSend + 'static {
        MonoioStream::connect(to)
    }

    fn listen(self, on: SocketAddr) -> impl Future<Output = io::Result<MonoioListener>> + MaybeSend + 'static {
        MonoioListener::bind(on)
    }
}
