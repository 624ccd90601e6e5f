//! Whether io_uring and the locked memory that glommio asks for are there.

use glommio::{LocalExecutorBuilder, Placement};
use loopswap_rt::Unavailable;
use nix::sys::resource::{Resource, getrlimit};
use std::fs;

/// What glommio 0.9 itself insists on, whatever the number of executors (`sys/uring.rs`). Kernels
/// before 5.12 really charge each executor's rings to the limit; those the trial below finds.
const MEMLOCK_BYTES: u64 = 512 * 1024;

pub(crate) fn check(threads: usize) -> Result<(), Unavailable> {
    switched_on()?;
    enough_memlock()?;
    trial(threads)
}

fn switched_on() -> Result<(), Unavailable> {
    let disabled = fs::read_to_string("/proc/sys/kernel/io_uring_disabled").unwrap_or_default();
    match disabled.trim() {
        "2" => Err(Unavailable {
            reason: "no io_uring: kernel.io_uring_disabled=2".to_owned(),
            remedy: "allow it: `sysctl kernel.io_uring_disabled=0`".to_owned(),
        }),
        // 1 allows it to a group and to privileged processes: the trial tells whether this is one.
        _ => Ok(()),
    }
}

fn enough_memlock() -> Result<(), Unavailable> {
    let limit = getrlimit(Resource::RLIMIT_MEMLOCK).map_or(0, |(soft, _)| soft);
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

/// Starts as many executors as will be needed, all at once, with nothing to do.
fn trial(threads: usize) -> Result<(), Unavailable> {
    let started: Vec<_> = (0..threads)
        .map(|_| LocalExecutorBuilder::new(Placement::Unbound).spawn(|| async {}))
        .map(|executor| executor.map_err(|error| error.to_string()))
        .collect();
    let ended = started.into_iter().map(|executor| executor?.join().map_err(|error| error.to_string()));
    ended.collect::<Result<(), String>>().map_err(|error| Unavailable {
        reason: format!("glommio cannot start {threads} executors here: {error}"),
        remedy: "io_uring may be forbidden (seccomp of a container, kernel.io_uring_disabled), or the locked memory \
                 too little (`ulimit -l`)"
            .to_owned(),
    })
}
