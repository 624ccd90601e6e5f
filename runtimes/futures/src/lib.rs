//! An event loop in its smallest form: what every asynchronous runtime is underneath.
//!
//! Three parts, read them in this order. `executor.rs` runs tasks: a set of futures (the `futures` crate's
//! `FuturesUnordered`), of which it polls only those that were woken. `reactor.rs` knows which task waits for
//! which socket (through mio, which is epoll on Linux), for which deadline, or for its turn, and wakes it.
//! `bell.rs` lets another thread wake a loop that sleeps. One thread, no work stealing, no tuning.

mod bell;
mod executor;
mod net;
mod reactor;
mod task;
mod time;

pub use executor::{run, spawn};
pub use net::{FuturesListener, FuturesStream};
pub use reactor::Reactor;
pub use task::{FuturesTask, split};
pub use time::{Sleep, yield_now};

use futures::FutureExt as _;
use futures_lite::future;
use loopswap_rt::{Info, Launch, MaybeSend, Runtime, Shard, Topology};
use std::future::Future;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::time::Duration;

/// The event loop of the current thread.
#[derive(Clone, Copy, Debug)]
pub struct Futures;

impl Launch for Futures {
    const INFO: Info = Info {
        name: "futures",
        package: "futures",
        driver: "epoll",
        topology: Topology::SingleThread,
        concurrent: true,
        offload: Ok(()),
        cancel: Ok(()),
        about: "an event loop in its smallest form, futures' set of tasks over mio: the floor of executors",
        discontinued: None,
    };

    fn launch<B, F>(_threads: usize, body: B) -> io::Result<Vec<F::Output>>
    where
        B: Fn(Self, Shard) -> F + Clone + Send + 'static,
        F: Future + MaybeSend + 'static,
        F::Output: Send + 'static,
    {
        Ok(vec![run(body(Self, Shard { index: 0, count: 1 }))?])
    }
}

impl Runtime for Futures {
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
        spawn(task)
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
        blocking::unblock(job)
    }

    fn yield_now(self) -> impl Future<Output = ()> + MaybeSend + 'static {
        yield_now()
    }

    fn connect(self, to: SocketAddr) -> impl Future<Output = io::Result<FuturesStream>> + MaybeSend + 'static {
        FuturesStream::connect(to)
    }

    fn listen(self, on: SocketAddr) -> impl Future<Output = io::Result<FuturesListener>> + MaybeSend + 'static {
        async move { FuturesListener::new(TcpListener::bind(on)?) }
    }
}
