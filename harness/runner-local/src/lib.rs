//! The twin of `loopswap-runner` for runtimes whose tasks stay on their thread: the same sources.

#[path = "../../runner/src/case.rs"]
mod case;
#[path = "../../runner/src/macros.rs"]
mod macros;
#[path = "../../runner/src/play.rs"]
mod play;
#[path = "../../runner/src/prepared.rs"]
mod prepared;
#[path = "../../runner/src/serve.rs"]
mod serve;
#[path = "../../runner/src/stage.rs"]
mod stage;
#[path = "../../runner/src/start.rs"]
mod start;
#[path = "../../runner/src/tally.rs"]
mod tally;

pub use serve::{TalliedBody, TallyTasks, serve, tallied};

pub use loopswap_rt::{Fault, Info, Launch};
