//! The arm that a claim names: its place in the record, and whether its figures can be relied on.

use super::super::row::Draft;
use crate::claim::Arm;
use crate::judge::ControlStatus;
use crate::judge::samples::{self, Processes};
use crate::model::{ArmReport, ArmStatus, RowReport};
use crate::record::{Record, Role, Row};
use loopswap_protocol::quoted;

/// A row of the plan and what is known of it.
pub(super) struct Place<'a> {
    /// Its index in the plan.
    pub(super) index: usize,
    pub(super) row: &'a Row,
    pub(super) report: &'a RowReport,
}

/// An arm and its processes.
pub(super) struct Side<'a> {
    pub(super) place: Place<'a>,
    pub(super) report: &'a ArmReport,
    pub(super) processes: Processes<'a>,
}

/// The row of a case, by its name, or by its workload's name if that has only one case.
pub(super) fn place<'a>(case: &str, record: &'a Record, rows: &'a [Draft]) -> Result<Place<'a>, String> {
    let plan = &record.header.plan.rows;
    let of_workload = || {
        let mut of = plan.iter().enumerate().filter(|(_, row)| row.workload == case);
        of.next().filter(|_| of.next().is_none())
    };
    let found = plan.iter().enumerate().find(|(_, row)| row.case == case).or_else(of_workload);
    let (index, row) = found.ok_or_else(|| format!("`{}` is not part of this run", quoted(case)))?;
    let draft = rows.get(index).ok_or_else(|| format!("`{}` has no record", quoted(case)))?;
    Ok(Place { index, row, report: &draft.report })
}

/// The arm of a runtime in a row; of the reference, not its control.
pub(super) fn side<'a>(arm: &Arm, record: &'a Record, rows: &'a [Draft]) -> Result<Side<'a>, String> {
    let place = place(&arm.case, record, rows)?;
    let mut arms = place.row.arms.iter();
    let index = arms
        .position(|planned| planned.runtime == arm.runtime && planned.role != Role::Control)
        .ok_or_else(|| format!("{} is not part of this run", quoted(&arm.runtime)))?;
    let measured = record.rows.get(place.index).ok_or_else(|| format!("`{}` has no record", quoted(&arm.case)))?;
    let report = place.report.arms.get(index).ok_or_else(|| format!("{} has no record", quoted(&arm.runtime)))?;
    Ok(Side { report, processes: samples::processes(measured, index), place })
}

impl Side<'_> {
    /// Why it has no result, as a sentence; `None` if it has one.
    pub(super) fn missing(&self) -> Option<String> {
        let ArmReport { runtime, reason, .. } = self.report;
        let reason = reason.as_deref().unwrap_or("no reason is recorded");
        Some(match self.report.status {
            ArmStatus::Measured => return None,
            ArmStatus::DidNotFinish => format!("{runtime} did not finish: {reason}"),
            ArmStatus::Failed => format!("{runtime} failed: {reason}"),
            ArmStatus::Unsupported => format!("{runtime} does not support it: {reason}"),
            ArmStatus::Skipped => format!("{runtime} is skipped: {reason}"),
            ArmStatus::NotReached => format!("{runtime} is not measured: {reason}"),
        })
    }

    /// Time of a granule by what an arm that did not finish got done, in nanoseconds.
    pub(super) fn projected(&self) -> Option<f64> {
        let projected = self.report.projected_ns.filter(|_| self.report.status == ArmStatus::DidNotFinish)?;
        (projected > 0).then_some(projected as f64)
    }

    /// How a projection is worded.
    pub(super) fn projection(&self) -> String {
        format!("{} did not finish, its time is projected from what it got done", self.report.runtime)
    }
}

impl Place<'_> {
    /// Why no verdict may rest on times of the row, if so.
    pub(super) fn doubt(&self) -> Option<String> {
        let control = &self.report.control;
        (control.status != ControlStatus::Fine).then(|| control.sentence.clone())
    }
}
