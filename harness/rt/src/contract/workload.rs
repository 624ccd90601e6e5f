//! What a workload is: an asynchronous program, written once, that checks its own result.

use super::{Commons, Parameters, Runtime, Shard};
use crate::MaybeSend;
use loopswap_protocol::{Meter, Peer, PeerKind, Verified, WorkloadInfo};
use std::fmt;
use std::future::Future;
use std::io;
use std::sync::Arc;

/// Why a slice, or its preparation, has no result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The work was done and its check failed: what was expected and what came.
    Wrong(String),
    /// The runtime cannot run this case, by its nature.
    Unsupported(String),
    /// The system or a peer failed.
    Failed(String),
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Fault::Wrong(what) => write!(f, "wrong result: {what}"),
            Fault::Unsupported(why) => write!(f, "unsupported: {why}"),
            Fault::Failed(what) => f.write_str(what),
        }
    }
}

impl std::error::Error for Fault {}

impl From<io::Error> for Fault {
    fn from(error: io::Error) -> Self {
        Fault::Failed(error.to_string())
    }
}

impl Fault {
    /// An error of the system or a peer, with what was being done.
    pub fn during(doing: &str, error: impl fmt::Display) -> Self {
        Fault::Failed(format!("{doing}: {error}"))
    }
}

/// What one shard needs to know to prepare its part of a case.
#[derive(Clone, Debug)]
pub struct Part<P> {
    /// The case's parameters.
    pub params: P,
    /// Which part this is.
    pub shard: Shard,
    /// The peers, in the order of [`WorkloadInfo::peers`].
    pub peers: Vec<Peer>,
    /// Seed of everything random.
    pub seed: u64,
    /// Where the shards meet.
    pub commons: Commons,
}

impl<P> Part<P> {
    /// The peers of one kind.
    ///
    /// # Errors
    /// When there is no such peer: the case was prepared without it.
    pub fn peers_of(&self, kind: PeerKind) -> Result<Vec<Peer>, Fault> {
        let peers: Vec<Peer> = self.peers.iter().filter(|peer| peer.kind == kind).cloned().collect();
        if peers.is_empty() { Err(Fault::Failed(format!("no {kind:?} peer was given"))) } else { Ok(peers) }
    }
}

/// An asynchronous program, generic over the runtime, that does operations and checks each.
pub trait Workload: Sized + 'static {
    /// What it is, as data.
    const INFO: WorkloadInfo<Self::Params>;

    /// Its parameters, typed: a struct made by [`parameters!`](crate::parameters).
    type Params: Parameters;
    /// What a shard holds between slices: connections, buffers.
    type State<R: Runtime>: MaybeSend + 'static;

    /// Connects and allocates; not timed.
    ///
    /// # Errors
    /// Anything that keeps the case from being measured.
    fn prepare<R: Runtime>(
        rt: R,
        part: Part<Self::Params>,
    ) -> impl Future<Output = Result<Self::State<R>, Fault>> + MaybeSend;

    /// Does this shard's share of one slice of `ops` operations (in all shards together), calls
    /// `meter` for each that ends, and returns what its checks found right.
    ///
    /// # Errors
    /// When a check or the system fails; the slice then has no time.
    fn run<R: Runtime>(
        rt: R,
        state: &mut Self::State<R>,
        ops: u64,
        meter: &Arc<Meter>,
    ) -> impl Future<Output = Result<Verified, Fault>> + MaybeSend;

    /// Checks and removes what a slice has left outside the process (files, say); not timed, and in no count.
    /// Called in every shard, once all shards have ended their [`run`](Self::run), even if that failed.
    ///
    /// # Errors
    /// When something is not as it has to be; the slice then has no time.
    fn put_away<R: Runtime>(rt: R, state: &mut Self::State<R>) -> impl Future<Output = Result<(), Fault>> + MaybeSend {
        let _ = (rt, state);
        async move { Ok(()) }
    }

    /// Closes what `prepare` opened; not timed.
    fn teardown<R: Runtime>(rt: R, state: Self::State<R>) -> impl Future<Output = ()> + MaybeSend {
        let _ = rt;
        async move { drop(state) }
    }
}
