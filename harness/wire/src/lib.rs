//! What several workloads say over the contract's streams.
//!
//! A workload is one crate and depends on no other workload; what two of them need stands here, generic
//! over the runtime: one connection to a Redis server ([`resp`]), and the server's side of a slice whose
//! load comes from the load client ([`Served`]). Like the contract it exists twice: its twin
//! `loopswap-wire-local` compiles the same files for runtimes whose tasks stay on their thread.

mod house;
mod lines;
mod load;
pub mod resp;
mod served;

pub use house::Visit;
pub use served::{Served, Serving};
