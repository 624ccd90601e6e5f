//! Progress of a run for those who watch it; never reported while something is being timed.

use loopswap_report::record::{Header, RowRecord};
use std::time::Duration;

/// The progress of a run.
#[derive(Clone, Copy, Debug)]
pub struct Step<'a> {
    /// The case.
    pub case: &'a str,
    /// What is happening with it.
    pub phase: Phase,
    /// The runtime at work, if it is one.
    pub runtime: &'a str,
    /// Share of the run that is done, 0 to 1.
    pub done: f64,
    /// Time left, about; unknown in the smoke pass.
    pub left: Option<Duration>,
    /// Errors so far.
    pub errors: usize,
}

/// What is happening with a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Every arm is tried once, and the work of a slice found.
    Smoke,
    /// A generation is measured.
    Generation {
        /// Its number, from 0.
        number: u32,
        /// How many there will be.
        of: u32,
    },
}

/// An observer of a run.
pub trait Watch {
    /// The run has got this far.
    fn step(&mut self, step: &Step<'_>);
    /// Something worth a line happened.
    fn line(&mut self, text: &str);
    /// The servers are up, and the record begins with this header.
    fn begun(&mut self, _header: &Header) {}
    /// The row with this index is finished, and this is all that is in the record of it. A run says so of
    /// every row, in the order of the plan, until it is cut short; a race never does.
    fn row(&mut self, _row: usize, _measured: &RowRecord) {}
}

/// An observer that ignores everything.
#[derive(Clone, Copy, Debug)]
pub struct Silent;

impl Watch for Silent {
    fn step(&mut self, _step: &Step<'_>) {}
    fn line(&mut self, _text: &str) {}
}
