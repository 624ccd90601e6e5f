//! What is known of a row while it is being measured.

use loopswap_report::record::{Calibration, FaultKind, RowRecord};
use std::collections::{BTreeMap, BTreeSet};

/// A row goes on without an arm that failed this many times consecutively.
const MOST_FAILURES: u32 = 3;

/// What is known of a row beyond its record.
#[derive(Clone, Debug, Default)]
pub(crate) struct RowState {
    /// Work of a slice, by arm that works.
    pub(crate) calibrations: BTreeMap<usize, Calibration>,
    /// Failures in a row, by arm.
    failures: BTreeMap<usize, u32>,
    /// Set when the row's peer died: it is not gone on with.
    pub(crate) given_up: bool,
    /// Arms whose timed slices were asked to stamp operations and stamped none.
    pub(crate) stampless: BTreeSet<usize>,
    /// Arms that the smoke pass has been over.
    pub(crate) tried: BTreeSet<usize>,
    /// Why system calls cannot be counted from outside, by arm.
    pub(crate) untraced: BTreeMap<usize, String>,
}

impl RowState {
    /// What a record says of a row that is gone on with.
    pub(crate) fn of(record: &RowRecord) -> RowState {
        let mut calibrations = record.calibrations.clone();
        let reached = record.faults.iter().filter(|fault| fault.kind != FaultKind::NotReached);
        let faulty = reached.filter(|fault| fault.generation.is_none()).filter_map(|fault| fault.arm);
        let tried = calibrations.keys().copied().chain(faulty).collect();
        for arm in record.faults.iter().filter(|fault| fault.kind.is_final()).filter_map(|fault| fault.arm) {
            calibrations.remove(&arm);
        }
        RowState { calibrations, tried, ..RowState::default() }
    }

    /// An arm has a fault of this kind.
    pub(crate) fn failed(&mut self, arm: usize, kind: FaultKind) {
        if kind.is_final() {
            self.calibrations.remove(&arm);
        } else if kind != FaultKind::NotReached {
            *self.failures.entry(arm).or_default() += 1;
        }
    }

    /// An arm has come to the end of a generation.
    pub(crate) fn succeeded(&mut self, arm: usize) {
        self.failures.insert(arm, 0);
    }

    /// The arms that work, none where the row is not gone on with.
    pub(crate) fn willing(&self) -> Vec<usize> {
        let failures = |arm: &usize| self.failures.get(arm).copied().unwrap_or(0);
        self.calibrations.keys().copied().filter(|arm| !self.given_up && failures(arm) < MOST_FAILURES).collect()
    }
}
