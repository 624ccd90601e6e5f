//! From the record of a race to a comparison of two builds.
//!
//! Every row is one case on one runtime; its arms are BASE, BASE again, and HEAD. While the race goes on,
//! [`standing`](crate::standing) says what a row needs next; [`raced`] says at the end what was found.

mod counts;
mod explain;
mod row;
mod verdict;
mod witness;

pub use explain::explain_race;

use crate::comparison::{COMPARISON_SCHEMA, Comparison, Kind, Missing};
use crate::judge::adjust;
use crate::judge::race::Measured;
use crate::record::{EndReason, RacePlan, Record};
use crate::words::{damage, one_line};
use std::collections::BTreeMap;

/// Computes the comparison that a race measured, complete or not; `None` if the record is not of a race.
#[must_use]
pub fn raced(record: &Record) -> Option<Comparison> {
    let header = &record.header;
    let race = header.plan.race.as_ref()?;
    let mut missing: Vec<Missing> = Vec::new();
    let mut drafts: Vec<row::Draft> = Vec::new();
    let mut measured_rows = Vec::new();
    for (planned, measured) in record.rows() {
        match row::draft(race, planned, measured) {
            Ok(draft) => {
                drafts.push(draft);
                measured_rows.push((planned, measured));
            }
            Err(lacking) => missing.push(Missing { why: lacking.why.map(|why| one_line(&why)), ..lacking }),
        }
    }
    // A row that was not suspect, or is not confirmed, counts as a comparison without evidence.
    let adjusted = adjust(drafts.iter().map(row::Draft::confirming_p), race.rules.false_discovery_rate);
    let finished = drafts.into_iter().zip(adjusted).map(|(draft, adjusted)| draft.finish(race, adjusted.p));
    let heard = finished
        .zip(measured_rows)
        .map(|(row, (planned, measured))| witness::heard(&race.rules, planned, measured, row));
    let rows: Vec<_> = heard.collect();
    let wall_ns: u64 = record
        .rows
        .iter()
        .flat_map(|row| row.generations.values())
        .map(|generation| generation.closed.wall_ns)
        .fold(0, u64::saturating_add)
        .max(record.end.as_ref().map_or(0, |end| end.wall_ns));
    Some(Comparison {
        comparison_schema: COMPARISON_SCHEMA,
        loopswap: header.loopswap.clone(),
        created: header.created.clone(),
        kind: Kind::Race,
        suite: header.plan.suite.clone(),
        seed: Some(header.plan.seed),
        base: race.base.clone(),
        head: race.head.clone(),
        complete: record.end.as_ref().map_or(EndReason::Unknown, |end| end.reason),
        wall_s: wall_ns as f64 / 1e9,
        rules: race.rules.clone(),
        family: format!(
            "a row is suspect by chance once in a hundred; suspect rows are confirmed in fresh processes with a new \
             seed, and their p-values adjusted (Benjamini–Hochberg) over {}",
            match rows.len() {
                1 => "the one row".into(),
                rows => format!("all {rows} rows"),
            }
        ),
        caveats: caveats(race, record),
        rows,
        missing,
        claims: Vec::new(),
    })
}

fn caveats(race: &RacePlan, record: &Record) -> Vec<String> {
    let (base, head) = (&race.base.environment, &race.head.environment);
    let mut caveats = Vec::new();
    if base.profile != head.profile {
        caveats.push(format!("the builds have unlike profiles: BASE {}, HEAD {}", base.profile, head.profile));
    }
    if base.rustc != head.rustc {
        caveats.push(format!("the builds have unlike compilers: BASE {}, HEAD {}", base.rustc, head.rustc));
    }
    caveats.extend(damage(&record.damage));
    let mut rows_of: BTreeMap<String, usize> = BTreeMap::new();
    for measured in record.rows().filter_map(|(planned, measured)| Measured::of(planned, measured)) {
        for sentence in counts::not_compared(&measured) {
            *rows_of.entry(sentence).or_default() += 1;
        }
    }
    let said = |(sentence, rows)| format!("in {rows} row{} {sentence}", if rows == 1 { "" } else { "s" });
    caveats.extend(rows_of.into_iter().map(said));
    caveats
}
