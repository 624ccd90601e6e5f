//! The verbs of the command line, one file each.

pub(crate) mod doctor;
pub(crate) mod explain;
pub(crate) mod leash;
pub(crate) mod list;
pub(crate) mod peer;
pub(crate) mod plan;
pub(crate) mod report;
pub(crate) mod run;
pub(crate) mod runner;
pub(crate) mod schema;
pub(crate) mod spec;

use loopswap_conductor::Failure;

/// What a verb returns: the exit code, or what went wrong.
pub(crate) type Done = Result<u8, Failure>;
