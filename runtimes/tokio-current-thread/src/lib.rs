//! tokio's current-thread runtime: the same reactor and timer as `tokio`, one thread, nothing to steal.
//!
//! Sockets and task handles are `loopswap-tokio`'s, so that the two differ in their scheduler only.

use loopswap_rt::{Info, Launch, MaybeSend, Runtime, Shard, Topology};
use loopswap_tokio::{TokioListener, TokioStream, TokioTask, join, offload, spawn, timeout};
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

/// The runtime built by `tokio::runtime::Builder::new_current_thread`, I/O and time enabled.
#[derive(Clone, Copy, Debug)]
pub struct TokioCurrentThread;

impl Launch for TokioCurrentThread {
    const INFO: Info = Info {
        name: "tokio-current-thread",
        package: "tokio",
        driver: "epoll",
        topology: Topology::SingleThread,
        concurrent: true,
        offload: Ok(()),
        cancel: Ok(()),
        about: "tokio's current-thread runtime: every task on one thread, over epoll",
        discontinued: None,
    };

    fn launch<B, F>(_threads: usize, body: B) -> io::Result<Vec<F::Output>>
    where
        B: Fn(Self, Shard) -> F + Clone + Send + 'static,
        F: Future + MaybeSend + 'static,
        F::Output: Send + 'static,
    {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let body = body(Self, Shard { index: 0, count: 1 });
        // The thread is the same, the scheduler is not: `block_on`'s own future is polled out of turn.
        Ok(vec![runtime.block_on(async { join(tokio::spawn(body).await) })])
    }
}

impl Runtime for TokioCurrentThread {
    type Stream = TokioStream;
    type Listener = TokioListener;
    type Task<T: MaybeSend + 'static> = TokioTask<T>;

    fn info(self) -> Info {
        Self::INFO
    }

    fn spawn<F>(self, task: F) -> TokioTask<F::Output>
    where
        F: Future + MaybeSend + 'static,
        F::Output: MaybeSend + 'static,
    {
        spawn(task)
    }

    fn sleep(self, time: Duration) -> impl Future<Output = ()> + MaybeSend + 'static {
        tokio::time::sleep(time)
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
        offload(job)
    }

    fn yield_now(self) -> impl Future<Output = ()> + MaybeSend + 'static {
        tokio::task::yield_now()
    }

    fn connect(self, to: SocketAddr) -> impl Future<Output = io::Result<TokioStream>> + MaybeSend + 'static {
        TokioStream::connect(to)
    }

    fn listen(self, on: SocketAddr) -> impl Future<Output = io::Result<TokioListener>> + MaybeSend + 'static {
        TokioListener::bind(on)
    }
}
