//! What the figures of a row are made from.

use crate::judge::samples::Processes;
use crate::record::{Plan, Row, RowRecord};

/// A row of the plan, and what was measured of it.
pub(super) struct Source<'a> {
    pub(super) plan: &'a Plan,
    pub(super) row: &'a Row,
    pub(super) measured: &'a RowRecord,
    /// The processes of each arm that count, in the order of the plan.
    pub(super) processes: Vec<Processes<'a>>,
}
