//! The twin of `loopswap-tallied` for runtimes whose tasks stay on their thread.

use loopswap_protocol::Prepare;
use loopswap_runner_local::{Fault, TalliedBody, tallied};
use loopswap_workloads_local::Workloads;

/// [`tallied`] of every workload. Not generic, so compiled here; and not inlined elsewhere.
#[inline(never)]
pub fn tally_tasks(prepare: Prepare, extra_work: f64, threads: usize) -> Option<Result<TalliedBody, Fault>> {
    tallied::<Workloads>(prepare, extra_work, threads)
}
