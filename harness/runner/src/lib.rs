//! The process that executes cases on one runtime.
//!
//! [`serve`] is the whole `main` of a runner: it says hello, prepares one case, and answers slices
//! until the conductor says goodbye. It is generic over the runtime and over the catalogue of
//! workloads, so that a runtime in another crate becomes a runner with one line, [`runner!`].

mod case;
mod macros;
pub mod mock;
mod play;
mod prepared;
mod serve;
mod stage;
mod start;
mod tally;

pub use serve::{TalliedBody, TallyTasks, serve, tallied};

pub use loopswap_rt::{Fault, Info, Launch};
