//! How many times as much one arm takes as another.

use super::super::row::Draft;
use super::finding::{Finding, LEVEL_EACH, quotient};
use super::side::{Side, side};
use crate::claim::{Arm, Over};
use crate::figures::factor;
use crate::judge::pairs::Pairs;
use crate::judge::{Estimate, Figure, GENERATIONS_MIN, LEVEL, samples};
use crate::record::{Record, Slice};
use loopswap_statistics as statistics;

pub(super) fn ratio(over: Over, above: &Arm, below: &Arm, record: &Record, rows: &[Draft]) -> Result<Finding, String> {
    let (above, below) = (side(above, record, rows)?, side(below, record, rows)?);
    let doubt = [&above, &below].iter().find_map(|side| side.place.doubt());
    if let Some(projected) = projected(over, &above, &below) {
        return Ok(projected.doubted(doubt));
    }
    if let Some(reason) = above.missing().or_else(|| below.missing()) {
        return Err(reason);
    }
    let same_row = above.place.index == below.place.index;
    let found = if same_row { paired(over, &above, &below) } else { unpaired(over, &above, &below) };
    let found = found.ok_or("the two arms share no generation")?;
    let few = (found.n < GENERATIONS_MIN)
        .then(|| format!("too few generations for a verdict: {}, it takes {GENERATIONS_MIN}", found.n));
    Ok(Finding::estimate(found).doubted(doubt.or(few)))
}

/// Half an answer, if one of the two did not finish.
fn projected(over: Over, above: &Side<'_>, below: &Side<'_>) -> Option<Finding> {
    if over != Over::Time {
        return None;
    }
    match (above.projected(), below.projected()) {
        (Some(projected), None) => Some(Finding {
            at_least: Some(projected / below.report.time_ns?.upper),
            reason: Some(above.projection()),
            ..Finding::default()
        }),
        (None, Some(projected)) => Some(Finding {
            at_most: Some(above.report.time_ns?.upper / projected),
            reason: Some(below.projection()),
            ..Finding::default()
        }),
        _ => None,
    }
}

/// From the same rounds, as every ratio of a row: what disturbs both sides of a round cancels. A claim is
/// about the time that things take, so whole slices are used.
fn paired(over: Over, above: &Side<'_>, below: &Side<'_>) -> Option<Estimate> {
    let pairs = match over {
        Over::Time => Pairs::of_whole_slices(&above.processes, &below.processes),
        Over::Cpu => Pairs::of(Figure::Cpu, &above.processes, &below.processes),
    };
    statistics::weigh(&pairs.logs, LEVEL).map(|found| Estimate::of(&found.estimate, factor))
}

/// From two rows, which are measured one after the other: their values are not paired, and the ratio includes
/// the drift of the machine between them.
fn unpaired(over: Over, above: &Side<'_>, below: &Side<'_>) -> Option<Estimate> {
    quotient(&granule(above, figure(over))?, &granule(below, figure(over))?)
}

fn figure(over: Over) -> fn(&Slice) -> f64 {
    match over {
        Over::Time => samples::wall,
        Over::Cpu => samples::cpu,
    }
}

/// The time of one granule.
fn granule(side: &Side<'_>, of: impl Fn(&Slice) -> f64) -> Option<Estimate> {
    let operations = side.place.row.granule.max(1) as f64;
    let logs = samples::log_medians(&side.processes, of);
    statistics::estimate(&logs, LEVEL_EACH).map(|found| Estimate::of(&found, |log| factor(log) * operations))
}
