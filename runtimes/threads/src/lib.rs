//! A thread for every task with blocking I/O: the baseline of concurrency without an event loop.
//!
//! A task's socket calls block its thread, one system call each, as in a program written with
//! threads: futures that one task polls side by side therefore do not overlap while one of them
//! reads or writes. Sleeps do overlap, and so do sockets given to hyper, which never block (its client
//! reads, to notice a close, while it waits for a request; a read that blocked would wait for ever):
//! there the thread parks in poll(2) on exactly what its task waits for. A timeout limits the blocking calls
//! made inside it, as a threaded program would limit them.

mod hyper;
mod limit;
mod net;
mod park;
mod room;
mod sleep;
mod task;
mod timeout;

pub use crate::hyper::PolledStream;
pub use limit::Nap;
pub use net::{ThreadsListener, ThreadsStream};
pub use park::block_on;
pub use task::ThreadTask;
pub use timeout::timeout;

use loopswap_rt::{Info, Launch, MaybeSend, Runtime, Shard, Topology};
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

/// One thread for each task, driven by the operating system's scheduler.
#[derive(Clone, Copy, Debug)]
pub struct Threads;

impl Launch for Threads {
    const INFO: Info = Info {
        name: "threads",
        package: "loopswap-threads",
        driver: "poll",
        topology: Topology::ThreadPerTask,
        concurrent: true,
        offload: Ok(()),
        cancel: Err("a thread cannot be stopped while a blocking call holds it"),
        about: "a thread for every task, blocking I/O, no event loop",
        discontinued: None,
    };

    /// `threads` limits nothing here: every task has its own.
    fn launch<B, F>(_threads: usize, body: B) -> io::Result<Vec<F::Output>>
    where
        B: Fn(Self, Shard) -> F + Clone + Send + 'static,
        F: Future + MaybeSend + 'static,
        F::Output: Send + 'static,
    {
        let body = task::spawn(body(Self, Shard { index: 0, count: 1 })).map_err(io::Error::other)?;
        Ok(vec![block_on(body)])
    }
}

impl Runtime for Threads {
    type Stream = ThreadsStream;
    type Listener = ThreadsListener;
    type Task<T: MaybeSend + 'static> = ThreadTask<T>;

    fn info(self) -> Info {
        Self::INFO
    }

    fn spawn<F>(self, task: F) -> ThreadTask<F::Output>
    where
        F: Future + MaybeSend + 'static,
        F::Output: MaybeSend + 'static,
    {
        task::spawn(task).unwrap_or_else(|refusal| refusal.raise())
    }

    fn sleep(self, time: Duration) -> impl Future<Output = ()> + MaybeSend + 'static {
        sleep::Sleep::new(time)
    }

    fn timeout<F>(self, time: Duration, future: F) -> impl Future<Output = Option<F::Output>> + MaybeSend + 'static
    where
        F: Future + MaybeSend + 'static,
        F::Output: MaybeSend + 'static,
    {
        timeout(time, future)
    }

    fn offload<T, J>(self, job: J) -> impl Future<Output = T> + MaybeSend + 'static
    where
        J: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        task::spawn(async move { job() }).unwrap_or_else(|refusal| refusal.raise())
    }

    fn yield_now(self) -> impl Future<Output = ()> + MaybeSend + 'static {
        async { std::thread::yield_now() }
    }

    fn connect(self, to: SocketAddr) -> impl Future<Output = io::Result<ThreadsStream>> + MaybeSend + 'static {
        ThreadsStream::connect(to)
    }

    fn listen(self, on: SocketAddr) -> impl Future<Output = io::Result<ThreadsListener>> + MaybeSend + 'static {
        async move { ThreadsListener::bind(on) }
    }
}
