//! The figure by which a row of two reports is judged, and where to find it.

use super::pair::{Half, Pair};
use super::{LEVEL, Options};
use crate::model::{ArmReport, Estimate, LimitKind, RankedBy, RowReport};
use crate::record::Role;
use loopswap_statistics::{Bounded, Difference, Widening, difference};

/// The figure by which the two sides are compared. If the peer is the limit on either side, the time of an
/// operation is the peer's, and says nothing about the runtime; its CPU time does. In an open loop the rate
/// fixes the time, and response times are compared.
pub(super) fn judged_by(pair: &Pair<'_>, options: &Options) -> RankedBy {
    let limited = |kind: LimitKind| [&pair.base, &pair.head].map(|half| is_limited(half.row, half.arm, kind));
    if pair.head.row.rate_per_s.is_some() {
        return of_open_loop(pair, limited(LimitKind::Overloaded), options);
    }
    if limited(LimitKind::PeerBound).contains(&true) { RankedBy::CpuPerOperation } else { RankedBy::Throughput }
}

/// An arm that does not reach its rate has response times that grow with the length of a slice. If neither
/// side reaches the rate, the time of an operation is their own and says which does more; so it is if one
/// side does less by more than runs differ anyway. Across hosts this does not hold: there only ratios to the
/// reference count.
fn of_open_loop(pair: &Pair<'_>, overloaded: [bool; 2], options: &Options) -> RankedBy {
    let does_less = || {
        let time = change(pair, RankedBy::Throughput, false);
        time.is_some_and(|found| found.centre.abs() > options.drift.ln_1p())
    };
    match overloaded {
        _ if options.across_hosts => RankedBy::ResponseTime,
        [true, true] => RankedBy::Throughput,
        [true, false] | [false, true] if does_less() => RankedBy::Throughput,
        _ => RankedBy::ResponseTime,
    }
}

/// Whether a report says that `kind` limits one of its arms.
pub(super) fn is_limited(row: &RowReport, arm: &ArmReport, kind: LimitKind) -> bool {
    row.limits.iter().any(|limit| limit.kind == kind && limit.arms.contains(&arm.label()))
}

/// Wall time of one operation, in nanoseconds.
pub(super) fn per_operation(half: &Half<'_>) -> Option<Estimate> {
    let time = half.arm.time_ns?;
    let ops = half.row.granule_ops.max(1) as f64;
    Some(Estimate { value: time.value / ops, lower: time.lower / ops, upper: time.upper / ops, ..time })
}

/// 99th percentile of the response time of both sides, in nanoseconds: of a generation. An older report only
/// has that of all generations together; if one of the two is older, both give that.
pub(super) fn response(pair: &Pair<'_>) -> [Option<Estimate>; 2] {
    let sides = [&pair.base, &pair.head].map(|half| half.arm);
    let of_generations = sides.map(|arm| arm.response_p99_ns);
    if of_generations.iter().all(Option::is_some) {
        return of_generations;
    }
    sides.map(|arm| arm.percentiles.and_then(|found| found.p99_ns))
}

/// The figure of an operation of BASE and of HEAD by which the row is judged, in nanoseconds.
pub(super) fn of(pair: &Pair<'_>, judged_by: RankedBy) -> [Option<Estimate>; 2] {
    let sides = [&pair.base, &pair.head];
    match judged_by {
        RankedBy::CpuPerOperation => sides.map(|half| half.arm.cpu_ns_per_op.runner),
        RankedBy::Throughput => sides.map(per_operation),
        RankedBy::ResponseTime => response(pair),
    }
}

/// HEAD minus BASE of the logarithms, less is better: of the figure of an operation, or across hosts of that
/// figure relative to the reference of the same report.
pub(super) fn change(pair: &Pair<'_>, judged_by: RankedBy, across_hosts: bool) -> Option<Difference> {
    let [base, head] = if across_hosts {
        // A ratio is reference ÷ arm: its negated logarithm is that of the relative time.
        let turned =
            |ratio: Bounded| Bounded { centre: -ratio.centre, lower: -ratio.upper, upper: -ratio.lower, ..ratio };
        let sides = [&pair.base, &pair.head].map(|half| half.arm);
        // Whole slices, as the times next to them are; an older report may not have that.
        let whole = judged_by == RankedBy::Throughput && sides.iter().all(|arm| arm.whole_ratio.is_some());
        sides.map(|arm| {
            let ratio = if whole { arm.whole_ratio.as_ref() } else { relative(arm, judged_by) };
            ratio.and_then(logs).map(turned)
        })
    } else {
        let [base, head] = of(pair, judged_by);
        [widened(&pair.base, base), widened(&pair.head, head)]
    };
    difference(base?, head?, LEVEL)
}

/// A figure of one side on the log scale, with the interval that the order of its generations allows. (A ratio to
/// the reference has that interval in its report.)
fn widened(half: &Half<'_>, found: Option<Estimate>) -> Option<Bounded> {
    let found = logs(&found?)?;
    let allowed = half.row.serial.map_or(0.0, |serial| serial.allowed);
    let grown = Widening::of(allowed, half.arm.generations).map_or(1.0, |widening| widening.growth(found.level));
    let Bounded { centre, lower, upper, .. } = found;
    Some(Bounded { lower: centre - (centre - lower) * grown, upper: centre + (upper - centre) * grown, ..found })
}

fn relative(arm: &ArmReport, judged_by: RankedBy) -> Option<&Estimate> {
    match judged_by {
        RankedBy::CpuPerOperation => arm.cpu_ratio.as_ref(),
        RankedBy::Throughput => arm.speed_ratio.as_ref(),
        RankedBy::ResponseTime => arm.response_ratio.as_ref(),
    }
}

/// An estimate on the log scale; `None` without a usable interval, or if its numbers are not positive.
fn logs(estimate: &Estimate) -> Option<Bounded> {
    (estimate.reaches_level() && estimate.lower > 0.0).then(|| Bounded {
        centre: estimate.value.ln(),
        lower: estimate.lower.ln(),
        upper: estimate.upper.ln(),
        level: estimate.level,
    })
}

/// Largest difference between the reference and itself that a report still allows for, as a fraction.
pub(super) fn control_spread(row: &RowReport, judged_by: RankedBy) -> Option<f64> {
    let control = row.arms.iter().find(|arm| arm.role == Role::Control);
    let of_figure = control.and_then(|arm| {
        let ratio = logs(relative(arm, judged_by)?)?;
        Some(ratio.lower.abs().max(ratio.upper.abs()).exp_m1())
    });
    // The row's own figure may be a different one.
    of_figure.or(row.control.spread)
}
