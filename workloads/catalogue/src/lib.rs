//! The catalogue of all workloads, for runtimes whose tasks are `Send`.
//!
//! A new workload is one folder next to this one and one line in `list.rs` (and one in the twin,
//! `workloads/local`, which compiles the same sources for runtimes whose tasks stay on their thread).

use loopswap_cpu as cpu;
use loopswap_crawl as crawl;
use loopswap_echo as echo;
use loopswap_http_fetch as http_fetch;
use loopswap_mysql as mysql;
use loopswap_offload as offload;
use loopswap_pool as pool;
use loopswap_redis as redis;
use loopswap_service as service;
use loopswap_sleep as sleep;
use loopswap_spawn as spawn;
use loopswap_stream as stream;
use loopswap_switch as switch;
use loopswap_wake as wake;

mod list;
pub use list::Workloads;
