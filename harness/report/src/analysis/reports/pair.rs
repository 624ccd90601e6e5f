//! Which cases and runtimes both reports have. What is missing in one of them is listed, never dropped.

use super::alike::{self, Incomparable};
use crate::comparison::Missing;
use crate::model::{ArmReport, ArmStatus, Report, RowReport};
use crate::record::{Role, Side};

/// A case on a runtime of one report.
#[derive(Clone, Copy, Debug)]
pub(super) struct Half<'a> {
    /// The row.
    pub(super) row: &'a RowReport,
    /// The arm in it.
    pub(super) arm: &'a ArmReport,
    /// Time limit of a slice in milliseconds: a longer one ends with *did not finish*.
    pub(super) limit_ms: u64,
}

/// A case on a runtime that both reports have.
pub(super) struct Pair<'a> {
    pub(super) base: Half<'a>,
    pub(super) head: Half<'a>,
}

/// What can be compared, and what cannot.
pub(super) struct Pairs<'a> {
    pub(super) both: Vec<Pair<'a>>,
    pub(super) missing: Vec<Missing>,
}

/// Pairs the arms of two reports, in the order of BASE; what only HEAD has comes last.
pub(super) fn pairs<'a>(base: &'a Report, head: &'a Report) -> Result<Pairs<'a>, Incomparable> {
    let mut found = Pairs { both: Vec::new(), missing: Vec::new() };
    let limits_ms = (base.limit_ms, head.limit_ms);
    for row in &base.rows {
        match head.rows.iter().find(|other| other.case == row.case) {
            Some(other) => {
                alike::rows(row, other)?;
                found.arms(row, other, limits_ms);
            }
            None => found.lacks(Side::Head, row),
        }
    }
    for row in head.rows.iter().filter(|row| !base.rows.iter().any(|other| other.case == row.case)) {
        found.lacks(Side::Base, row);
    }
    Ok(found)
}

/// The arms that have a line of their own.
fn arms(row: &RowReport) -> impl Iterator<Item = &ArmReport> {
    row.arms.iter().filter(|arm| arm.role != Role::Control)
}

impl<'a> Pairs<'a> {
    fn lacks(&mut self, lacking: Side, row: &RowReport) {
        for arm in arms(row) {
            self.missing(lacking, row, arm, "its report has no such case".into());
        }
    }

    fn missing(&mut self, lacking: Side, row: &RowReport, arm: &ArmReport, why: String) {
        let (case, runtime) = (row.case.clone(), arm.runtime.clone());
        self.missing.push(Missing { case, runtime, lacking, why: Some(why) });
    }

    fn arms(&mut self, base: &'a RowReport, head: &'a RowReport, limits_ms: (u64, u64)) {
        for arm in arms(base) {
            let Some(other) = arms(head).find(|other| other.runtime == arm.runtime) else {
                self.missing(Side::Head, base, arm, "its report has no such runtime".into());
                continue;
            };
            match lacking(arm, other) {
                Some((side, why)) => self.missing(side, base, arm, why),
                None => {
                    let base = Half { row: base, arm, limit_ms: limits_ms.0 };
                    let head = Half { row: head, arm: other, limit_ms: limits_ms.1 };
                    self.both.push(Pair { base, head });
                }
            }
        }
        for arm in arms(head).filter(|arm| !arms(base).any(|other| other.runtime == arm.runtime)) {
            self.missing(Side::Base, head, arm, "its report has no such runtime".into());
        }
    }
}

/// The side that has nothing to compare while the other one has. A failure or an unfinished arm is a finding,
/// and what both sides lack is a row of its own.
fn lacking(base: &ArmReport, head: &ArmReport) -> Option<(Side, String)> {
    let absent =
        |arm: &ArmReport| matches!(arm.status, ArmStatus::Unsupported | ArmStatus::Skipped | ArmStatus::NotReached);
    let failed = [base, head].iter().any(|arm| arm.status == ArmStatus::Failed);
    match (absent(base), absent(head)) {
        _ if failed => None,
        (true, false) => Some((Side::Base, why(base))),
        (false, true) => Some((Side::Head, why(head))),
        (true, true) | (false, false) => None,
    }
}

/// Why an arm has no result.
pub(super) fn why(arm: &ArmReport) -> String {
    let status = arm.status.word();
    match &arm.reason {
        Some(reason) => format!("{status}: {reason}"),
        None => status.to_owned(),
    }
}
