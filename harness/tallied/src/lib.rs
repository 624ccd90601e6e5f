//! Every workload, compiled once for the type-erased runtime through which polls and wake-ups are counted.
//!
//! The runner of each runtime is a crate of its own; what does not depend on the runtime is here, so that it is
//! compiled in one of them only. Its twin `loopswap-tallied-local` is for runtimes whose tasks stay on their thread.

use loopswap_protocol::Prepare;
use loopswap_runner::{Fault, TalliedBody, tallied};
use loopswap_workloads::Workloads;

/// [`tallied`] of every workload. Not generic, so compiled here; and not inlined elsewhere.
#[inline(never)]
pub fn tally_tasks(prepare: Prepare, extra_work: f64, threads: usize) -> Option<Result<TalliedBody, Fault>> {
    tallied::<Workloads>(prepare, extra_work, threads)
}
