//! A stack for every task: stackful coroutines, a thread per core.
//!
//! A coroutine waits by switching to another stack, as a goroutine or a green thread does, instead of
//! returning from its function. Sockets, timers and the reactor are those of `loopswap-futures`, so
//! that what differs between the two runtimes is what a stack for each task costs.

mod scheduler;
mod stacks;

pub use scheduler::{run, spawn};

use futures_lite::future;
use futures_util::FutureExt as _;
use loopswap_futures::{FuturesListener, FuturesStream, FuturesTask, Sleep, yield_now};
use loopswap_rt::{Info, Launch, MaybeSend, Runtime, Shard, Topology};
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

/// The coroutines of the current thread.
#[derive(Clone, Copy, Debug)]
pub struct Corosensei;

impl Launch for Corosensei {
    const INFO: Info = Info {
        name: "corosensei",
        package: "corosensei",
        driver: "epoll",
        topology: Topology::ThreadPerCore,
        concurrent: true,
        offload: Ok(()),
        cancel: Ok(()),
        about: "a coroutine with a stack of 1 MiB for every task, a thread per core, over epoll",
        discontinued: None,
    };

    fn launch<B, F>(threads: usize, body: B) -> io::Result<Vec<F::Output>>
    where
        B: Fn(Self, Shard) -> F + Clone + Send + 'static,
        F: Future + MaybeSend + 'static,
        F::Output: Send + 'static,
    {
        let count = threads.max(1);
        loopswap_shards::run(Self::INFO.name, count, move |index| {
            run(count, || body(Corosensei, Shard { index, count })).map(Ok)
        })
    }
}

impl Runtime for Corosensei {
    type Stream = FuturesStream;
    type Listener = FuturesListener;
    type Task<T: MaybeSend + 'static> = FuturesTask<T>;

    fn info(self) -> Info {
        Self::INFO
    }

    fn spawn<F>(self, task: F) -> FuturesTask<F::Output>
    where
        F: Future + MaybeSend + 'static,
        F::Output: MaybeSend + 'static,
    {
        scheduler::spawn(task).unwrap_or_else(|refusal| refusal.raise())
    }

    fn sleep(self, time: Duration) -> impl Future<Output = ()> + MaybeSend + 'static {
        Sleep::new(time)
    }

    fn timeout<F>(self, time: Duration, future: F) -> impl Future<Output = Option<F::Output>> + MaybeSend + 'static
    where
        F: Future + MaybeSend + 'static,
        F::Output: MaybeSend + 'static,
    {
        future::or(future.map(Some), self.sleep(time).map(|()| None))
    }

    fn offload<T, J>(self, job: J) -> impl Future<Output = T> + MaybeSend + 'static
    where
        J: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        blocking::unblock(loopswap_shards::loose(job))
    }

    fn yield_now(self) -> impl Future<Output = ()> + MaybeSend + 'static {
        yield_now()
    }

    fn connect(self, to: SocketAddr) -> impl Future<Output = io::Result<FuturesStream>> + MaybeSend + 'static {
        FuturesStream::connect(to)
    }

    fn listen(self, on: SocketAddr) -> impl Future<Output = io::Result<FuturesListener>> + MaybeSend + 'static {
        async move { FuturesListener::new(loopswap_shards::listener(on)?) }
    }
}
