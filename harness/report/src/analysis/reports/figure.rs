//! The figure by which a row of two reports is judged, and where to find it.

use super::Terms;
use super::pair::{Half, Pair};
use crate::judge::{Estimate, Figure, reports};
use crate::model::{ArmReport, LimitKind, RowReport};
use crate::record::Role;
use loopswap_statistics::Difference;

/// The figure by which the two sides are compared. If the peer is the limit on either side, the time of an
/// operation is the peer's, and says nothing about the runtime; its CPU time does. In an open loop the rate
/// fixes the time, and response times are compared.
pub(super) fn judged_by(pair: &Pair<'_>, terms: &Terms) -> Figure {
    let limited = |kind: LimitKind| [&pair.base, &pair.head].map(|half| is_limited(half.row, half.arm, kind));
    if pair.head.row.rate_per_s.is_some() {
        return of_open_loop(pair, limited(LimitKind::Overloaded), terms);
    }
    if limited(LimitKind::PeerBound).contains(&true) { Figure::Cpu } else { Figure::Time }
}

/// An arm that does not reach its rate has response times that grow with the length of a slice. If neither
/// side reaches the rate, the time of an operation is their own and says which does more; so it is if one
/// side does less by more than runs differ anyway. Across hosts this does not hold: there only ratios to the
/// reference count.
fn of_open_loop(pair: &Pair<'_>, overloaded: [bool; 2], terms: &Terms) -> Figure {
    let does_less = || {
        let time = change(pair, Figure::Time, false);
        time.is_some_and(|found| found.centre.abs() > terms.rules.drift.ln_1p())
    };
    match overloaded {
        _ if terms.across_hosts => Figure::Response,
        [true, true] => Figure::Time,
        [true, false] | [false, true] if does_less() => Figure::Time,
        _ => Figure::Response,
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
pub(super) fn of(pair: &Pair<'_>, judged_by: Figure) -> [Option<Estimate>; 2] {
    let sides = [&pair.base, &pair.head];
    match judged_by {
        Figure::Cpu => sides.map(|half| half.arm.cpu_ns_per_op.runner),
        Figure::Time => sides.map(per_operation),
        Figure::Response => response(pair),
    }
}

/// HEAD less BASE of the logarithms, less is better: of the figure of an operation, or across hosts of that
/// figure relative to the reference of the same report.
pub(super) fn change(pair: &Pair<'_>, figure: Figure, across_hosts: bool) -> Option<Difference> {
    let sides = [&pair.base, &pair.head];
    if across_hosts {
        // Whole slices, as the times next to them are; an older report may not have that.
        let whole = figure == Figure::Time && sides.iter().all(|half| half.arm.whole_ratio.is_some());
        let ratio = |arm: &ArmReport| if whole { arm.whole_ratio } else { arm.ratio(figure).copied() };
        return reports::change_of_ratios(sides.map(|half| ratio(half.arm)));
    }
    let [base, head] = of(pair, figure);
    reports::change([side(&pair.base, base), side(&pair.head, head)])
}

/// The figure of one side; its interval does not allow for the order of generations yet.
fn side(half: &Half<'_>, figure: Option<Estimate>) -> Option<reports::Side> {
    Some(reports::Side {
        figure: figure?,
        correlation: half.row.serial.map_or(0.0, |serial| serial.allowed),
        generations: half.arm.generations,
    })
}

/// Largest difference between the reference and itself that a report still allows for, as a fraction.
pub(super) fn control_spread(row: &RowReport, figure: Figure) -> Option<f64> {
    let control = row.arms.iter().find(|arm| arm.role == Role::Control);
    let of_figure = control.and_then(|arm| reports::reach(arm.ratio(figure)?));
    // The row's own figure may be a different one.
    of_figure.or(row.control.spread)
}
