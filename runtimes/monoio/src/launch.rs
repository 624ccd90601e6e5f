//! Starting monoio with either driver: a pinned thread for each shard, and on each a root that waits for the
//! shard's body.

use crate::offload::Pool;
use crate::{task, turns};
use loopswap_rt::Shard;
use loopswap_shards::panics;
use monoio::time::TimeDriver;
use monoio::{Buildable, Driver, RuntimeBuilder};
use std::future::Future;
use std::io;

/// Runs `body` once on each of `threads` new threads, on a runtime with this driver, as
/// [`Launch::launch`](loopswap_rt::Launch::launch) says.
///
/// # Errors
/// When the operating system refuses a thread or the driver.
pub(crate) fn launch<D, B, F>(name: &str, threads: usize, body: B) -> io::Result<Vec<F::Output>>
where
    D: Driver + Buildable + 'static,
    B: Fn(Shard) -> F + Clone + Send + 'static,
    F: Future + 'static,
    F::Output: Send + 'static,
{
    let count = threads.max(1);
    let pool = Pool::default();
    loopswap_shards::run(name, count, move |index| {
        let body = body(Shard { index, count });
        let builder = RuntimeBuilder::<TimeDriver<D>>::new().attach_thread_pool(Box::new(pool.clone()));
        let mut runtime = Buildable::build(builder)?;
        // The root only waits and hands turns on; the body is a task among tasks.
        Ok(runtime.block_on(async { turns::until(task::spawn_caught(body)).await }).map_err(panics::take))
    })
}
