//! Changes that a person has accepted, held against what a comparison found.

use super::{Acknowledged, Comparison, Direction};

/// One entry of the file of accepted changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// Name of the case.
    pub case: String,
    /// Name of the runtime.
    pub runtime: String,
    /// What is accepted.
    pub direction: Direction,
    /// The last day that it holds (RFC 3339).
    pub until: String,
    /// Why.
    pub why: String,
    /// Where it stands: file, line and column.
    pub place: String,
    /// Whether that day is over.
    pub expired: bool,
}

/// Entries without effect that are told one by one; of the others only the number.
const TOLD_MAX: usize = 20;

/// Marks the rows whose changes are accepted. Returns a sentence for every entry without effect, or for the
/// first of them: expired, for a row that the comparison does not have, or for a change that it does not show.
pub fn accept(comparison: &mut Comparison, entries: &[Accepted]) -> Vec<String> {
    let mut told: Vec<String> = entries.iter().filter_map(|entry| one(comparison, entry)).collect();
    let more = told.len().saturating_sub(TOLD_MAX);
    if more > 0 {
        told.truncate(TOLD_MAX);
        told.push(format!("{more} more without effect, in the same file"));
    }
    told
}

fn one(comparison: &mut Comparison, entry: &Accepted) -> Option<String> {
    let Accepted { case, runtime, direction, until, why, place, expired } = entry;
    let change = format!("{place}: `{case}` on {runtime}, {}", direction.word());
    let is_row = |row: &&mut super::RowComparison| row.case == *case && row.runtime == *runtime;
    let Some(row) = comparison.rows.iter_mut().find(is_row) else {
        let missing = comparison.missing.iter().any(|missing| missing.case == *case && missing.runtime == *runtime);
        return Some(if missing {
            format!("{change}: one side of the comparison lacks this row")
        } else {
            format!("{change}: the comparison has no such row")
        });
    };
    if *expired {
        return Some(format!("{change}: expired on {until}; measure again, and take the entry away or renew it"));
    }
    if !row.changes().contains(direction) {
        return Some(format!("{change}: the comparison shows no such change; the entry can go"));
    }
    let accepted = row.acknowledged.get_or_insert_with(|| Acknowledged {
        why: String::new(),
        until: until.clone(),
        directions: Vec::new(),
    });
    if accepted.directions.contains(direction) {
        return Some(format!("{change}: an entry before it accepts the same; one of them can go"));
    }
    accepted.directions.push(*direction);
    // Two entries of one row are reported together; the earlier day is the one to watch.
    accepted.why = if accepted.why.is_empty() { why.clone() } else { format!("{}; {why}", accepted.why) };
    if *until < accepted.until {
        accepted.until.clone_from(until);
    }
    None
}
