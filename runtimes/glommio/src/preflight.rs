//! Whether io_uring and the locked memory that glommio needs are available.

use glommio::{LocalExecutorBuilder, Placement};
use loopswap_rt::Unavailable;
use loopswap_shards::uring;
use nix::sys::resource::{Resource, getrlimit};

/// What glommio 0.9 itself insists on, for any number of executors (`sys/uring.rs`). Kernels before 5.12
/// really charge each executor's rings to the limit; the trial below finds that.
const MEMLOCK_BYTES: u64 = 512 * 1024;

pub(crate) fn check(threads: usize) -> Result<(), Unavailable> {
    uring::usable()?;
    enough_memlock()?;
    trial(threads)
}

fn enough_memlock() -> Result<(), Unavailable> {
    // If the limit cannot be read, the trial will tell.
    let limit = getrlimit(Resource::RLIMIT_MEMLOCK).map_or(MEMLOCK_BYTES, |(soft, _)| soft);
    if limit >= MEMLOCK_BYTES {
        return Ok(());
    }
    Err(Unavailable {
        reason: format!(
            "glommio needs {} KiB of locked memory per executor, the limit here is {} KiB",
            MEMLOCK_BYTES / 1024,
            limit / 1024
        ),
        remedy: "raise it: `ulimit -l 8192`, or LimitMEMLOCK= in the unit".to_owned(),
    })
}

/// Starts as many executors as will be needed, all at once, without work.
fn trial(threads: usize) -> Result<(), Unavailable> {
    let started: Vec<_> = (0..threads)
        .map(|_| LocalExecutorBuilder::new(Placement::Unbound).spawn(|| async {}))
        .map(|executor| executor.map_err(|error| error.to_string()))
        .collect();
    let ended = started.into_iter().map(|executor| executor?.join().map_err(|error| error.to_string()));
    let ended: Result<(), String> = ended.collect();
    ended.map_err(|error| uring::refused("glommio", threads, error))
}
