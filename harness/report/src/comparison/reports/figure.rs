//! By what a row of two reports is judged, and where that figure stands in them.

use super::LEVEL;
use super::pair::{Half, Pair};
use crate::model::{ArmReport, Estimate, LimitKind, RankedBy, RowReport};
use crate::record::Role;
use loopswap_statistics::{Bounded, Difference, difference};

/// By what the two sides are compared. Where the peer is the limit on either side, the time of an operation
/// is the peer's, and says nothing about the runtime; its CPU time does.
pub(super) fn judged_by(pair: &Pair<'_>) -> RankedBy {
    let peer_bound = |half: &Half<'_>| {
        let own = half.arm.label();
        half.row.limits.iter().any(|limit| limit.kind == LimitKind::PeerBound && limit.arms.contains(&own))
    };
    if peer_bound(&pair.base) || peer_bound(&pair.head) { RankedBy::CpuPerOperation } else { RankedBy::Throughput }
}

/// Wall time of one operation, in nanoseconds.
pub(super) fn per_operation(half: &Half<'_>) -> Option<Estimate> {
    let time = half.arm.time_ns?;
    let ops = half.row.granule_ops.max(1) as f64;
    Some(Estimate { value: time.value / ops, lower: time.lower / ops, upper: time.upper / ops, ..time })
}

/// What an operation takes of what it is judged by, in nanoseconds.
pub(super) fn of(half: &Half<'_>, judged_by: RankedBy) -> Option<Estimate> {
    match judged_by {
        RankedBy::CpuPerOperation => half.arm.cpu_ns_per_op.runner,
        RankedBy::Throughput | RankedBy::ResponseTime => per_operation(half),
    }
}

/// HEAD less BASE of the logarithms, less is better: of what an operation takes, or across hosts of that
/// relative to the reference of the same report.
pub(super) fn change(pair: &Pair<'_>, judged_by: RankedBy, across_hosts: bool) -> Option<Difference> {
    let log = |half: &Half<'_>| {
        if across_hosts {
            // A ratio is reference ÷ arm: its logarithm turned round is that of the relative time.
            let ratio = logs(relative(half.arm, judged_by)?)?;
            Some(Bounded { centre: -ratio.centre, lower: -ratio.upper, upper: -ratio.lower, ..ratio })
        } else {
            logs(&of(half, judged_by)?)
        }
    };
    difference(log(&pair.base)?, log(&pair.head)?, LEVEL)
}

fn relative(arm: &ArmReport, judged_by: RankedBy) -> Option<&Estimate> {
    match judged_by {
        RankedBy::CpuPerOperation => arm.cpu_ratio.as_ref(),
        RankedBy::Throughput | RankedBy::ResponseTime => arm.speed_ratio.as_ref(),
    }
}

/// An estimate on the log scale; none where its interval is none, or where it is not of positive numbers.
fn logs(estimate: &Estimate) -> Option<Bounded> {
    (estimate.reaches_level() && estimate.lower > 0.0).then(|| Bounded {
        centre: estimate.value.ln(),
        lower: estimate.lower.ln(),
        upper: estimate.upper.ln(),
        level: estimate.level,
    })
}

/// Largest difference that a report still allows between the reference and itself, as a fraction.
pub(super) fn control_spread(row: &RowReport, judged_by: RankedBy) -> Option<f64> {
    let control = row.arms.iter().find(|arm| arm.role == Role::Control);
    let of_figure = control.and_then(|arm| {
        let ratio = logs(relative(arm, judged_by)?)?;
        Some(ratio.lower.abs().max(ratio.upper.abs()).exp_m1())
    });
    // The row's own figure may be another one.
    of_figure.or(row.control.spread)
}
