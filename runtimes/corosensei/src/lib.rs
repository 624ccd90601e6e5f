//! A stack for every task: stackful coroutines, a thread per core.
//!
//! A coroutine waits by switching to another stack, as a goroutine or a green thread does, instead of
//! returning from its function. Sockets, timers and the reactor are those of `loopswap-futures`, so
//! that what differs between the two runtimes is what a stack for each task costs.

mod scheduler;
#[path = "../../smol-local/src/shards.rs"]
mod shards;
mod task;

pub use task::CoroutineTask;

use loopswap_futures::{FuturesListener, FuturesStream, Sleep, yield_now};
use loopswap_rt::{Info, MaybeSend, Runtime, Shard, Topology};
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

/// The coroutines of the current thread.
#[derive(Clone, Copy, Debug)]
pub struct Corosensei;

impl Runtime for Corosensei {
    const INFO: Info = Info {
        name: "corosensei",
        package: "corosensei",
        driver: "epoll",
        topology: Topology::ThreadPerCore,
        concurrent: true,
        about: "a coroutine with a stack of 256 KiB for every task, a thread per core, over epoll",
        discontinued: None,
    };

    type Stream = FuturesStream;
    type Listener = FuturesListener;
    type Task<T: MaybeSend + 'static> = CoroutineTask<T>;

    fn launch<B, F>(threads: usize, body: B) -> io::Result<Vec<F::Output>>
    where
        B: Fn(Self, Shard) -> F + Clone + Send + 'static,
        F: Future + MaybeSend + 'static,
        F::Output: Send + 'static,
    {
        shards::run("corosensei", threads, move |shard| scheduler::run(|| body(Corosensei, shard)))
    }

    fn spawn<F>(self, task: F) -> CoroutineTask<F::Output>
    where
        F: Future + MaybeSend + 'static,
        F::Output: MaybeSend + 'static,
    {
        task::spawn(task)
    }

    fn sleep(self, time: Duration) -> impl Future<Output = ()> + MaybeSend + 'static {
        Sleep::new(time)
    }

    fn yield_now(self) -> impl Future<Output = ()> + MaybeSend + 'static {
        yield_now()
    }

    fn connect(self, to: SocketAddr) -> impl Future<Output = io::Result<FuturesStream>> + MaybeSend + 'static {
        FuturesStream::connect(to)
    }

    fn listen(self, on: SocketAddr) -> impl Future<Output = io::Result<FuturesListener>> + MaybeSend + 'static {
        async move { FuturesListener::new(shards::listener(on)?) }
    }
}
