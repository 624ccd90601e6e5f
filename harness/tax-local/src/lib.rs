//! The twin of `loopswap-tax` for runtimes whose tasks stay on their thread: the same workloads and their runner,
//! compiled against `loopswap-rt-local`.

#[path = "../../tax/src/workloads/mod.rs"]
pub mod workloads;

use loopswap_runner_local as runner;
use loopswap_workloads_local::{loopswap_http_fetch as http_fetch, loopswap_redis as redis, loopswap_sleep as sleep};

#[path = "../../tax/src/list.rs"]
mod list;
pub use list::{TaxCatalogue, infos, serve};
