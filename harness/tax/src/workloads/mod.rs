//! The small programs that show a price of the abstraction where a larger one would hide it.

mod echo;
mod hand_over;
mod polls;
mod spawn;
mod switch;
mod yields;

pub use echo::{EchoParams, EchoState, TaxEcho};
pub use hand_over::players;
pub use polls::Polls;
pub use spawn::{SpawnParams, SpawnState, TaxSpawn};
pub use switch::{SwitchParams, SwitchState, TaxSwitch};
pub use yields::{TaxYield, YieldParams, YieldState};
