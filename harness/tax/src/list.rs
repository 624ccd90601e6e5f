//! The list of workloads that are compared with native programs.

use super::workloads::{TaxEcho, TaxSpawn, TaxSwitch, TaxYield};
use super::{http_fetch, redis, sleep};
use loopswap_rt::{Catalogue as _, WorkloadInfo};

loopswap_rt::catalogue! {
    /// Every workload that has a native twin.
    TaxCatalogue: TaxSpawn, TaxYield, TaxSwitch, TaxEcho, sleep::Sleep, http_fetch::HttpFetch, redis::Redis
}

/// What these workloads are, as data.
#[must_use]
pub fn infos() -> Vec<WorkloadInfo> {
    TaxCatalogue::infos()
}
