//! Whether the CPU quota of a control group halted the row.

use crate::model::{ArmReport, Limit, LimitKind, RowReport};
use crate::record::{RowRecord, Throttled};

/// Says in how many generations the quota halted the run, and for how long.
pub(super) fn throttled(measured: &RowRecord, report: &RowReport) -> Option<Limit> {
    let halted: Vec<Throttled> = measured
        .generations
        .values()
        .filter_map(|generation| generation.closed.throttled)
        .filter(|throttled| throttled.is_halted())
        .collect();
    let arms: Vec<String> = report.arms.iter().filter(|arm| arm.is_measured()).map(ArmReport::label).collect();
    if halted.is_empty() || arms.is_empty() {
        return None;
    }
    let sum = |of: fn(&Throttled) -> u64| halted.iter().map(of).fold(0, u64::saturating_add);
    let sentence = format!(
        "throttled: the CPU quota of the control group halted {} of {} generations, in {} periods and for {:.1} s of CPU \
         time; what these times show is the quota, see `loopswap doctor`",
        halted.len(),
        measured.generations.len(),
        sum(|throttled| throttled.periods),
        sum(|throttled| throttled.ns) as f64 / 1e9
    );
    Some(Limit { kind: LimitKind::Throttled, arms, sentence })
}
