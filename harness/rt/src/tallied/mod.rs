//! A runtime whose tasks are tallied: how often they are polled, and how often they are woken.
//!
//! [`Tallied`] is any runtime with every spawned task, and every body of a launch, wrapped. The wrapper adds
//! to a task's size, allocates a waker and counts in shared memory, and the runtime behind it is
//! [`Erased`], so nothing is ever timed through it: a runner uses it only in a process that is there to count.

mod watched;

use crate::{Erased, ErasedListener, ErasedStream, ErasedTask, Info, Launch, MaybeSend, Runtime, Shard};
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// How often the tasks of one launch were polled and woken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TaskCounts {
    /// Polls that have begun.
    pub polls: u64,
    /// Calls of a waker that a task was polled with, or of a clone of it; also for a task that runs or has
    /// already been woken. Wake-ups that a runtime does without a waker are not in it.
    pub wakeups: u64,
}

impl TaskCounts {
    /// The increase since `earlier`.
    #[must_use]
    pub fn since(self, earlier: TaskCounts) -> TaskCounts {
        TaskCounts { polls: self.polls - earlier.polls, wakeups: self.wakeups - earlier.wakeups }
    }
}

/// The counts while they grow.
#[derive(Debug, Default)]
struct Tasks {
    polls: AtomicU64,
    wakeups: AtomicU64,
}

/// A runtime with its tasks tallied.
#[derive(Clone, Copy, Debug)]
pub struct Tallied {
    rt: Erased,
    /// A handle to a runtime is free to copy and outlives every task, so its counters are never released: 16
    /// bytes a launch.
    tasks: &'static Tasks,
}

impl Tallied {
    /// The counts of this launch so far, over all of its shards.
    #[must_use]
    pub fn counts(&self) -> TaskCounts {
        let polls = self.tasks.polls.load(Ordering::Relaxed);
        TaskCounts { polls, wakeups: self.tasks.wakeups.load(Ordering::Relaxed) }
    }

    /// Starts the runtime `R` as [`Launch::launch`] does, and tallies its bodies and tasks.
    ///
    /// # Errors
    /// Those of [`Launch::launch`].
    pub fn launch<R, B, F>(threads: usize, body: B) -> io::Result<Vec<F::Output>>
    where
        R: Launch,
        B: Fn(Self, Shard) -> F + Send + Sync + 'static,
        F: Future + MaybeSend + 'static,
        F::Output: Send + 'static,
    {
        let tasks: &'static Tasks = Box::leak(Box::default());
        Erased::launch::<R, _, _>(threads, move |rt, shard| watched::watched(body(Tallied { rt, tasks }, shard), tasks))
    }
}

impl Runtime for Tallied {
    type Stream = ErasedStream;
    type Listener = ErasedListener;
    type Task<T: MaybeSend + 'static> = ErasedTask<T>;

    fn info(self) -> Info {
        self.rt.info()
    }

    fn spawn<F>(self, task: F) -> Self::Task<F::Output>
    where
        F: Future + MaybeSend + 'static,
        F::Output: MaybeSend + 'static,
    {
        self.rt.spawn(watched::watched(task, self.tasks))
    }

    fn sleep(self, time: Duration) -> impl Future<Output = ()> + MaybeSend + 'static {
        self.rt.sleep(time)
    }

    fn timeout<F>(self, time: Duration, future: F) -> impl Future<Output = Option<F::Output>> + MaybeSend + 'static
    where
        F: Future + MaybeSend + 'static,
        F::Output: MaybeSend + 'static,
    {
        self.rt.timeout(time, future)
    }

    fn offload<T, J>(self, job: J) -> impl Future<Output = T> + MaybeSend + 'static
    where
        J: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        self.rt.offload(job)
    }

    fn yield_now(self) -> impl Future<Output = ()> + MaybeSend + 'static {
        self.rt.yield_now()
    }

    fn connect(self, to: SocketAddr) -> impl Future<Output = io::Result<Self::Stream>> + MaybeSend + 'static {
        self.rt.connect(to)
    }

    fn listen(self, on: SocketAddr) -> impl Future<Output = io::Result<Self::Listener>> + MaybeSend + 'static {
        self.rt.listen(on)
    }
}
