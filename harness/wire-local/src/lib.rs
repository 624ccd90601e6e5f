//! The twin of `loopswap-wire` for runtimes whose tasks stay on their thread: the same sources. See
//! `loopswap-wire` for what everything here is.

#[path = "../../wire/src/house.rs"]
mod house;
#[path = "../../wire/src/lines.rs"]
mod lines;
#[path = "../../wire/src/load.rs"]
mod load;
#[path = "../../wire/src/resp.rs"]
pub mod resp;
#[path = "../../wire/src/served.rs"]
mod served;

pub use house::Visit;
pub use served::{Served, Serving};
