//! The second witness of a row: CPU time per operation, where wall time cannot tell.
//!
//! It is judged by the rules of the time: same margin, floor and control, same bound for p, and fresh
//! processes if there are any. It yields a note and no verdict, since what a runner burns is not what a
//! caller waits for, and since no generations were added for its sake.

use crate::comparison::{CpuWitness, RowComparison, Verdict};
use crate::figures::fraction;
use crate::judge::race::{Judge, Measured, Part};
use crate::judge::{ControlStatus, Figure};
use crate::record::{Row, RowRecord, Rules};
use crate::words::change;
use loopswap_statistics::LookOutcome;

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
    let judge = Judge::of(rules, measured, Figure::Cpu);
    let seen = judge.look(Part::Screening, true).filter(|seen| seen.outcome == LookOutcome::Suspect)?;
    if judge.control(Part::Screening)?.status != ControlStatus::Fine {
        return None;
    }
    let confirmed = judge.second_opinion(&seen).map(|second| second.again);
    if confirmed == Some(false) {
        return None;
    }
    let ratio = row.cpu_ratio.as_ref()?;
    let again = if confirmed.is_some() { ", confirmed in fresh processes" } else { "" };
    Some(CpuWitness {
        p: seen.p,
        threshold: fraction(seen.threshold),
        confirmed,
        sentence: format!(
            "CPU time per operation {} ({} to {}){again}, wall time undecided",
            change(ratio.value),
            change(ratio.lower),
            change(ratio.upper)
        ),
    })
}
