//! From a record to a report.
//!
//! Row by row first ([`row`]), then over all rows: p-values are adjusted over the whole report
//! before any verdict is given.

mod arm;
mod axes;
mod claims;
mod compare;
mod counters;
pub(crate) mod explain;
mod faults;
mod growing;
mod latency;
mod limits;
mod race;
pub mod reports;
mod row;
mod source;
mod summary;
mod tails;
mod verdicts;

pub use growing::GrowingReport;
pub use race::{explain_race, raced};

use crate::model::{REPORT_SCHEMA, Report, TurnAround};
use crate::record::{EndReason, Record};

/// Computes the report of the record of a run, complete or not. That of a race has rules of its own: [`raced`].
#[must_use]
pub fn analyse(record: &Record) -> Report {
    report(record, drafts(record))
}

/// The report of a record whose rows wait for their verdicts.
fn report(record: &Record, mut rows: Vec<row::Draft>) -> Report {
    let header = &record.header;
    let plan = &header.plan;
    let family = verdicts::judge(&mut rows);
    let generations_ns: u64 = generations(record).map(|closed| closed.wall_ns).fold(0, u64::saturating_add);
    let timed_ns: u64 = generations(record).map(|closed| closed.timed_ns).fold(0, u64::saturating_add);
    // A resumed run knows only the wall time since it was resumed.
    let wall_ns = record.end.as_ref().map_or(0, |end| end.wall_ns).max(generations_ns);
    let errors = rows.iter().map(|row| row.errors).sum();
    let claims = claims::claims(record, &rows);
    let rows: Vec<_> = rows.into_iter().map(row::Draft::finish).collect();
    Report {
        schema: REPORT_SCHEMA,
        loopswap: header.loopswap.clone(),
        created: header.created.clone(),
        suite: plan.suite.clone(),
        seed: plan.seed,
        reference: plan.reference.clone(),
        generations: plan.generations,
        slice_ms: plan.slice_ms,
        limit_ms: plan.limit_ms,
        complete: record.end.as_ref().map_or(EndReason::Unknown, |end| end.reason),
        wall_s: wall_ns as f64 / 1e9,
        timed_share: (wall_ns > 0).then(|| timed_ns as f64 / wall_ns as f64),
        turn_around: record
            .end
            .as_ref()
            .map(|end| TurnAround { p50_ns: end.turn_around_p50_ns, p99_ns: end.turn_around_p99_ns }),
        environment: header.environment.clone(),
        cpu_choice: plan.cpu_choice.clone(),
        runtimes: header.runtimes.clone(),
        peers: header.peers.clone(),
        family: family.sentence,
        serial: family.serial,
        damage: record.damage.clone(),
        summary: summary::summary(&rows, errors),
        axes: axes::axes(&plan.axes, &rows),
        rows,
        claims,
    }
}

/// Every row without its verdicts, in the order of the plan.
fn drafts(record: &Record) -> Vec<row::Draft> {
    record.rows().map(|(row, measured)| row::draft(row, measured, &record.header)).collect()
}

fn generations(record: &Record) -> impl Iterator<Item = &crate::record::Closed> {
    record.rows.iter().flat_map(|row| row.generations.values()).map(|generation| &generation.closed)
}
