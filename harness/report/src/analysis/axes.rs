//! What every runtime does along an axis, and where its curve bends.
//!
//! The rows of an axis are measured one after the other, so nothing pairs their figures: a step is judged by
//! the intervals of both, widened by what the machine may have done in between. It is not judged at all if
//! the machine is known to have changed for one of them.

use crate::figures::factor;
use crate::judge::{ControlStatus, GENERATIONS_MIN, LEVEL};
use crate::model::{
    ArmReport, ArmStatus, AxisReport, AxisValue, Curve, CurvePoint, CurveShape, CurveStep, LimitKind, RowReport,
    StepPace,
};
use crate::record::{Axis, AxisKind, AxisPoint, Role};
use crate::words::list;
use loopswap_statistics::{self as statistics, Bend, Bounded, Pace, Slope, bend, level_of_each};

/// How much the machine may have drifted between two rows, as a fraction: rows are measured one after the
/// other, so a step of an axis includes the drift.
const DRIFT: f64 = 0.05;

/// The axes of a plan, from its finished rows in their order.
pub(super) fn axes(planned: &[Axis], rows: &[RowReport]) -> Vec<AxisReport> {
    planned.iter().filter_map(|axis| report(axis, rows)).collect()
}

fn report(axis: &Axis, rows: &[RowReport]) -> Option<AxisReport> {
    let points: Vec<(&AxisPoint, &RowReport)> =
        axis.points.iter().filter_map(|point| Some((point, rows.get(point.row)?))).collect();
    let (_, first) = points.first()?;
    let value = |(point, row): &(&AxisPoint, &RowReport)| AxisValue {
        value: point.value,
        shown: point.shown.clone(),
        case: row.case.clone(),
    };
    Some(AxisReport {
        name: axis.name.clone(),
        parameter: axis.parameter.clone(),
        kind: axis.kind,
        operation: first.operation.clone(),
        values: points.iter().map(value).collect(),
        curves: runtimes(&points).into_iter().map(|runtime| curve(axis.kind, runtime, &points)).collect(),
    })
}

/// The runtimes, best first at the largest value.
fn runtimes<'a>(points: &[(&AxisPoint, &'a RowReport)]) -> Vec<&'a str> {
    let mut names: Vec<&str> = Vec::new();
    for arm in points.iter().rev().flat_map(|(_, row)| &row.arms).filter(|arm| arm.role != Role::Control) {
        if !names.contains(&arm.runtime.as_str()) {
            names.push(&arm.runtime);
        }
    }
    names
}

/// A runtime at one value.
struct At<'a> {
    point: &'a AxisPoint,
    row: &'a RowReport,
    arm: &'a ArmReport,
}

impl At<'_> {
    /// Its place on the curve; `None` if it has no usable estimate.
    fn place(&self) -> Option<statistics::CurvePoint> {
        let rate = self.arm.rate.filter(|rate| rate.n >= GENERATIONS_MIN && rate.lower > 0.0)?;
        let log =
            Bounded { centre: rate.value.ln(), lower: rate.lower.ln(), upper: rate.upper.ln(), level: rate.level };
        (self.point.value > 0).then_some(statistics::CurvePoint { at: self.point.value as f64, log })
    }

    /// Why the row's figures cannot be used, if so: what others took from it, or what made its control
    /// differ, is as likely as the axis to cause a step to it.
    fn doubt(&self) -> Option<&'static str> {
        let has = |kind: LimitKind| self.row.limits.iter().any(|limit| limit.kind == kind);
        if has(LimitKind::NeighbourDisturbed) {
            return Some("disturbed by neighbours");
        }
        if has(LimitKind::Throttled) {
            return Some("throttled");
        }
        (self.row.control.status == ControlStatus::NotTrustworthy).then_some("not trustworthy")
    }

    /// By how much the row may be off as a whole, as a logarithm.
    fn allowance(&self) -> f64 {
        self.row.control.spread.unwrap_or(0.0).max(DRIFT).ln_1p()
    }
}

fn curve(kind: AxisKind, runtime: &str, points: &[(&AxisPoint, &RowReport)]) -> Curve {
    let all: Vec<At<'_>> = points
        .iter()
        .filter_map(|(point, row)| {
            let arm = row.arms.iter().find(|arm| arm.runtime == runtime && arm.role != Role::Control)?;
            Some(At { point, row, arm })
        })
        .collect();
    let usable: Vec<&At<'_>> = all.iter().filter(|at| at.place().is_some()).collect();
    let level = level_of_each(LEVEL, usable.len().saturating_sub(1));
    let steps: Option<Vec<CurveStep>> = usable.windows(2).map(|pair| step(kind, pair[0], pair[1], level)).collect();
    let steps = steps.unwrap_or_default();
    let found = bend(&steps.iter().map(|step| pace(step.pace)).collect::<Vec<_>>());
    let value = |place: usize| usable.get(place).map(|at| at.point.value);
    let shape = match found.bends_at {
        _ if steps.is_empty() => CurveShape::TooFew,
        Some(_) => CurveShape::Bends,
        None if found.scales_to == steps.len() => CurveShape::Scales,
        None => CurveShape::Undecided,
    };
    let step_to = |at: &At<'_>| {
        let place = usable.iter().position(|usable| usable.point.value == at.point.value)?;
        steps.get(place.checked_sub(1)?).copied()
    };
    Curve {
        runtime: runtime.to_owned(),
        points: all
            .iter()
            .map(|at| CurvePoint { value: at.point.value, status: at.arm.status, rate: at.arm.rate, step: step_to(at) })
            .collect(),
        shape,
        scales_to: (found.scales_to > 0).then(|| value(found.scales_to)).flatten(),
        bends_at: found.bends_at.and_then(value),
        falls_from: found.falls_from.and_then(value),
        sentence: sentence(shape, found, &usable, &all),
    }
}

