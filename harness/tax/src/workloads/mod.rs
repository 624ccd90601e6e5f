//! Small programs that show a cost of the abstraction that a larger one would hide.

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
