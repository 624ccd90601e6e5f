//! The traits, one file each.

mod catalogue;
mod commons;
mod heartbeat;
mod load;
mod refusal;
mod runtime;
mod stream;
mod task;
mod workload;

pub use catalogue::{Catalogue, Visitor};
pub use commons::Commons;
pub use heartbeat::Heartbeat;
pub use load::{Begun, Load};
pub use loopswap_protocol::{
    Headline, Kind, Meter, Param, Params, Peer, PeerKind, RATE, Shape, Topology, Unavailable, Verified, WorkloadInfo,
    rate_of,
};
pub use refusal::Refusal;
pub use runtime::{Info, Launch, Runtime, Shard};
pub use stream::{Buf, Listener, Stream};
pub use task::Task;
pub use workload::{Fault, Part, Workload};
