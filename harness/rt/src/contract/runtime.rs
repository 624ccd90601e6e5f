//! What a runtime offers to a workload.

use super::{Listener, Stream, Task};
use crate::{MaybeSend, MaybeSync};
use loopswap_protocol::{Topology, Unavailable};
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

/// One of `count` equal parts of the machine.
///
/// A single-thread or work-stealing runtime has one shard with all its threads; a thread-per-core
/// runtime has one shard for each thread. A workload splits its work over the shards, so that the
/// total is the same for every runtime.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    /// Which part, from 0.
    pub index: usize,
    /// How many parts there are, at least 1.
    pub count: usize,
}

impl Shard {
    /// This shard's share of `total` things; the shares of all shards add up to `total` and differ by
    /// one at most.
    #[must_use]
    pub fn share(self, total: u64) -> u64 {
        let (index, count) = (self.index as u64, self.count as u64);
        total / count + u64::from(index < total % count)
    }
}

/// What a runtime says of itself, known when it is compiled.
#[derive(Clone, Copy, Debug)]
pub struct Info {
    /// The name by which suites, filters and reports call it.
    pub name: &'static str,
    /// The package whose version identifies it; a runtime that is part of loopswap names its own.
    pub package: &'static str,
    /// What waits for I/O: `epoll`, `io_uring`, `poll`, `none`. There is no silent fallback: if this driver
    /// is missing, [`Launch::preflight`] says so.
    pub driver: &'static str,
    /// How tasks are distributed over threads.
    pub topology: Topology,
    /// Whether a spawned task runs while its spawner goes on. If not (each task runs to its end first),
    /// anything that needs two live tasks is *unsupported*.
    pub concurrent: bool,
    /// `Err(why)` if the runtime has no threads of its own for jobs that block: then [`Runtime::offload`]
    /// must not be called, and a workload that needs it is *unsupported*.
    pub offload: Result<(), &'static str>,
    /// `Err(why)` if a spawned task cannot be stopped: then [`Task::cancel`] must not be called, and a
    /// workload that needs it is *unsupported*.
    pub cancel: Result<(), &'static str>,
    /// One sentence for a person who has never heard of it.
    pub about: &'static str,
    /// Set if its authors have ended it: since when, and what to use instead.
    pub discontinued: Option<&'static str>,
}

/// How a runtime is known by name, and started.
///
/// Every sentence below is tested by the [conformance kit](mod@crate::conformance).
pub trait Launch: Runtime {
    /// What it is.
    const INFO: Info;

    /// Says whether the runtime can run here on `threads` threads, without starting it.
    ///
    /// # Errors
    /// What is missing and what to do about it.
    fn preflight(threads: usize) -> Result<(), Unavailable> {
        let _ = threads;
        Ok(())
    }

    /// Threads on which tasks run when `threads` are asked for: 1 for a single-thread runtime.
    #[must_use]
    fn threads(threads: usize) -> usize {
        match Self::INFO.topology {
            Topology::SingleThread => 1,
            Topology::WorkStealing | Topology::ThreadPerCore | Topology::ThreadPerTask => threads.max(1),
        }
    }

    /// Starts the runtime on `threads` threads, runs `body` once per shard, and returns what the
    /// bodies return, in the order of the shards, once all have ended.
    ///
    /// A body is always a *spawned task* that runs on one of the runtime's workers, never the root
    /// future of a `block_on`. It may block its worker between measurements. A panic in a body
    /// reaches the caller. When `launch` returns, the runtime's threads that ran tasks have ended or
    /// are idle; a task that nobody joined is dropped where it waits, or, where tasks cannot be
    /// stopped, left to end on its own.
    ///
    /// A process may launch again after a launch has returned. Where the executor is a global of the
    /// process, another number of threads than the first time is an error.
    ///
    /// # Errors
    /// When the operating system refuses a thread or the driver.
    fn launch<B, F>(threads: usize, body: B) -> io::Result<Vec<F::Output>>
    where
        B: Fn(Self, Shard) -> F + Clone + Send + 'static,
        F: Future + MaybeSend + 'static,
        F::Output: Send + 'static;
}

