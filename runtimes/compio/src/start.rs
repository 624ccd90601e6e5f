//! Starting compio on io_uring and on nothing else: the driver is asked for by name, with every operation
//! that compio calls basic, and if it is missing the start fails.

use crate::task;
use compio::driver::op::OpCodeFlag;
use compio::driver::{DriverType, ProactorBuilder};
use compio::runtime::{JoinError, RuntimeBuilder};
use loopswap_rt::{Shard, Unavailable};
use loopswap_shards::uring;
use std::future::Future;
use std::io;

/// Slots for wake-ups from other threads. A thread that finds none free waits for one; in compio-executor
/// 0.1.4 the loop may have fallen asleep meanwhile, and nothing tells it about that last wake-up. So there
/// are more slots than wake-ups between two looks of the loop; the default of 64 is too few for a thread that
/// completes a thousand futures.
const WAKE_UPS: usize = 16_384;

fn builder() -> RuntimeBuilder {
    let mut proactor = ProactorBuilder::new();
    proactor.driver_type(DriverType::IoUring).detect_opcode_support(OpCodeFlag::basic());
    let mut builder = RuntimeBuilder::new();
    builder.with_proactor(proactor).sync_queue_size(WAKE_UPS);
    builder
}

pub(crate) fn preflight(threads: usize) -> Result<(), Unavailable> {
    uring::usable()?;
    let started: io::Result<Vec<_>> = (0..threads).map(|_| builder().build()).collect();
    let started = started.map_err(|error| uring::refused("compio", threads, error))?;
    match started.iter().find(|runtime| !runtime.driver_type().is_iouring()) {
        None => Ok(()),
        Some(other) => Err(uring::refused("compio", threads, format!("it took {:?}", other.driver_type()))),
    }
}

/// Runs `body` once on each of `threads` new threads, each with a ring of its own.
pub(crate) fn launch<B, F>(threads: usize, body: B) -> io::Result<Vec<F::Output>>
where
    B: Fn(Shard) -> F + Clone + Send + 'static,
    F: Future + 'static,
    F::Output: Send + 'static,
{
    loopswap_shards::run("compio", threads, move |index| {
        let body = body(Shard { index, count: threads });
        // The root future only waits; the body is a task among tasks.
        let ended = builder().build()?.block_on(async { compio::runtime::spawn(body).await });
        Ok(ended.map_err(|error| match error {
            JoinError::Panicked(panic) => panic,
            JoinError::Cancelled => task::nobody_cancels(),
        }))
    })
}
