//! smol in its thread-per-core form: a `LocalExecutor` on every thread, over the one async-io.
//!
//! Tasks never leave their thread and need not be `Send`. The reactor is shared: async-io has one epoll for
//! the whole process, and the thread that finds it free waits in it for all. smol's sockets, timers and
//! handles are compiled from the sources of `loopswap-smol`.

#[path = "../../smol/src/net.rs"]
mod net;
#[path = "../../smol/src/sleep.rs"]
mod sleep;
#[path = "../../smol/src/task.rs"]
mod task;

use sleep::Sleep;

pub use net::{SmolListener, SmolStream};
pub use task::SmolTask;

use futures_util::FutureExt as _;
use loopswap_rt::{Info, Launch, MaybeSend, Runtime, Shard, Topology};
use smol::LocalExecutor;
use std::cell::RefCell;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::time::Duration;

/// The executor of one shard.
#[derive(Clone, Copy, Debug)]
pub struct SmolLocal(&'static RefCell<LocalExecutor<'static>>);

impl SmolLocal {
    /// Drops the tasks that are left. Dropping a task may spawn another.
    fn clear(self) {
        while !self.0.borrow().is_empty() {
            let ended = self.0.take();
            drop(ended);
        }
    }
}

/// Runs `body` as a task of an executor of its own.
fn run<F>(body: impl FnOnce(SmolLocal) -> F) -> F::Output
where
    F: Future + 'static,
    F::Output: 'static,
{
    // Leaked, once a launch: tasks keep a copy of the handle. Its content is dropped below.
    let rt = SmolLocal(Box::leak(Box::default()));
    let output = catch_unwind(AssertUnwindSafe(|| {
        let executor = rt.0.borrow();
        let body = executor.spawn(body(rt));
        // The root future only waits for the body; `smol::block_on` also drives async-io's reactor.
        smol::block_on(executor.run(body))
    }));
    rt.clear();
    output.unwrap_or_else(|panic| resume_unwind(panic))
}

impl Launch for SmolLocal {
    const INFO: Info = Info {
        name: "smol-local",
        package: "smol",
        driver: "epoll",
        topology: Topology::ThreadPerCore,
        concurrent: true,
        offload: Ok(()),
        cancel: Ok(()),
        about: "smol's local executor on each of N threads, over one epoll for all",
        discontinued: None,
    };

    fn launch<B, F>(threads: usize, body: B) -> io::Result<Vec<F::Output>>
    where
        B: Fn(Self, Shard) -> F + Clone + Send + 'static,
        F: Future + MaybeSend + 'static,
        F::Output: Send + 'static,
    {
        let count = threads.max(1);
        loopswap_shards::run(Self::INFO.name, count, move |index| Ok(Ok(run(|rt| body(rt, Shard { index, count })))))
    }
}

impl Runtime for SmolLocal {
    type Stream = SmolStream;
    type Listener = SmolListener;
    type Task<T: MaybeSend + 'static> = SmolTask<T>;

    fn info(self) -> Info {
        Self::INFO
    }

    fn spawn<F>(self, task: F) -> SmolTask<F::Output>
    where
        F: Future + MaybeSend + 'static,
        F::Output: MaybeSend + 'static,
    {
        SmolTask::new(self.0.borrow().spawn(task))
    }

    fn sleep(self, time: Duration) -> impl Future<Output = ()> + MaybeSend + 'static {
        Sleep(smol::Timer::after(time))
    }

    fn timeout<F>(self, time: Duration, future: F) -> impl Future<Output = Option<F::Output>> + MaybeSend + 'static
    where
        F: Future + MaybeSend + 'static,
        F::Output: MaybeSend + 'static,
    {
        smol::future::or(future.map(Some), self.sleep(time).map(|()| None))
    }

    fn offload<T, J>(self, job: J) -> impl Future<Output = T> + MaybeSend + 'static
    where
        J: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        smol::unblock(loopswap_shards::loose(job))
    }

    fn yield_now(self) -> impl Future<Output = ()> + MaybeSend + 'static {
        smol::future::yield_now()
    }

    fn connect(self, to: SocketAddr) -> impl Future<Output = io::Result<SmolStream>> + MaybeSend + 'static {
        SmolStream::connect(to)
    }

    fn listen(self, on: SocketAddr) -> impl Future<Output = io::Result<SmolListener>> + MaybeSend + 'static {
        async move { SmolListener::new(loopswap_shards::listener(on)?) }
    }
}
