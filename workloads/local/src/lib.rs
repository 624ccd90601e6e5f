//! The catalogue of all workloads for runtimes whose tasks stay on their thread.
//!
//! The twin of `workloads/catalogue`: each workload's source is named by its path and compiled here
//! against `loopswap-rt-local`. (Once return-type notation is stable, one package can serve both.)

#[path = "../../cpu/src/lib.rs"]
pub mod cpu;
#[path = "../../echo/src/lib.rs"]
pub mod echo;
#[path = "../../http-fetch/src/lib.rs"]
pub mod http_fetch;
#[path = "../../mysql/src/lib.rs"]
pub mod mysql;
#[path = "../../redis/src/lib.rs"]
pub mod redis;
#[path = "../../service/src/lib.rs"]
pub mod service;
#[path = "../../sleep/src/lib.rs"]
pub mod sleep;
#[path = "../../spawn/src/lib.rs"]
pub mod spawn;
#[path = "../../switch/src/lib.rs"]
pub mod switch;
#[path = "../../wake/src/lib.rs"]
pub mod wake;

#[path = "../../catalogue/src/list.rs"]
mod list;
pub use list::Workloads;
