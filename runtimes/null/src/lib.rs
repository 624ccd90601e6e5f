//! An executor that polls everything, always: the floor.
//!
//! One thread polls its tasks round robin and never parks. There is no reactor (a socket is tried at each
//! poll), no timer (a sleep compares the clock), and nothing to wake (every task is polled anyway). With few
//! operations in flight nothing can answer sooner; with many, it shows what event loops are for.

mod hyper;
mod net;
mod queue;

pub use crate::hyper::TriedStream;
pub use net::{NullListener, NullStream};
pub use queue::NullTask;

use futures_lite::future;
use futures_util::FutureExt as _;
use loopswap_rt::{Info, Launch, MaybeSend, Runtime, Shard, Topology};
use std::future::{Future, poll_fn};
use std::io;
use std::net::SocketAddr;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

/// The executor of the current thread.
#[derive(Clone, Copy, Debug)]
pub struct Null;

/// What every future here does when it is not ready. The executor polls it again in any case; the waker is
/// for combinators that poll only those of their futures that were woken.
fn again<T>(context: &Context<'_>) -> Poll<T> {
    context.waker().wake_by_ref();
    Poll::Pending
}

impl Launch for Null {
    const INFO: Info = Info {
        name: "null",
        package: "loopswap-null",
        driver: "none",
        topology: Topology::SingleThread,
        concurrent: true,
        offload: Err("it has the one thread that polls, and no other"),
        cancel: Ok(()),
        about: "polls every task all the time on one thread and never sleeps: the floor of latency",
        discontinued: None,
    };

    fn launch<B, F>(_threads: usize, body: B) -> io::Result<Vec<F::Output>>
    where
        B: Fn(Self, Shard) -> F + Clone + Send + 'static,
        F: Future + MaybeSend + 'static,
        F::Output: Send + 'static,
    {
        Ok(vec![queue::run(body(Self, Shard { index: 0, count: 1 }))])
    }
}

impl Runtime for Null {
    type Stream = NullStream;
    type Listener = NullListener;
    type Task<T: MaybeSend + 'static> = NullTask<T>;

    fn info(self) -> Info {
        Self::INFO
    }

    fn spawn<F>(self, task: F) -> NullTask<F::Output>
    where
        F: Future + MaybeSend + 'static,
        F::Output: MaybeSend + 'static,
    {
        queue::spawn(task)
    }

    fn sleep(self, time: Duration) -> impl Future<Output = ()> + MaybeSend + 'static {
        let deadline = Instant::now() + time;
        poll_fn(move |context| if Instant::now() >= deadline { Poll::Ready(()) } else { again(context) })
    }

    fn timeout<F>(self, time: Duration, future: F) -> impl Future<Output = Option<F::Output>> + MaybeSend + 'static
    where
        F: Future + MaybeSend + 'static,
        F::Output: MaybeSend + 'static,
    {
        future::or(future.map(Some), self.sleep(time).map(|()| None))
    }

    /// Never called, as `Info::offload` says.
    fn offload<T, J>(self, _job: J) -> impl Future<Output = T> + MaybeSend + 'static
    where
        J: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        async { panic!("a workload asks `Info::offload` first") }
    }

    fn yield_now(self) -> impl Future<Output = ()> + MaybeSend + 'static {
        let mut yielded = false;
        poll_fn(move |context| if std::mem::replace(&mut yielded, true) { Poll::Ready(()) } else { again(context) })
    }

    fn connect(self, to: SocketAddr) -> impl Future<Output = io::Result<NullStream>> + MaybeSend + 'static {
        async move { NullStream::connect(to) }
    }

    fn listen(self, on: SocketAddr) -> impl Future<Output = io::Result<NullListener>> + MaybeSend + 'static {
        async move { NullListener::bind(on) }
    }
}
