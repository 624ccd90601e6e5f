//! Collects the facts behind the verdicts of one row.

mod plan;

pub(super) use plan::Costs;

use super::row::Draft;
use super::{drafts, limits, verdicts};
use crate::judge::samples::{self, Processes};
use crate::judge::{
    ALPHA, CONTROL_ALPHA, Estimate, Figure, GENERATIONS_MIN, LEVEL, MARGIN_MAX, MARGIN_MIN, SAME_MAX, pairs,
};
use crate::model::{ArmFacts, Disturbance, Explanation, GenerationValue, Thresholds};
use crate::record::{Record, Role, Row, RowRecord};
use loopswap_statistics::{self as statistics, Widening};
use std::collections::BTreeMap;

/// The facts behind the verdicts of the row with this index: of one runtime's arm, or of all. The proposed
/// plan aims at an interval of ± `precision` (a fraction), or at the row's margin.
///
/// `None` if the record has no such row.
#[must_use]
pub fn explain(record: &Record, row: usize, runtime: Option<&str>, precision: Option<f64>) -> Option<Explanation> {
    let plan = &record.header.plan;
    let (planned, measured) = record.rows().nth(row)?;
    let mut drafts = drafts(record);
    let family = verdicts::judge(&mut drafts).sentence;
    let mut p_values: Vec<f64> = drafts.iter().flat_map(contenders).collect();
    p_values.sort_by(f64::total_cmp);
    let report = drafts.swap_remove(row).report;
    let costs = Costs::of(measured);
    let mut explanation = Explanation {
        suite: plan.suite.clone(),
        created: record.header.created.clone(),
        reference: plan.reference.clone(),
        seed: plan.seed,
        planned: plan.generations,
        slice_ms: planned.slice_ms.unwrap_or(plan.slice_ms),
        limit_ms: plan.limit_ms,
        disturbed: disturbed(plan.watched(planned).len(), measured),
        family,
        p_values,
        generation_ns: costs.generation_ns,
        round_ns: costs.round_ns,
        thresholds: Thresholds {
            alpha: ALPHA,
            level: LEVEL,
            control_alpha: CONTROL_ALPHA,
            margin: (MARGIN_MIN, MARGIN_MAX),
            same: SAME_MAX,
            generations: GENERATIONS_MIN,
            disturbed: limits::DISTURBED_MIN,
        },
        arms: Vec::new(),
        row: report,
    };
    let asked = |index: usize| match planned.arms[index].role {
        Role::Reference => false,
        Role::Control => true,
        Role::Contender => runtime.is_none_or(|runtime| planned.arms[index].runtime == runtime),
    };
    let asked = (0..planned.arms.len()).filter(|index| asked(*index));
    let precision = precision.unwrap_or(explanation.row.margin);
    explanation.arms = asked
        .filter_map(|index| {
            let facts = facts(index, planned, measured, &explanation)?;
            let plan = facts.split.as_ref().and_then(|split| costs.plan(split, precision));
            Some(ArmFacts { plan, ..facts })
        })
        .collect();
    Some(explanation)
}

/// The p-values of a row's contenders, as the family counts them.
fn contenders(draft: &Draft) -> Vec<f64> {
    let arms = draft.report.arms.iter().filter(|arm| arm.role == Role::Contender);
    arms.filter_map(|arm| arm.p_beyond).collect()
}

fn disturbed(cpus: usize, measured: &RowRecord) -> Vec<Disturbance> {
    let cpus = cpus.max(1) as f64;
    let share = |ns: u64, wall_ns: u64| ns as f64 / (wall_ns.max(1) as f64 * cpus);
    let of = measured.generations.iter().map(|(number, generation)| (*number, generation.closed));
    of.filter(|(_, closed)| {
        let taken_ns = samples::surely(closed.foreign_ns.saturating_add(closed.steal_ns));
        share(taken_ns, closed.wall_ns) > limits::DISTURBED_MIN
    })
    .map(|(generation, closed)| Disturbance {
        generation,
        foreign: share(closed.foreign_ns, closed.wall_ns),
        steal: share(closed.steal_ns, closed.wall_ns),
    })
    .collect()
}

fn facts(index: usize, row: &Row, measured: &RowRecord, explanation: &Explanation) -> Option<ArmFacts> {
    let arm: Processes<'_> = samples::processes(measured, index);
    let of_reference = samples::processes(measured, row.place_of(Role::Reference)?);
    let ranked_by = explanation.row.ranked_by;
    let stretched = ranked_by == Figure::Time && [&arm, &of_reference].into_iter().all(samples::stretched);
    let rounds: BTreeMap<u32, Vec<f64>> = pairs::rounds(ranked_by, &arm, &of_reference);
    let values: Vec<GenerationValue> = rounds
        .iter()
        .filter_map(|(number, rounds)| {
            let log = statistics::median(rounds)?;
            Some(GenerationValue { generation: *number, log, rounds: rounds.len() })
        })
        .collect();
    let calm = |value: &&GenerationValue| {
        explanation.disturbed.iter().all(|disturbed| disturbed.generation != value.generation)
    };
    let left: Vec<f64> = values.iter().filter(calm).map(|value| value.log).collect();
    let allowed = explanation.row.serial.map_or(0.0, |serial| serial.allowed);
    let some_left = left.len() < values.len() && left.len() >= GENERATIONS_MIN;
    Some(ArmFacts {
        index,
        stretched,
        logs: estimate(&values.iter().map(|value| value.log).collect::<Vec<_>>(), allowed),
        undisturbed: some_left.then(|| estimate(&left, allowed)).flatten(),
        values,
        split: statistics::split(&rounds.into_values().collect::<Vec<_>>()),
        plan: None,
    })
}

/// Centre and interval, widened by the correlation that the row allows for.
fn estimate(logs: &[f64], allowed: f64) -> Option<Estimate> {
    let found = statistics::estimate(logs, LEVEL)?;
    let found = Widening::of(allowed, logs.len()).map_or(found, |widening| found.widened(widening));
    Some(Estimate::of(&found, |log| log))
}
