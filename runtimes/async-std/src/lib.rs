//! async-std: the standard library's shape, asynchronous; work stealing over async-io's reactor.
//!
//! Its executor is a global of the process whose threads are counted once, before its first use. A
//! second launch must ask for the same number; anything else is an error, never a silent surprise.

mod net;
mod task;

pub use net::{AsyncStdListener, AsyncStdStream, HalfClosing};
pub use task::AsyncStdTask;

use async_global_executor::{GlobalExecutorConfig, init_with_config};
use futures_util::FutureExt as _;
use loopswap_rt::{Info, Launch, MaybeSend, Runtime, Shard, Topology};
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::sync::OnceLock;
use std::time::Duration;

/// async-std's global executor.
#[derive(Clone, Copy, Debug)]
pub struct AsyncStd;

/// The only way to set the thread count without an environment variable (setting one is unsafe).
fn start(threads: usize) -> io::Result<()> {
    static STARTED: OnceLock<usize> = OnceLock::new();
    let started = *STARTED.get_or_init(|| {
        let config = GlobalExecutorConfig::default()
            // Its own variable would override the number below; this one is never set.
            .with_env_var("LOOPSWAP_NEVER_SET")
            .with_min_threads(threads)
            .with_max_threads(threads)
            .with_thread_name_fn(Box::new(|| "async-std".to_owned()));
        init_with_config(config);
        threads
    });
    if started == threads {
        Ok(())
    } else {
        Err(io::Error::other(format!(
            "async-std was started on {started} threads in this process and cannot change to {threads}"
        )))
    }
}

impl Launch for AsyncStd {
    const INFO: Info = Info {
        name: "async-std",
        package: "async-std",
        driver: "epoll",
        topology: Topology::WorkStealing,
        concurrent: true,
        offload: Ok(()),
        cancel: Ok(()),
        about: "async-std's global executor, work stealing over epoll",
        discontinued: Some("RUSTSEC-2025-0052: discontinued since March 2025, its authors point to smol"),
    };

    fn launch<B, F>(threads: usize, body: B) -> io::Result<Vec<F::Output>>
    where
        B: Fn(Self, Shard) -> F + Clone + Send + 'static,
        F: Future + MaybeSend + 'static,
        F::Output: Send + 'static,
    {
        start(threads.max(1))?;
        let body = async_std::task::spawn(body(Self, Shard { index: 0, count: 1 }));
        // async-std's own `block_on` would drive the reactor from this thread; this one only parks.
        Ok(vec![futures_lite::future::block_on(body)])
    }
}

impl Runtime for AsyncStd {
    type Stream = AsyncStdStream;
    type Listener = AsyncStdListener;
    type Task<T: MaybeSend + 'static> = AsyncStdTask<T>;

    fn info(self) -> Info {
        Self::INFO
    }

    fn spawn<F>(self, task: F) -> AsyncStdTask<F::Output>
    where
        F: Future + MaybeSend + 'static,
        F::Output: MaybeSend + 'static,
    {
        task::spawn(task)
    }

    fn sleep(self, time: Duration) -> impl Future<Output = ()> + MaybeSend + 'static {
        async_std::task::sleep(time)
    }

    fn timeout<F>(self, time: Duration, future: F) -> impl Future<Output = Option<F::Output>> + MaybeSend + 'static
    where
        F: Future + MaybeSend + 'static,
        F::Output: MaybeSend + 'static,
    {
        async_std::future::timeout(time, future).map(Result::ok)
    }

    fn offload<T, J>(self, job: J) -> impl Future<Output = T> + MaybeSend + 'static
    where
        J: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        async_std::task::spawn_blocking(job)
    }

    fn yield_now(self) -> impl Future<Output = ()> + MaybeSend + 'static {
        async_std::task::yield_now()
    }

    fn connect(self, to: SocketAddr) -> impl Future<Output = io::Result<AsyncStdStream>> + MaybeSend + 'static {
        AsyncStdStream::connect(to)
    }

    fn listen(self, on: SocketAddr) -> impl Future<Output = io::Result<AsyncStdListener>> + MaybeSend + 'static {
        AsyncStdListener::bind(on)
    }
}
