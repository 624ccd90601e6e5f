//! The traits, one file each.

mod catalogue;
mod runtime;
mod stream;
mod workload;

pub use catalogue::{Catalogue, Visitor};
pub use loopswap_protocol::{
    Headline, Kind, Meter, Param, Params, Peer, PeerKind, Shape, Topology, Unavailable, Verified, WorkloadInfo,
};
pub use runtime::{Info, Runtime, Shard};
pub use stream::{Buf, Listener, Stream};
pub use workload::{Fault, Part, Workload};
