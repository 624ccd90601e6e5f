//! One worker of a process pool: a process that does the jobs it is sent, one after the other.
//!
//! It has one thread, and a job holds it up: whatever else comes meanwhile waits, the question for the
//! count too. A pool is several such processes. The bytes are those of the `loopswap-jobs` crate.

mod client;
mod server;

pub use client::done;
pub use server::serve;
