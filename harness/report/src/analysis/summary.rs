//! The report in a few numbers.

use crate::judge::ControlStatus;
use crate::model::{ArmStatus, RowReport, Summary, Verdict};
use crate::record::Role;
use loopswap_statistics::median;

/// The numbers of all rows.
pub(super) fn summary(rows: &[RowReport], errors: usize) -> Summary {
    // The control is the reference again: it is not counted twice.
    let arms = || rows.iter().flat_map(|row| &row.arms).filter(|arm| arm.role != Role::Control);
    let with = |status| arms().filter(|arm| arm.status == status).count();
    let controls = |status| rows.iter().filter(|row| row.control.status == status).count();
    let visible = median(&rows.iter().filter_map(smallest_visible).collect::<Vec<_>>());
    let beyond_reach = visible.is_some_and(|visible| visible > INFINITE / 1e3);
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
        smallest_visible: visible.filter(|_| !beyond_reach),
        nothing_visible: beyond_reach,
    }
}

/// For a row that may have verdicts; [`INFINITE`] if not even the largest difference would have one.
fn smallest_visible(row: &RowReport) -> Option<f64> {
    let contenders = row.arms.iter().filter(|arm| arm.role == Role::Contender && arm.verdict != Verdict::None);
    let visible: Vec<f64> = contenders.map(|arm| arm.smallest_visible.unwrap_or(INFINITE)).collect();
    median(&visible)
}

/// Stands for "no difference is large enough", because the median takes only finite numbers.
const INFINITE: f64 = 1e300;
