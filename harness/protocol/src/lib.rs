//! The runner protocol of loopswap.
//!
//! loopswap never measures a runtime inside its own process. Every runtime lives in a *runner*: a process
//! that reads one JSON object a line from its standard input and answers on its standard output. This crate
//! has the [messages](Command), the runner's side of the conversation ([`Session`]), the stamps of one slice
//! ([`Meter`]), and the types with which runtimes and workloads describe themselves ([`RuntimeInfo`],
//! [`WorkloadInfo`]). The specification that anybody can implement in any language is `PROTOCOL.md` in this
//! crate's folder.

mod body;
mod cpus;
mod describe;
mod descriptors;
mod latencies;
pub mod load;
mod made_of;
mod message;
mod meter;
mod method;
mod params;
mod quote;
mod refused;
mod session;
mod site;

/// The specification of the protocol, as people read it.
pub const SPECIFICATION: &str = include_str!("../PROTOCOL.md");

pub use body::body;
pub use cpus::{cpu_list, cpu_ranges};
pub use describe::{Headline, PeerKind, RuntimeInfo, Shape, Topology, Unavailable, WorkloadInfo};
pub use descriptors::raise_descriptor_limit;
pub use latencies::Latencies;
pub use made_of::{Interpreter, MadeOf, TIMER_EARLY_NS_MAX};
pub use message::{
    Command, Count, Counted, Hello, PREFLIGHT, PREFLIGHT_PASSED, PROTOCOL, Paced, Peer, Prepare, Ready, Reply,
    SliceDone, Tally, Unfinished, Work,
};
pub use meter::Meter;
pub use method::{PTRACE, PTRACE_DIFFERENCE, TRACEPOINT, WITHOUT, forbidden};
pub use params::{Kind, Param, Params, RATE, all_known, complete, rate_of, resolve};
pub use quote::{QUOTED_MAX, SENTENCE_MAX, barred, listed, log, quoted, quoted_path, sentence, tame};
pub use refused::refused;
pub use session::{Session, TIME_LIMIT_THREAD, Turn, Verified, mark};
pub use site::Site;
