//! Does the machine tell the reference from itself? If it does, the row has no verdicts.

use super::compare::Comparison;
use super::sentence::counted;
use super::{CONTROL_ALPHA, GENERATIONS_MIN, MARGIN_MAX, MARGIN_MIN};
use crate::model::{ControlReport, ControlStatus, Estimate, RankedBy, RowReport};
use crate::record::{Role, Row};
use loopswap_statistics as statistics;

/// Judges the control arm and sets the margin of the row.
pub(super) fn check(row: &Row, comparisons: &[Option<Comparison>], report: &mut RowReport) {
    let place = row.arms.iter().position(|arm| arm.role == Role::Control);
    let comparison = place.and_then(|place| comparisons.get(place)?.as_ref());
    let Some(comparison) = comparison else {
        report.control = missing("no control: the reference or its twin has no result");
        return;
    };
    let Some(found) = statistics::control(&comparison.logs, CONTROL_ALPHA, MARGIN_MIN.ln_1p()) else {
        report.control = missing("no control: its values are not numbers");
        return;
    };
    let status = match (found.fine, comparison.logs.len() >= GENERATIONS_MIN) {
        (_, false) => ControlStatus::TooFew,
        (true, true) => ControlStatus::Fine,
        (false, true) => ControlStatus::NotTrustworthy,
    };
    let ratio = comparison.ratio();
    let spread = comparison.estimate.bound().exp_m1();
    report.margin = spread.clamp(MARGIN_MIN, MARGIN_MAX);
    report.control = ControlReport {
        fine: status == ControlStatus::Fine,
        status,
        ratio: Some(ratio),
        p: Some(found.p),
        spread: Some(spread),
        sentence: sentence(status, &ratio, report),
    };
}

/// The control report of a row without a usable control.
pub(super) fn missing(why: &str) -> ControlReport {
    ControlReport {
        fine: false,
        status: ControlStatus::TooFew,
        ratio: None,
        p: None,
        spread: None,
        sentence: why.to_owned(),
    }
}

fn sentence(status: ControlStatus, ratio: &Estimate, report: &RowReport) -> String {
    let Estimate { value, lower, upper, n, .. } = ratio;
    let itself = match report.ranked_by {
        RankedBy::Throughput => "the reference against itself",
        RankedBy::CpuPerOperation => "cpu/op of the reference against itself",
        RankedBy::ResponseTime => "p99 of the reference against itself",
    };
    let figures = format!("{value:.3} ({lower:.3} to {upper:.3})");
    match status {
        ControlStatus::Fine => format!("control fine: {itself} {figures}"),
        ControlStatus::NotTrustworthy => {
            format!("not trustworthy: {itself} comes out as {figures}; no verdicts in this row")
        }
        ControlStatus::TooFew => format!(
            "control not judged: {} {} too few, it takes {GENERATIONS_MIN}; {itself} {figures}",
            counted(*n, "generation"),
            if *n == 1 { "is" } else { "are" },
        ),
    }
}
