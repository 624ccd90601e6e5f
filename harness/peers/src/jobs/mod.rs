//! One worker of a process pool: a process that does the jobs it is sent, one after the other.
//!
//! It has one thread, which a job blocks: everything else that comes in that time waits, even the question
//! for the count. A pool is several such processes. The bytes are those of the `loopswap-jobs` crate.

mod client;
mod server;

pub use client::done;
pub use server::serve;
