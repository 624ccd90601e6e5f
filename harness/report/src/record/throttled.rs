//! How often the CPU quota of a control group halted the run.

use serde::{Deserialize, Serialize};

/// How often a control group had used up its CPU quota, so that the kernel halted its threads until the
/// next period (scheduler/sched-bwc.rst of Linux).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Throttled {
    /// Periods in which it did (`nr_throttled` of `cpu.stat`).
    pub periods: u64,
    /// Time for which its CPUs were halted, added up over them, in nanoseconds (`throttled_usec`, in version
    /// 1 `throttled_time`).
    pub ns: u64,
}

impl Throttled {
    /// Whether anything was halted.
    #[must_use]
    pub fn is_halted(self) -> bool {
        self.periods > 0 || self.ns > 0
    }
}
