//! The list of workloads that are compared with native programs, and their runner.

use super::workloads::{TaxEcho, TaxSpawn, TaxSwitch, TaxYield};
use super::{http_fetch, redis, runner, sleep};
use loopswap_rt::{Catalogue as _, Launch, WorkloadInfo};
use std::io;

loopswap_rt::catalogue! {
    /// Every workload that has a native twin.
    TaxCatalogue: TaxSpawn, TaxYield, TaxSwitch, TaxEcho, sleep::Sleep, http_fetch::HttpFetch, redis::Redis
}

/// What these workloads are, as data.
#[must_use]
pub fn infos() -> Vec<WorkloadInfo> {
    TaxCatalogue::infos()
}

/// Serves one case over standard input and output on the runtime `R`, through the traits; `version` is that of the
/// runtime's package, `extra_work` the fraction that every slice does beyond what was asked for.
///
/// # Errors
/// When a pipe breaks, or the conductor does not keep to the protocol.
pub fn serve<R: Launch>(version: &str, extra_work: f64) -> io::Result<()> {
    runner::serve::<R, TaxCatalogue>(version, extra_work, runner::tallied::<TaxCatalogue>)
}