/// An executor, a reactor and a timer in one configuration: what a workload sees of it.
///
/// A value of the type is a handle to the runtime that the current task runs on; it is free to copy.
/// Every sentence below is tested by the [conformance kit](mod@crate::conformance).
pub trait Runtime: Copy + MaybeSend + MaybeSync + 'static {
    /// A connected TCP socket of this runtime.
    type Stream: Stream;
    /// A listening TCP socket of this runtime.
    type Listener: Listener<Stream = Self::Stream>;
    /// The handle of a spawned task.
    type Task<T: MaybeSend + 'static>: Task<T>;

    /// What the runtime behind this handle is: its [`Launch::INFO`].
    fn info(self) -> Info;

    /// Starts a task. It runs concurrently with its spawner (see [`Info::concurrent`]), also when
    /// nobody awaits the handle.
    ///
    /// # Panics
    /// Raises a [`Refusal`](crate::Refusal) where the system has no room for another task: a task that
    /// needs a thread or a stack of its own may be refused one.
    fn spawn<F>(self, task: F) -> Self::Task<F::Output>
    where
        F: Future + MaybeSend + 'static,
        F::Output: MaybeSend + 'static;

    /// Completes once `time` has passed, counted from the call or from the first poll, never earlier.
    fn sleep(self, time: Duration) -> impl Future<Output = ()> + MaybeSend + 'static;

    /// Completes with the output of `future`, or with nothing once `time` has passed, never earlier; by then
    /// the future is dropped. A future that is ready when it is polled wins. It is the runtime's own timeout
    /// where it has one; what blocks its thread without asking the runtime cannot be cut short.
    fn timeout<F>(self, time: Duration, future: F) -> impl Future<Output = Option<F::Output>> + MaybeSend + 'static
    where
        F: Future + MaybeSend + 'static,
        F::Output: MaybeSend + 'static;

    /// Runs a job that blocks, on threads that the runtime keeps for that, and completes with what it
    /// returns. Tasks go on meanwhile (on a runtime that runs one task at a time none could, and the job runs
    /// in its place). A job may run on every CPU of the launch, even if the shard that asks is pinned to one
    /// of them: its thread would inherit that and be in the way of the shard's tasks. A panic in the job
    /// reaches the task that awaits it.
    ///
    /// The job starts at the call or at the first poll. Await it: if the future is dropped before, the job
    /// may or may not run.
    ///
    /// # Panics
    /// Where [`Info::offload`] says why it must not be called; raises a [`Refusal`](crate::Refusal) where
    /// every job needs a thread of its own and the system has no room for it.
    fn offload<T, J>(self, job: J) -> impl Future<Output = T> + MaybeSend + 'static
    where
        J: FnOnce() -> T + Send + 'static,
        T: Send + 'static;

    /// Lets every other task that is ready on this thread run at least once before it completes; a
    /// thread with a single task offers its CPU to other threads.
    fn yield_now(self) -> impl Future<Output = ()> + MaybeSend + 'static;

    /// Connects over TCP, with `TCP_NODELAY` set.
    ///
    /// # Errors
    /// Those of `connect(2)`.
    fn connect(self, to: SocketAddr) -> impl Future<Output = io::Result<Self::Stream>> + MaybeSend + 'static;

    /// Listens on a TCP address, with room for at least 1024 connections that nobody has accepted yet;
    /// port 0 means any free port. Shards of a thread-per-core runtime may listen on the same address
    /// (`SO_REUSEPORT`): the kernel deals the connections out over them.
    ///
    /// # Errors
    /// Those of `bind(2)` and `listen(2)`.
    fn listen(self, on: SocketAddr) -> impl Future<Output = io::Result<Self::Listener>> + MaybeSend + 'static;
}

#[cfg(test)]
mod tests {
    use super::Shard;

    #[test]
    fn shares_add_up_and_differ_by_one_at_most() {
        for total in 0..50 {
            for count in 1..7 {
                let shares: Vec<u64> = (0..count).map(|index| Shard { index, count }.share(total)).collect();
                assert_eq!(shares.iter().sum::<u64>(), total);
                assert!(shares.iter().max().unwrap() - shares.iter().min().unwrap() <= 1);
            }
        }
    }
}
