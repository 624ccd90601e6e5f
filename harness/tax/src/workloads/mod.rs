//! The small programs that show a price of the abstraction where a larger one would hide it.

mod echo;
mod polls;
mod spawn;
mod yields;

pub use echo::{EchoParams, EchoState, TaxEcho};
pub use polls::Polls;
pub use spawn::{SpawnParams, SpawnState, TaxSpawn};
pub use yields::{TaxYield, YieldParams, YieldState};
