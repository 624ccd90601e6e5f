//! How many runtimes of a case are verified, or failed.

use super::super::row::Draft;
use super::finding::Finding;
use super::side::place;
use crate::claim::Count;
use crate::model::{ArmReport, ArmStatus};
use crate::record::{Record, Role};

pub(super) fn count(kind: Count, case: &str, record: &Record, rows: &[Draft]) -> Result<Finding, String> {
    let place = place(case, record, rows)?;
    // The control is the reference again.
    let arms = || place.report.arms.iter().filter(|arm| arm.role != Role::Control);
    let counts = |arm: &&ArmReport| match kind {
        Count::Verified => arm.is_measured() && arm.errors == 0,
        Count::Failed => arm.errors > 0 || arm.status == ArmStatus::Failed,
    };
    let of_kind: Vec<&str> = arms().filter(counts).map(|arm| arm.runtime.as_str()).collect();
    let unknown = arms().filter(|arm| arm.status == ArmStatus::NotReached).count();
    let left = (unknown > 0).then(|| format!("the run ended before {unknown} of the runtimes"));
    let named = (kind == Count::Failed && !of_kind.is_empty()).then(|| of_kind.join(", "));
    let reasons: Vec<String> = [named, left].into_iter().flatten().collect();
    Ok(Finding {
        at_least: Some(of_kind.len() as f64),
        at_most: Some((of_kind.len() + unknown) as f64),
        reason: (!reasons.is_empty()).then(|| reasons.join("; ")),
        ..Finding::default()
    })
}
