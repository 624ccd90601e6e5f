//! The places of the arms of a row.

use crate::model::{ArmReport, ArmStatus, RowReport};
use crate::record::{Role, Row};

/// The reference's place among the arms of a row.
pub(super) fn reference(row: &Row) -> Option<usize> {
    row.arms.iter().position(|arm| arm.role == Role::Reference)
}

/// The arms with a result, without the control: the runtimes of the row.
pub(super) fn runtimes(report: &RowReport) -> impl Iterator<Item = &ArmReport> {
    report.arms.iter().filter(|arm| arm.status == ArmStatus::Measured && arm.role != Role::Control)
}
