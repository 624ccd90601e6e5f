//! What loopswap's own abstraction costs: native programs against the same through the trait.
//!
//! For every asynchronous runtime there is a program written by hand against that runtime alone
//! (`src/native/`) and the same work written once against `loopswap_rt::Runtime`. Both speak the
//! runner protocol, so any conductor can race them; the binary `loopswap-tax` brings a small one.
//! This library holds the workloads that exist for this purpose only, and the catalogue.

pub mod workloads;

use loopswap_http_fetch as http_fetch;
use loopswap_redis as redis;
use loopswap_sleep as sleep;

mod list;
pub use list::{TaxCatalogue, infos};
