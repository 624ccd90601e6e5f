//! Whether the rate of an open loop was reached.

use crate::model::{ArmReport, Limit, LimitKind, RowReport};
use crate::record::Role;
use crate::words::list;

/// Share of the rate that counts as all of it: the last operations of a slice end a little after it.
const REACHED_MIN: f64 = 0.95;

/// Whether an arm did what was asked for; true in a closed loop, which asks for no rate.
pub(super) fn reached(rate: Option<u64>, arm: &ArmReport) -> bool {
    match (rate, arm.rate) {
        (Some(asked), Some(done)) => done.value >= REACHED_MIN * asked as f64,
        _ => true,
    }
}

/// Adds the arms that did not keep up.
pub(in crate::analysis) fn overload(report: &mut RowReport) {
    let Some(asked) = report.rate_per_s else { return };
    let behind = || report.arms.iter().filter(|arm| !reached(Some(asked), arm));
    let done = |arm: &ArmReport| arm.rate.map_or(0.0, |rate| rate.value);
    let named: Vec<String> = behind()
        .filter(|arm| arm.role != Role::Control)
        .map(|arm| format!("{:.0}/s were done by {}", done(arm), arm.runtime))
        .collect();
    if named.is_empty() {
        return;
    }
    let sentence = format!(
        "overloaded: asked for {asked}/s, {}; the longer a slice, the longer what waits has waited",
        list(&named)
    );
    let limit = Limit { kind: LimitKind::Overloaded, arms: behind().map(ArmReport::label).collect(), sentence };
    report.limits.push(limit);
}
