//! The second witness of a row: CPU time per operation, where wall time cannot tell.
//!
//! It is judged by the rules of the time: same margin, floor and control, same bound for p, and fresh
//! processes if there are any. It yields a note and no verdict, since what a runner burns is not what a
//! caller waits for, and since no generations were added for its sake.

use super::judge::{self, FEWEST};
use super::values::{Measured, Part};
use crate::analysis::{CONTROL_ALPHA, samples};
use crate::comparison::{CpuWitness, RowComparison, Rules, Verdict};
use crate::record::{Row, RowRecord};
use crate::view::number::change;
use loopswap_statistics::{LookOutcome, confirmed, control, look, median, signed_rank};

/// Adds to an inconclusive row what the CPU time shows, if it shows a change.
pub(super) fn heard(rules: &Rules, planned: &Row, record: &RowRecord, row: RowComparison) -> RowComparison {
    if row.verdict != Verdict::Inconclusive {
        return row;
    }
    let Some(found) = Measured::of(planned, record).and_then(|measured| witness(rules, &measured, &row)) else {
        return row;
    };
    RowComparison { sentence: format!("{}; {}", row.sentence, found.sentence), cpu_witness: Some(found), ..row }
}

fn witness(rules: &Rules, measured: &Measured<'_>, row: &RowComparison) -> Option<CpuWitness> {
    let race = judge::race_rules(rules);
    let values = measured.head(Part::Screening, samples::cpu);
    let of_control = measured.control(Part::Screening, samples::cpu);
    if values.len() < FEWEST || !control(&of_control, CONTROL_ALPHA, race.margin)?.fine {
        return None;
    }
    let base = median(&samples::medians(&measured.screening(measured.lanes().base), samples::cpu));
    let floor = base.map_or(0.0, |base| (rules.floor_ns / base).ln_1p());
    let threshold = race.threshold(&of_control).max(floor);
    if look(&values, &race, threshold, true) != LookOutcome::Suspect {
        return None;
    }
    let fresh = measured.head(Part::Confirming, samples::cpu);
    let confirmed = (fresh.len() >= FEWEST).then(|| confirmed(&values, &fresh, &race, threshold));
    if confirmed == Some(false) {
        return None;
    }
    let ratio = row.cpu_ratio.as_ref()?;
    let again = if confirmed.is_some() { ", confirmed in fresh processes" } else { "" };
    Some(CpuWitness {
        p: signed_rank(&values)?.p,
        threshold: threshold.exp_m1(),
        confirmed,
        sentence: format!(
            "CPU time per operation {} ({} to {}){again}, wall time undecided",
            change(ratio.value),
            change(ratio.lower),
            change(ratio.upper)
        ),
    })
}
