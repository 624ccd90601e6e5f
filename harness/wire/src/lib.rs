//! What several workloads say over the contract's streams.
//!
//! A workload is one crate and depends on no other workload; code that two of them need is here, generic over
//! the runtime: one connection to a Redis server ([`resp`]), a MySQL server ([`mysql`]) or an HTTP server
//! ([`http`]), and the server's side of a slice whose load comes from the load client ([`Served`]). Like the
//! contract it exists twice: its twin `loopswap-wire-local` compiles the same files for runtimes whose tasks
//! stay on their thread.

mod accounts;
mod house;
pub mod http;
mod lines;
mod load;
pub mod mysql;
pub mod resp;
mod served;

pub use house::Visit;
pub use served::{Served, Serving};
