//! The report of a run under way: every row is analysed once, when it is finished, and what all rows share
//! anew for each report.

use super::row::{self, Draft};
use crate::model::Report;
use crate::record::{Damage, Header, Record, RowRecord};

/// The report of a run that finishes one row after the other.
pub struct GrowingReport {
    record: Record,
    drafts: Vec<Draft>,
}

impl GrowingReport {
    /// Before anything is measured.
    #[must_use]
    pub fn of(header: Header) -> GrowingReport {
        let rows = vec![RowRecord::default(); header.plan.rows.len()];
        let record = Record { header, rows, end: None, cut_off: false, whole_bytes: 0, damage: Damage::default() };
        GrowingReport { drafts: super::drafts(&record), record }
    }

    /// Adds what was measured of a row; a row that the plan does not have is ignored.
    pub fn add(&mut self, row: usize, measured: &RowRecord) {
        let planned = self.record.header.plan.rows.get(row);
        let (Some(planned), Some(draft)) = (planned, self.drafts.get_mut(row)) else { return };
        *draft = row::draft(planned, measured, &self.record.header);
        self.record.rows[row].clone_from(measured);
    }

    /// The report as [`analyse`](super::analyse) computes it from the rows that are there.
    #[must_use]
    pub fn report(&self) -> Report {
        super::report(&self.record, self.drafts.clone())
    }
}
