//! What of a record could not be used, in words.

use super::{clean, counted};
use crate::record::Damage;

/// Damaged lines told one by one; JSON has more of them.
const DAMAGED_MAX: usize = 3;

/// Set where the record could not be used as a whole: what was left out, and why.
pub(crate) fn damage(damage: &Damage) -> Option<String> {
    if damage.is_none() {
        return None;
    }
    let told: Vec<String> = damage
        .first
        .iter()
        .take(DAMAGED_MAX)
        .map(|damaged| format!("line {}: {}", damaged.line, clean(&damaged.what)))
        .collect();
    let generations = match damage.generations {
        0 => String::new(),
        generations => format!(", and {} with them", counted(generations, "generation")),
    };
    Some(format!(
        "the record is damaged: {} left out{generations} ({})",
        counted(damage.lines, "line"),
        told.join("; ")
    ))
}
