//! tokio's multi-thread, work-stealing runtime: the reference that most services run on.
//!
//! It is [`On`] a scheduler, which is all that `loopswap-tokio-current-thread` differs in.

mod net;
mod task;

pub use net::{TokioListener, TokioStream};
pub use task::TokioTask;

use loopswap_rt::{Info, Launch, MaybeSend, Runtime, Shard, Topology};
use std::fmt::Debug;
use std::future::Future;
use std::io;
use std::marker::PhantomData;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::runtime::Builder;

/// tokio's runtime on one of its schedulers, I/O and time enabled.
#[derive(Clone, Copy, Debug)]
pub struct On<S>(PhantomData<S>);

/// A scheduler of tokio's.
pub trait Scheduler: Copy + Debug + Send + Sync + 'static {
    /// What the runtime on it is.
    const INFO: Info;

    /// Builds that runtime, on this number of threads if it takes one.
    fn builder(threads: usize) -> Builder;
}

/// The runtime built by `tokio::runtime::Builder::new_multi_thread`.
pub type Tokio = On<MultiThread>;

/// tokio's work-stealing scheduler.
#[derive(Clone, Copy, Debug)]
pub struct MultiThread;

impl Scheduler for MultiThread {
    const INFO: Info = Info {
        name: "tokio",
        package: "tokio",
        driver: "epoll",
        topology: Topology::WorkStealing,
        concurrent: true,
        offload: Ok(()),
        cancel: Ok(()),
        about: "tokio's multi-thread runtime, work stealing over epoll",
        discontinued: None,
    };

    fn builder(threads: usize) -> Builder {
        let mut builder = Builder::new_multi_thread();
        builder.worker_threads(threads.max(1));
        builder
    }
}

impl<S: Scheduler> Launch for On<S> {
    const INFO: Info = S::INFO;

    fn launch<B, F>(threads: usize, body: B) -> io::Result<Vec<F::Output>>
    where
        B: Fn(Self, Shard) -> F + Clone + Send + 'static,
        F: Future + MaybeSend + 'static,
        F::Output: Send + 'static,
    {
        let runtime = S::builder(threads).enable_all().build()?;
        let body = body(On(PhantomData), Shard { index: 0, count: 1 });
        // The body is spawned, because `block_on`'s own future is not on a worker, or on the one thread polled out of
        // turn.
        Ok(vec![runtime.block_on(async { task::join(tokio::spawn(body).await) })])
    }
}

impl<S: Scheduler> Runtime for On<S> {
    type Stream = TokioStream;
    type Listener = TokioListener;
    type Task<T: MaybeSend + 'static> = TokioTask<T>;

    fn info(self) -> Info {
        S::INFO
    }

    fn spawn<F>(self, task: F) -> TokioTask<F::Output>
    where
        F: Future + MaybeSend + 'static,
        F::Output: MaybeSend + 'static,
    {
        task::spawn(task)
    }

    fn sleep(self, time: Duration) -> impl Future<Output = ()> + MaybeSend + 'static {
        tokio::time::sleep(time)
    }

    fn timeout<F>(self, time: Duration, future: F) -> impl Future<Output = Option<F::Output>> + MaybeSend + 'static
    where
        F: Future + MaybeSend + 'static,
        F::Output: MaybeSend + 'static,
    {
        task::timeout(time, future)
    }

    fn offload<T, J>(self, job: J) -> impl Future<Output = T> + MaybeSend + 'static
    where
        J: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        task::offload(job)
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
