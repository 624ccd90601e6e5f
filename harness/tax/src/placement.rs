//! Where the servers of a run are put.

use clap::ValueEnum;
use serde::Serialize;

/// Where the servers run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Placement {
    /// On another CPU than the programs.
    Split,
    /// On the same: no wake-up crosses CPUs, which causes most of the noise.
    SameCore,
}
