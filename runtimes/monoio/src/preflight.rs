//! Whether io_uring is available with everything that monoio needs. Nothing here falls back to epoll: that is
//! the runtime `monoio-legacy`.

use loopswap_rt::Unavailable;
use loopswap_shards::uring;
use monoio::{IoUringDriver, RuntimeBuilder};
use std::io;

pub(crate) fn check(threads: usize) -> Result<(), Unavailable> {
    uring::usable()?;
    trial(threads).map_err(|error| uring::refused("monoio", threads, error))?;
    if monoio::utils::detect_uring() {
        return Ok(());
    }
    Err(Unavailable {
        reason: "this kernel's io_uring lacks an operation that monoio uses".to_owned(),
        remedy: "a kernel from 5.11 on; unset MONOIO_FORCE_LEGACY_DRIVER if it is set; or take `monoio-legacy`"
            .to_owned(),
    })
}

/// Makes as many rings as will be needed, all at once.
fn trial(threads: usize) -> io::Result<()> {
    let rings = (0..threads).map(|_| RuntimeBuilder::<IoUringDriver>::new().enable_timer().build());
    rings.collect::<io::Result<Vec<_>>>().map(drop)
}
