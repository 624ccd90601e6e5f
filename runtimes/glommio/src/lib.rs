//! glommio: a thread per core, each with its own io_uring; tasks and sockets never leave their thread.
//!
//! It exists on Linux only; elsewhere this crate is empty.
#![cfg(target_os = "linux")]

mod net;
mod preflight;
mod task;

pub use net::{GlommioListener, GlommioStream};
pub use task::GlommioTask;

use futures_util::FutureExt as _;
use glommio::{LocalExecutorBuilder, Placement, PoolPlacement};
use loopswap_rt::{Info, Launch, MaybeSend, Runtime, Shard, Topology, Unavailable};
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::time::Duration;

/// The glommio executor of the current thread.
#[derive(Clone, Copy, Debug)]
pub struct Glommio;

impl Launch for Glommio {
    const INFO: Info = Info {
        name: "glommio",
        package: "glommio",
        driver: "io_uring",
        topology: Topology::ThreadPerCore,
        concurrent: true,
        offload: Ok(()),
        cancel: Ok(()),
        about: "glommio, a thread per core, each with its own io_uring",
        discontinued: None,
    };

    fn preflight(threads: usize) -> Result<(), Unavailable> {
        preflight::check(threads.max(1))
    }

    fn launch<B, F>(threads: usize, body: B) -> io::Result<Vec<F::Output>>
    where
        B: Fn(Self, Shard) -> F + Clone + Send + 'static,
        F: Future + MaybeSend + 'static,
        F::Output: Send + 'static,
    {
        let count = threads.max(1);
        let cpus = loopswap_shards::cpus_to_pin_to();
        let mut executors = Vec::new();
        for index in 0..count {
            // glommio relies on a CPU of its own; with more threads than CPUs it cannot have one.
            let placement = if count <= cpus.len() { Placement::Fixed(cpus[index]) } else { Placement::Unbound };
            let body = body.clone();
            let executor = LocalExecutorBuilder::new(placement)
                .name(&format!("glommio-{index}"))
                // Made before the executor is pinned, its thread for jobs keeps every CPU of the launch; by
                // default glommio would pin that thread to the executor's CPU, in its way.
                .blocking_thread_pool_placement(PoolPlacement::Unbound(1))
                // The root future only waits; the body is a task among tasks.
                .spawn(move || AssertUnwindSafe(task::spawn(body(Glommio, Shard { index, count }))).catch_unwind())?;
            executors.push(executor);
        }
        let mut outputs = Vec::new();
        for executor in executors {
            outputs.push(executor.join()?);
        }
        Ok(outputs.into_iter().map(|output| output.unwrap_or_else(|panic| resume_unwind(panic))).collect())
    }
}

impl Runtime for Glommio {
    type Stream = GlommioStream;
    type Listener = GlommioListener;
    type Task<T: MaybeSend + 'static> = GlommioTask<T>;

    fn info(self) -> Info {
        Self::INFO
    }

    fn spawn<F>(self, task: F) -> GlommioTask<F::Output>
    where
        F: Future + MaybeSend + 'static,
        F::Output: MaybeSend + 'static,
    {
        task::spawn(task)
    }

    fn sleep(self, time: Duration) -> impl Future<Output = ()> + MaybeSend + 'static {
        glommio::timer::sleep(time)
    }

    fn timeout<F>(self, time: Duration, future: F) -> impl Future<Output = Option<F::Output>> + MaybeSend + 'static
    where
        F: Future + MaybeSend + 'static,
        F::Output: MaybeSend + 'static,
    {
        glommio::timer::timeout(time, future.map(Ok)).map(Result::ok)
    }

    fn offload<T, J>(self, job: J) -> impl Future<Output = T> + MaybeSend + 'static
    where
        J: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        // A panic would end the one thread that an executor has for such jobs.
        let job = glommio::executor().spawn_blocking(|| catch_unwind(AssertUnwindSafe(job)));
        job.map(|ended| ended.unwrap_or_else(|panic| resume_unwind(panic)))
    }

    fn yield_now(self) -> impl Future<Output = ()> + MaybeSend + 'static {
        futures_lite::future::yield_now()
    }

    fn connect(self, to: SocketAddr) -> impl Future<Output = io::Result<GlommioStream>> + MaybeSend + 'static {
        GlommioStream::connect(to)
    }

    fn listen(self, on: SocketAddr) -> impl Future<Output = io::Result<GlommioListener>> + MaybeSend + 'static {
        GlommioListener::bind(on)
    }
}