fn step(kind: AxisKind, from: &At<'_>, to: &At<'_>, level: f64) -> Option<CurveStep> {
    let (before, after) = (from.place()?, to.place()?);
    let slope = Slope::between(before, after, level, from.allowance().max(to.allowance()))?;
    let slope = match kind {
        AxisKind::Load => slope,
        // The larger an operation is, the more work is done a second.
        AxisKind::Work => slope.times_axis(1.0),
    };
    Some(CurveStep {
        from: from.point.value,
        ratio: factor(after.log.centre - before.log.centre),
        slope: slope.centre,
        slope_lower: slope.lower,
        slope_upper: slope.upper,
        pace: match slope.pace() {
            _ if from.doubt().or(to.doubt()).is_some() => StepPace::Unclear,
            Pace::Scales => StepPace::Scales,
            Pace::Bends => StepPace::Bends,
            Pace::Falls => StepPace::Falls,
            Pace::Unclear => StepPace::Unclear,
        },
    })
}

fn pace(step: StepPace) -> Pace {
    match step {
        StepPace::Scales => Pace::Scales,
        StepPace::Bends => Pace::Bends,
        StepPace::Falls => Pace::Falls,
        StepPace::Unclear => Pace::Unclear,
    }
}

/// The finding, the reason for a bend, and what is missing.
fn sentence(shape: CurveShape, found: Bend, usable: &[&At<'_>], all: &[At<'_>]) -> String {
    let shown = |place: usize| usable.get(place).map_or("", |at| at.point.shown.as_str());
    let mut said = match (shape, found) {
        (CurveShape::TooFew, _) => too_few(all),
        (CurveShape::Scales, _) => format!("scales to {}", shown(found.scales_to)),
        (CurveShape::Undecided, Bend { scales_to: 0, .. }) => "undecided".to_owned(),
        (CurveShape::Undecided, Bend { scales_to, .. }) => format!("scales to {}, then undecided", shown(scales_to)),
        (CurveShape::Bends, Bend { scales_to, bends_at, falls_from }) => {
            let at = bends_at.unwrap_or(scales_to);
            let bends = match (scales_to == at, falls_from == Some(at)) {
                (true, true) => format!("falls from {} on", shown(at)),
                (true, false) => format!("bends at {}", shown(at)),
                (false, _) => format!("bends between {} and {}", shown(scales_to), shown(at)),
            };
            match falls_from.filter(|falls| scales_to != at || *falls != at) {
                Some(falls) => format!("{bends}, falls from {} on", shown(falls)),
                None => bends,
            }
        }
    };
    if let Some(why) = found.bends_at.and_then(|at| limit(usable.get(at + 1)?)) {
        said += &format!(" ({why})");
    }
    for status in
        [ArmStatus::DidNotFinish, ArmStatus::Failed, ArmStatus::Unsupported, ArmStatus::Skipped, ArmStatus::NotReached]
    {
        let values: Vec<String> =
            all.iter().filter(|at| at.arm.status == status).map(|at| at.point.shown.clone()).collect();
        if !values.is_empty() {
            said += &format!("; {} at {}", status.word(), list(&values));
        }
    }
    for why in ["disturbed by neighbours", "not trustworthy"] {
        let doubted = usable.iter().filter(|at| at.doubt() == Some(why));
        let values: Vec<String> = doubted.map(|at| at.point.shown.clone()).collect();
        if values.len() == usable.len() && values.len() > 1 {
            said += &format!("; {why} at every value");
        } else if !values.is_empty() {
            said += &format!("; {why} at {}", list(&values));
        }
    }
    said
}

/// What limited the runtime just beyond its bend.
fn limit(at: &At<'_>) -> Option<String> {
    let limits = at.row.limits.iter().filter(|limit| limit.arms.contains(&at.arm.runtime));
    let kinds: Vec<LimitKind> = limits.map(|limit| limit.kind).collect();
    // An open loop that keeps up does what it is asked for, however much the axis could bring.
    if at.row.rate_per_s.is_some() && !kinds.contains(&LimitKind::Overloaded) {
        return Some(format!("at {} the rate that is asked for is the limit", at.point.shown));
    }
    let why = [
        (LimitKind::PeerBound, "the peer is the limit"),
        (LimitKind::ClientBound, "the CPU is the limit"),
        (LimitKind::WakeUpBound, "both ends are idle"),
        (LimitKind::Overloaded, "it is overloaded"),
    ];
    let (_, why) = why.iter().find(|(kind, _)| kinds.contains(kind))?;
    // Without a peer there is only one end.
    let why = if *why == "both ends are idle" && at.row.peers.is_empty() { "it waits" } else { *why };
    Some(format!("at {} {why}", at.point.shown))
}

fn too_few(all: &[At<'_>]) -> String {
    let most = all.iter().filter_map(|at| at.arm.rate).map(|rate| rate.n).max();
    match most {
        Some(most) if most < GENERATIONS_MIN => {
            format!("too few generations: {most}, it takes {GENERATIONS_MIN}")
        }
        Some(_) => "only one value has a result".to_owned(),
        None => "no value has a result".to_owned(),
    }
}
