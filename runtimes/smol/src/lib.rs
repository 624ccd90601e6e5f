//! smol: a small work-stealing executor over async-io's reactor.
//!
//! smol's own global executor has one thread unless an environment variable says otherwise, so each launch
//! has its own executor, run by the number of threads asked for: the set-up that smol's documentation
//! recommends for more than one thread.

mod net;
mod sleep;
mod task;

use sleep::Sleep;

pub use net::{SmolListener, SmolStream};
pub use task::SmolTask;

use futures_util::FutureExt as _;
use loopswap_rt::{Info, Launch, MaybeSend, Runtime, Shard, Topology};
use smol::Executor;
use std::future::Future;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::thread;
use std::time::Duration;

/// An executor of smol's, run by its own threads.
#[derive(Clone, Copy, Debug)]
pub struct Smol(&'static Executor<'static>);

impl Launch for Smol {
    const INFO: Info = Info {
        name: "smol",
        package: "smol",
        driver: "epoll",
        topology: Topology::WorkStealing,
        concurrent: true,
        offload: Ok(()),
        cancel: Ok(()),
        about: "smol's executor on N threads, work stealing over epoll",
        discontinued: None,
    };

    fn launch<B, F>(threads: usize, body: B) -> io::Result<Vec<F::Output>>
    where
        B: Fn(Self, Shard) -> F + Clone + Send + 'static,
        F: Future + MaybeSend + 'static,
        F::Output: Send + 'static,
    {
        // Leaked, once a launch: tasks keep a copy of the handle, and outlive anything they could borrow from
        // here.
        let executor: &'static Executor<'static> = Box::leak(Box::new(Executor::new()));
        let (stop, stopped) = smol::channel::bounded::<()>(1);
        let mut workers = Vec::new();
        for index in 0..threads.max(1) {
            let stopped = stopped.clone();
            // `recv` ends when `stop` is dropped. `smol::block_on` also drives async-io's reactor.
            let work = move || smol::block_on(executor.run(stopped.recv())).unwrap_or_default();
            workers.push(thread::Builder::new().name(format!("smol-{index}")).spawn(work)?);
        }
        let body = executor.spawn(body(Smol(executor), Shard { index: 0, count: 1 }));
        // This `block_on` parks and does nothing else: tasks run on the workers alone.
        let output = catch_unwind(AssertUnwindSafe(|| smol::future::block_on(body)));
        drop(stop);
        for worker in workers {
            worker.join().unwrap_or_else(|panic| resume_unwind(panic));
        }
        Ok(vec![output.unwrap_or_else(|panic| resume_unwind(panic))])
    }
}

impl Runtime for Smol {
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
        SmolTask::new(self.0.spawn(task))
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
        smol::unblock(job)
    }

    fn yield_now(self) -> impl Future<Output = ()> + MaybeSend + 'static {
        smol::future::yield_now()
    }

    fn connect(self, to: SocketAddr) -> impl Future<Output = io::Result<SmolStream>> + MaybeSend + 'static {
        SmolStream::connect(to)
    }

    fn listen(self, on: SocketAddr) -> impl Future<Output = io::Result<SmolListener>> + MaybeSend + 'static {
        async move { SmolListener::new(TcpListener::bind(on)?) }
    }
}
