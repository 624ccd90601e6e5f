//! The report in a few numbers.

use crate::model::{ArmStatus, ControlStatus, RowReport, Summary};
use crate::record::Role;
use loopswap_statistics::median;

/// The numbers of all rows.
pub(super) fn summary(rows: &[RowReport], errors: usize) -> Summary {
    // The control is the reference again: it is not counted twice.
    let arms = || rows.iter().flat_map(|row| &row.arms).filter(|arm| arm.role != Role::Control);
    let with = |status| arms().filter(|arm| arm.status == status).count();
    let controls = |status| rows.iter().filter(|row| row.control.status == status).count();
    let visible: Vec<f64> = rows.iter().filter_map(smallest_visible).collect();
    Summary {
        rows: rows.len(),
        arms_measured: with(ArmStatus::Measured),
        skipped: with(ArmStatus::Skipped),
        unsupported: with(ArmStatus::Unsupported),
        did_not_finish: with(ArmStatus::DidNotFinish),
        failed: with(ArmStatus::Failed),
        not_reached: with(ArmStatus::NotReached),
        errors,
        controls_flagged: controls(ControlStatus::NotTrustworthy),
        controls_too_few: controls(ControlStatus::TooFew),
        smallest_visible: median(&visible),
    }
}

fn smallest_visible(row: &RowReport) -> Option<f64> {
    let contenders = row.arms.iter().filter(|arm| arm.role == Role::Contender);
    median(&contenders.filter_map(|arm| arm.smallest_visible).collect::<Vec<_>>())
}
