//! What one arm showed, one value a generation: inference sees nothing else.

use super::LEVEL;
use crate::model::{Estimate, IntervalKind};
use crate::record::{Process, RowRecord, Slice};
use loopswap_statistics as statistics;
use std::collections::{BTreeMap, BTreeSet};

/// The processes of one arm that count, by generation.
pub(super) type Processes<'a> = BTreeMap<u32, &'a Process>;

/// The processes of an arm that have slices, without those of generations in which it failed: what it did
/// before it failed may be wrong.
pub(super) fn processes(row: &RowRecord, arm: usize) -> Processes<'_> {
    let failed: BTreeSet<u32> =
        row.faults.iter().filter(|fault| fault.arm == Some(arm)).filter_map(|fault| fault.generation).collect();
    row.generations
        .iter()
        .filter(|(number, _)| !failed.contains(number))
        .filter_map(|(number, generation)| Some((*number, generation.processes.get(&arm)?)))
        .filter(|(_, process)| process.slices.iter().any(is_timed))
        .collect()
}

/// Whether a slice has a time: a clock that stood still gives none.
fn is_timed(slice: &Slice) -> bool {
    slice.ns > 0 && slice.typical_ns > 0
}

/// Wall time per operation, in nanoseconds.
pub(super) fn wall(slice: &Slice) -> f64 {
    slice.ns as f64 / slice.ops as f64
}

/// Wall time per operation by the median stretch, in nanoseconds.
pub(super) fn typical(slice: &Slice) -> f64 {
    slice.typical_ns as f64 / slice.ops as f64
}

/// Whether all slices were long enough to be cut into stretches: only then does their typical time
/// differ from the whole.
pub(super) fn stretched(processes: &Processes<'_>) -> bool {
    processes.values().all(|process| process.slices.iter().any(|slice| slice.typical_ns != slice.ns))
}

/// CPU time of the runner per operation, in nanoseconds.
pub(super) fn cpu(slice: &Slice) -> f64 {
    slice.cpu_ns as f64 / slice.ops as f64
}

/// The median of `of` over the slices of each generation.
pub(super) fn medians(processes: &Processes<'_>, of: impl Fn(&Slice) -> f64) -> Vec<f64> {
    processes
        .values()
        .filter_map(|process| {
            let values: Vec<f64> = process.slices.iter().filter(|slice| is_timed(slice)).map(&of).collect();
            statistics::median(&values)
        })
        .collect()
}

/// `Σ numerator / Σ denominator` over the slices of each generation; empty if a slice lacks one.
pub(super) fn totals(
    processes: &Processes<'_>,
    numerator: impl Fn(&Slice) -> Option<u64>,
    denominator: impl Fn(&Slice) -> u64,
) -> Vec<f64> {
    processes
        .values()
        .filter_map(|process| {
            let above: Option<Vec<u64>> = process.slices.iter().map(&numerator).collect();
            let above: f64 = above?.into_iter().map(|value| value as f64).sum();
            let below: f64 = process.slices.iter().map(|slice| denominator(slice) as f64).sum();
            (below > 0.0).then_some(above / below)
        })
        .collect()
}

/// Log ratios arm ÷ reference of `of`, round by round, for each generation that both have: both sides
/// of a ratio stand next to each other in time.
pub(super) fn round_ratios(
    arm: &Processes<'_>,
    reference: &Processes<'_>,
    of: impl Fn(&Slice) -> f64,
) -> BTreeMap<u32, Vec<f64>> {
    arm.iter()
        .filter_map(|(number, arm)| {
            let reference = reference.get(number)?;
            let rounds: Vec<f64> = arm
                .slices
                .iter()
                .zip(&reference.slices)
                .filter(|(arm, reference)| is_timed(arm) && is_timed(reference))
                .map(|(arm, reference)| (of(arm) / of(reference)).ln())
                .filter(|ratio| ratio.is_finite())
                .collect();
            (!rounds.is_empty()).then_some((*number, rounds))
        })
        .collect()
}

/// Log ratio arm ÷ reference of `of` for each generation that both have: the median over its rounds.
pub(super) fn log_ratios(
    arm: &Processes<'_>,
    reference: &Processes<'_>,
    of: impl Fn(&Slice) -> f64,
) -> BTreeMap<u32, f64> {
    let rounds = round_ratios(arm, reference, of).into_iter();
    rounds.filter_map(|(number, rounds)| Some((number, statistics::median(&rounds)?))).collect()
}

/// Centre and interval of values that may be zero.
pub(super) fn estimate(values: &[f64]) -> Option<Estimate> {
    statistics::estimate(values, LEVEL).map(|found| map_estimate(&found, |value| value))
}

/// Maps centre and bounds of an estimate through `back`, usually from the log scale, and sorts the bounds.
pub(super) fn map_estimate(found: &statistics::Estimate, back: impl Fn(f64) -> f64) -> Estimate {
    let (one, other) = (back(found.lower), back(found.upper));
    Estimate {
        value: back(found.centre),
        lower: one.min(other),
        upper: one.max(other),
        level: found.level_reached,
        kind: match found.kind {
            statistics::IntervalKind::Exact => IntervalKind::Exact,
            statistics::IntervalKind::Normal => IntervalKind::Normal,
            statistics::IntervalKind::FullRange => IntervalKind::FullRange,
        },
        n: found.n,
    }
}
