//! From a record to a report.
//!
//! Row by row first ([`row`]), then over all rows: p-values are adjusted over the whole report
//! before any verdict is given.

mod arm;
mod axes;
mod claims;
mod compare;
mod control;
mod counters;
pub(crate) mod explain;
mod faults;
mod growing;
pub(crate) mod latency;
mod limits;
mod places;
mod race;
mod row;
mod samples;
mod sentence;
mod summary;
mod tails;
mod verdicts;
mod whole;

pub use growing::GrowingReport;
pub(crate) use race::race_rules;
pub use race::{Standing, explain_race, raced, standing};

use crate::model::{REPORT_SCHEMA, Report, TurnAround};
use crate::record::{EndReason, Record};

/// Accepted rate of false discoveries among the verdicts of a report.
const ALPHA: f64 = 0.05;
/// Level of every interval of a report.
const LEVEL: f64 = 0.95;
/// Accepted rate of rows whose control is flagged by chance.
const CONTROL_ALPHA: f64 = 0.01;
/// Smallest difference that counts, as a fraction.
const MARGIN_MIN: f64 = 0.01;
/// A scattering control raises the margin of its row up to this fraction.
const MARGIN_MAX: f64 = 0.10;
/// Arms are called the same only within this fraction, however wide the margin is.
const SAME_MAX: f64 = 0.05;
/// How much the machine may have drifted between two rows, as a fraction: rows are measured one after the
/// other, so a step of an axis includes the drift.
const DRIFT: f64 = 0.05;
/// Power for which the smallest visible difference is stated.
const POWER: f64 = 0.8;
/// Fewer generations than this carry no verdict: they could never flag a control, since the smallest
/// p of seven is 2/128.
const GENERATIONS_MIN: usize = 8;

/// Computes the report of a record, complete or not.
#[must_use]
pub fn analyse(record: &Record) -> Report {
    report(record, drafts(record))
}

/// The report of a record whose rows wait for their verdicts.
fn report(record: &Record, mut rows: Vec<row::Draft>) -> Report {
    let header = &record.header;
    let plan = &header.plan;
    let family = judge(&mut rows);
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

/// Gives every row its verdicts, and returns the family of their comparisons.
fn judge(rows: &mut [row::Draft]) -> verdicts::Family {
    let family = verdicts::judge(rows);
    whole::withhold(rows);
    family
}

fn generations(record: &Record) -> impl Iterator<Item = &crate::record::Closed> {
    record.rows.iter().flat_map(|row| row.generations.values()).map(|generation| &generation.closed)
}
