//! What one arm showed, one value a generation: inference sees nothing else.

use crate::record::{Process, RowRecord, Slice};
use loopswap_statistics as statistics;
use std::collections::{BTreeMap, BTreeSet};

/// The processes of one arm that count, by generation.
pub(crate) type Processes<'a> = BTreeMap<u32, &'a Process>;

/// The processes of an arm that have slices, without those of generations in which it failed: what it did
/// before it failed may be wrong.
pub(crate) fn processes(row: &RowRecord, arm: usize) -> Processes<'_> {
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

/// The kernel reports times in steps of 10 ms, for each CPU and each kind of time by itself: largest error of
/// a difference of two samples, in nanoseconds.
const STEPS_NS: u64 = 20_000_000;

/// What others certainly took, from a time reported in steps.
pub(crate) fn surely(ns: u64) -> u64 {
    ns.saturating_sub(STEPS_NS)
}

/// Wall time per operation, in nanoseconds.
pub(crate) fn wall(slice: &Slice) -> f64 {
    slice.ns as f64 / slice.ops as f64
}

/// Wall time per operation by the median stretch, in nanoseconds.
pub(crate) fn typical(slice: &Slice) -> f64 {
    slice.typical_ns as f64 / slice.ops as f64
}

/// Whether all slices were long enough to be cut into stretches: only then does their typical time
/// differ from the whole.
pub(crate) fn stretched(processes: &Processes<'_>) -> bool {
    processes.values().all(|process| process.slices.iter().any(|slice| slice.typical_ns != slice.ns))
}

/// CPU time of the runner per operation, in nanoseconds.
pub(crate) fn cpu(slice: &Slice) -> f64 {
    slice.cpu_ns as f64 / slice.ops as f64
}

/// The median of `of` over the slices of each generation.
pub(crate) fn medians(processes: &Processes<'_>, of: impl Fn(&Slice) -> f64) -> Vec<f64> {
    processes
        .values()
        .filter_map(|process| {
            let values: Vec<f64> = process.slices.iter().filter(|slice| is_timed(slice)).map(&of).collect();
            statistics::median(&values)
        })
        .collect()
}

/// The logarithms of [`medians`].
pub(crate) fn log_medians(processes: &Processes<'_>, of: impl Fn(&Slice) -> f64) -> Vec<f64> {
    medians(processes, of).into_iter().map(f64::ln).collect()
}

/// `Σ numerator / Σ denominator` over the slices of each generation; empty if a slice lacks one.
pub(crate) fn totals(
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

/// The time of a slice by which arms are compared: median stretches if all of them have stretches, since the
/// ramp that these leave out would favour one side.
pub(crate) fn time<'a>(arms: impl IntoIterator<Item = &'a Processes<'a>>) -> fn(&Slice) -> f64 {
    if arms.into_iter().all(stretched) { typical } else { wall }
}

/// Log ratios arm ÷ reference of `of`, round by round, for each generation that both have: both sides
/// of a ratio stand next to each other in time.
pub(crate) fn round_ratios(
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
