//! Every task runs to its end before the next: the synchronous baseline.
//!
//! `spawn` drives its task to the end before it returns and a sleep blocks, so any workload becomes the
//! program that one writes first: one thing after another, on one thread, with blocking calls. Sockets are
//! those of `loopswap-threads`.

use loopswap_rt::{Info, Launch, MaybeSend, Runtime, Shard, Task, Topology};
use loopswap_threads::{Nap, ThreadsListener, ThreadsStream, block_on, timeout};
use std::future::{Future, ready};
use std::io;
use std::net::SocketAddr;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::thread;
use std::time::Duration;

/// One thread, one task at a time.
#[derive(Clone, Copy, Debug)]
pub struct Sequential;

/// The handle of a task that has ended already: its output, or its panic.
#[derive(Debug)]
pub struct EndedTask<T>(Option<thread::Result<T>>);

impl<T> EndedTask<T> {
    fn run(task: impl Future<Output = T>) -> Self {
        EndedTask(Some(catch_unwind(AssertUnwindSafe(|| block_on(task)))))
    }
}

// The output is moved out, never pinned.
impl<T> Unpin for EndedTask<T> {}

impl<T> Future for EndedTask<T> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<T> {
        let result = self.0.take().expect("a handle is not polled again once it is ready");
        Poll::Ready(result.unwrap_or_else(|panic| resume_unwind(panic)))
    }
}

impl<T: Send + 'static> Task<T> for EndedTask<T> {
    /// Never called, as `Info::cancel` says; the task has ended, and this is its output.
    fn cancel(self) -> impl Future<Output = Option<T>> + Send + 'static {
        async move { Some(self.await) }
    }
}

impl Launch for Sequential {
    const INFO: Info = Info {
        name: "sequential",
        package: "loopswap-sequential",
        // Only for sockets that hyper drives; everything else waits in its own blocking call.
        driver: "poll",
        topology: Topology::SingleThread,
        concurrent: false,
        offload: Ok(()),
        cancel: Err("a task has ended before anybody could stop it"),
        about: "each task runs to its end before the next starts, blocking I/O: the synchronous style",
        discontinued: None,
    };

    fn launch<B, F>(_threads: usize, body: B) -> io::Result<Vec<F::Output>>
    where
        B: Fn(Self, Shard) -> F + Clone + Send + 'static,
        F: Future + MaybeSend + 'static,
        F::Output: Send + 'static,
    {
        Ok(vec![block_on(Sequential.spawn(body(Self, Shard { index: 0, count: 1 })))])
    }
}

impl Runtime for Sequential {
    type Stream = ThreadsStream;
    type Listener = ThreadsListener;
    type Task<T: MaybeSend + 'static> = EndedTask<T>;

    fn info(self) -> Info {
        Self::INFO
    }

    fn spawn<F>(self, task: F) -> EndedTask<F::Output>
    where
        F: Future + MaybeSend + 'static,
        F::Output: MaybeSend + 'static,
    {
        EndedTask::run(task)
    }

    fn sleep(self, time: Duration) -> impl Future<Output = ()> + MaybeSend + 'static {
        Nap::new(time)
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
        async move { job() }
    }

    /// No other task is ever ready.
    fn yield_now(self) -> impl Future<Output = ()> + MaybeSend + 'static {
        ready(())
    }

    fn connect(self, to: SocketAddr) -> impl Future<Output = io::Result<ThreadsStream>> + MaybeSend + 'static {
        ThreadsStream::connect(to)
    }

    fn listen(self, on: SocketAddr) -> impl Future<Output = io::Result<ThreadsListener>> + MaybeSend + 'static {
        async move { ThreadsListener::bind(on) }
    }
}
