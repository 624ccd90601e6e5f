//! The traits, one file each.

mod catalogue;
mod commons;
mod heartbeat;
mod load;
mod parameters;
mod refusal;
mod runtime;
mod stream;
mod task;
mod workload;

pub use catalogue::{Catalogue, Visitor, info_of};
pub use commons::Commons;
pub use heartbeat::Heartbeat;
pub use load::{Begun, Load};
pub use loopswap_protocol::{
    Headline, Meter, Param, Params, Peer, PeerKind, Shape, Topology, Unavailable, Verified, WorkloadInfo,
};
pub use parameters::{Choice, Parameter, Parameters, Reader, kinds};
pub use refusal::Refusal;
pub use runtime::{Info, Launch, Runtime, Shard};
pub use stream::{Buf, Listener, Stream};
pub use task::Task;
pub use workload::{Fault, Part, Workload};
