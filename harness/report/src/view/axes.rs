//! The curves of an axis, before any view sets them: a line for each runtime, a column for each value.

use crate::model::{AxisReport, Curve, CurvePoint, Report, StepPace};
use crate::record::AxisKind;
use crate::words::{COUNT, clean, supported, unit_for};

/// Steps of a small drawing, lowest first.
const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// What the arrows mean.
pub(super) const LEGEND: &str = "↗ the step to this value brings in proportion, → less, ↘ costs, ? undecided; \
                                 a curve bends at the value from which on a step brings less";

/// The curves of one axis, as text.
pub(super) struct Curves {
    /// The name of the axis and what its figures are.
    pub(super) heading: String,
    /// The values of the axis.
    pub(super) heads: Vec<String>,
    /// One for each runtime.
    pub(super) lines: Vec<CurveLine>,
    /// How the axis is to be read, where it is not of the usual kind.
    pub(super) remark: Option<&'static str>,
}

/// One runtime along an axis, as text.
pub(super) struct CurveLine {
    /// The runtime.
    pub(super) runtime: String,
    /// Its curve, drawn small: the logarithm of its figures, from its smallest to its largest.
    pub(super) drawing: String,
    /// Its figures, each after what the step to it brought.
    pub(super) cells: Vec<String>,
    /// Where it bends.
    pub(super) finding: String,
}

/// The curves of every axis of a report.
pub(super) fn curves(report: &Report) -> Vec<Curves> {
    report.axes.iter().map(of_axis).collect()
}

fn of_axis(axis: &AxisReport) -> Curves {
    let rates = axis.curves.iter().flat_map(|curve| &curve.points).filter_map(|point| point.rate);
    let unit = unit_for(COUNT, rates.map(|rate| rate.value).fold(0.0, f64::max));
    let line = |curve: &Curve| CurveLine {
        runtime: clean(&curve.runtime),
        drawing: drawing(axis, curve),
        cells: cells(axis, curve, unit.scale),
        finding: clean(&curve.sentence),
    };
    Curves {
        heading: clean(&format!("{} · {} · {} ops/s", axis.name, axis.operation, unit.name)),
        heads: axis.values.iter().map(|value| clean(&value.shown)).collect(),
        lines: axis.curves.iter().map(line).collect(),
        remark: match axis.kind {
            AxisKind::Load => None,
            AxisKind::Work => Some("an axis of work: it scales where a larger operation takes no longer"),
        },
    }
}

fn cells(axis: &AxisReport, curve: &Curve, scale: f64) -> Vec<String> {
    let at = |value: u64| curve.points.iter().find(|point| point.value == value);
    let shown = |value: u64| at(value).map_or_else(|| "–".to_owned(), |point| cell(point, scale));
    axis.values.iter().map(|value| shown(value.value)).collect()
}

fn cell(point: &CurvePoint, scale: f64) -> String {
    let Some(rate) = point.rate else { return "–".into() };
    let half = rate.half_width().max(rate.value * 0.005);
    let figure = supported(rate.value / scale, half / scale);
    match point.step.map(|step| step.pace) {
        None => figure,
        Some(pace) => format!("{} {figure}", arrow(pace)),
    }
}

fn arrow(pace: StepPace) -> char {
    match pace {
        StepPace::Scales => '↗',
        StepPace::Bends => '→',
        StepPace::Falls => '↘',
        StepPace::Unclear => '?',
    }
}

/// A bar for each value, a dot for a missing figure.
fn drawing(axis: &AxisReport, curve: &Curve) -> String {
    let rate = |value: u64| {
        let rate = curve.points.iter().find(|point| point.value == value)?.rate?.value;
        (rate > 0.0).then(|| rate.ln())
    };
    let logs: Vec<Option<f64>> = axis.values.iter().map(|value| rate(value.value)).collect();
    let least = logs.iter().flatten().copied().fold(f64::INFINITY, f64::min);
    let most = logs.iter().flatten().copied().fold(f64::NEG_INFINITY, f64::max);
    // A curve that hardly moves is drawn flat, not as its noise.
    let range = (most - least).max(0.5);
    let bar = |log: &Option<f64>| match log {
        None => '·',
        Some(log) => {
            let place = ((log - least) / range * (BARS.len() - 1) as f64).round() as usize;
            BARS[place.min(BARS.len() - 1)]
        }
    };
    logs.iter().map(bar).collect()
}
