//! monoio on epoll: the same threads, tasks, timers and sockets as `monoio`, over its legacy driver,
//! which waits for readiness and then makes system calls.
//!
//! It is a runtime of its own; `monoio` never falls back to it. It exists on Linux only; elsewhere this crate
//! is empty.
#![cfg(target_os = "linux")]

use futures_util::FutureExt as _;
use loopswap_monoio::{MonoioListener, MonoioStream, MonoioTask, NO_CANCEL, launch, offload, spawn, yield_now};
use loopswap_rt::{Info, Launch, MaybeSend, Runtime, Shard, Topology};
use monoio::LegacyDriver;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

/// The monoio runtime of the current thread, on epoll.
#[derive(Clone, Copy, Debug)]
pub struct MonoioLegacy;

impl Launch for MonoioLegacy {
    const INFO: Info = Info {
        name: "monoio-legacy",
        package: "monoio",
        driver: "epoll",
        topology: Topology::ThreadPerCore,
        concurrent: true,
        offload: Ok(()),
        cancel: Err(NO_CANCEL),
        about: "monoio on its legacy driver, a thread per core, each with its own epoll",
        discontinued: None,
    };

    fn launch<B, F>(threads: usize, body: B) -> io::Result<Vec<F::Output>>
    where
        B: Fn(Self, Shard) -> F + Clone + Send + 'static,
        F: Future + MaybeSend + 'static,
        F::Output: Send + 'static,
    {
        launch::<LegacyDriver, _, _>(Self::INFO.name, threads, move |shard| body(Self, shard))
    }
}

impl Runtime for MonoioLegacy {
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
