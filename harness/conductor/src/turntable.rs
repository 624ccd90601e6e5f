//! The process of an arm in a generation.

use crate::runner::Runner;

/// An arm in a generation, and the seed of its case: one process is started for it, or several.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Part {
    pub(crate) arm: usize,
    /// Number of the generation, which decides its CPUs.
    pub(crate) generation: u32,
    pub(crate) seed: u64,
}

/// An arm's process in a generation.
pub(crate) struct Turntable {
    pub(crate) part: Part,
    pub(crate) runner: Runner,
    /// Operations asked for so far.
    pub(crate) asked: u64,
    /// Whether that is all: a process that failed while it was traced may have done less.
    pub(crate) told: bool,
}
