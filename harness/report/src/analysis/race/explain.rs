//! Collects the facts behind the verdict of one row of a race.

use super::{raced, row};
use crate::analysis::explain::Costs;
use crate::comparison::{Comparison, Look, Missing, RaceExplanation, RaceThresholds, RaceValue, RowComparison, Side};
use crate::figures::fraction;
use crate::judge::race::{Judge, Measured, Part, Told, confirming, race_rules};
use crate::judge::{CONTROL_ALPHA, Estimate, Figure, GENERATIONS_MIN, LEVEL};
use crate::record::{RacePlan, Record, Row, RowRecord, Rules};
use loopswap_statistics as statistics;

/// The facts behind the verdict of the row with this index. The proposed plan aims at an interval of ±
/// `precision` (a fraction), or at the row's threshold.
///
/// `None` if the record is not of a race, or has no such row.
#[must_use]
pub fn explain_race(record: &Record, index: usize, precision: Option<f64>) -> Option<RaceExplanation> {
    let comparison = raced(record)?;
    let header = &record.header;
    let race = header.plan.race.as_ref()?;
    let (planned, found) = record.rows().nth(index)?;
    let runtime = planned.arms.first().map_or(String::new(), |arm| arm.runtime.clone());
    let costs = Costs::of(found);
    let mut explanation = RaceExplanation {
        suite: header.plan.suite.clone(),
        created: header.created.clone(),
        base: race.base.clone(),
        head: race.head.clone(),
        rules: race.rules.clone(),
        seed: header.plan.seed,
        family: comparison.family.clone(),
        case: planned.case.clone(),
        runtime,
        operation: planned.operation.clone(),
        peers: header
            .peers
            .iter()
            .filter(|peer| planned.peers.contains(&peer.kind))
            .map(|peer| peer.name.clone())
            .collect(),
        placement: planned.placement,
        runner_cpus: planned.runner_cpus.clone(),
        peer_cpus: planned.peer_cpus.clone(),
        slice_ms: planned.slice_ms.unwrap_or(header.plan.slice_ms),
        order: Vec::new(),
        stretched: false,
        found: finding(record, race, &comparison, index),
        thresholds: thresholds(&race.rules),
        control: Vec::new(),
        screening: Vec::new(),
        looks: Vec::new(),
        confirming: Vec::new(),
        undisturbed: None,
        generation_ns: costs.generation_ns,
        round_ns: costs.round_ns,
        split: None,
        plan: None,
    };
    if let Some(measured) = Measured::of(planned, found) {
        fill(&mut explanation, planned, found, &measured);
        explanation.order = explanation.screening.first().map_or_else(Vec::new, |value| {
            let seed = header.plan.seed ^ index as u64;
            statistics::order(seed, u64::from(value.generation), value.rounds, planned.arms.len())
        });
    }
    let aim = precision.unwrap_or_else(|| explanation.found.as_ref().map_or(race.rules.margin, |row| row.threshold));
    explanation.plan = explanation.split.and_then(|split| costs.plan(&split, aim));
    Some(explanation)
}

/// The row of the comparison that belongs to a row of the plan: a case can appear twice in it.
fn finding(
    record: &Record,
    race: &RacePlan,
    comparison: &Comparison,
    index: usize,
) -> Result<Box<RowComparison>, Missing> {
    let mut before = 0;
    for (number, (planned, measured)) in record.rows().enumerate() {
        match (row::draft(race, planned, measured), number == index) {
            (Err(missing), true) => return Err(missing),
            (Ok(_), true) => break,
            (Ok(_), false) => before += 1,
            (Err(_), false) => {}
        }
    }
    comparison.rows.get(before).cloned().map(Box::new).ok_or_else(|| Missing {
        case: String::new(),
        runtime: String::new(),
        lacking: Side::Head,
        why: Some("the comparison has no such row".into()),
    })
}

fn thresholds(rules: &Rules) -> RaceThresholds {
    let race = race_rules(rules);
    RaceThresholds {
        generations: GENERATIONS_MIN,
        control_alpha: CONTROL_ALPHA,
        equivalence_level: race.equivalence_level,
        confirm_p: race.confirm_p,
        confirm_generations: 0,
        margin_max: fraction(race.margin_max),
        control_reach: None,
        floor: 0.0,
    }
}

/// What the generations show.
fn fill(explanation: &mut RaceExplanation, planned: &Row, record: &RowRecord, measured: &Measured<'_>) {
    let rules = explanation.rules.clone();
    let time = measured.of_slice(Figure::Time);
    let screening = measured.told(Part::Screening, time);
    let logs = |told: &[Told], of: fn(&Told) -> f64| told.iter().map(of).collect::<Vec<f64>>();
    let thresholds = &mut explanation.thresholds;
    thresholds.floor = Judge::of(&rules, measured, Figure::Time).floor();
    thresholds.control_reach =
        statistics::estimate(&logs(&screening, |told| told.control), LEVEL).map(|found| fraction(found.bound()));
    thresholds.confirm_generations = confirming(&rules, u32::try_from(screening.len()).unwrap_or(u32::MAX));
    explanation.stretched = measured.stretched();
    let confirming = measured.told(Part::Confirming, time);
    // The control is judged in the generations that the verdict rests on.
    let judged = if confirming.len() < GENERATIONS_MIN { &screening } else { &confirming };
    explanation.control = values(judged, |told| told.control);
    explanation.screening = values(&screening, |told| told.head);
    explanation.confirming = values(&confirming, |told| told.head);
    explanation.looks = looks(&rules, planned, record);
    explanation.split = statistics::split(&screening.iter().map(|told| told.rounds.clone()).collect::<Vec<_>>());
    if screening.iter().any(|told| told.disturbed > 0) {
        let left = logs(&measured.told(Part::Undisturbed, time), |told| told.head);
        explanation.undisturbed = statistics::weigh(&left, LEVEL).map(|found| as_is(&found.estimate));
    }
}

fn values(told: &[Told], of: fn(&Told) -> f64) -> Vec<RaceValue> {
    told.iter()
        .map(|told| RaceValue {
            generation: told.number,
            log: of(told),
            rounds: told.rounds.len(),
            disturbed: told.disturbed,
        })
        .collect()
}

/// Every look that the race took, and the one at all generations that its verdict comes from.
fn looks(rules: &Rules, planned: &Row, record: &RowRecord) -> Vec<Look> {
    let screened = record.generations.values().filter(|generation| !generation.confirms).count();
    let at: Vec<usize> = rules.looks.iter().map(|look| *look as usize).filter(|look| *look < screened).collect();
    at.into_iter()
        .chain((screened > 0).then_some(screened))
        .filter_map(|count| {
            let then = first(record, count);
            let planned_look = rules.looks.iter().any(|look| *look as usize == count);
            // The end of the race counts as a look, whenever it came.
            look(rules, &Measured::of(planned, &then)?, planned_look, count == screened)
        })
        .collect()
}

fn look(rules: &Rules, measured: &Measured<'_>, planned: bool, last: bool) -> Option<Look> {
    let seen = Judge::of(rules, measured, Figure::Time).look(Part::Screening, last)?;
    let wide = statistics::weigh(&seen.values, race_rules(rules).equivalence_level)?.estimate;
    Some(Look {
        generations: seen.values.len(),
        planned,
        logs: as_is(&seen.estimate),
        wide: as_is(&wide),
        p: seen.p,
        threshold: seen.threshold,
        outcome: seen.outcome,
    })
}

/// The row as it was when it had `screening` screening generations.
fn first(record: &RowRecord, screening: usize) -> RowRecord {
    let mut then = record.clone();
    let mut left = screening;
    then.generations.retain(|_, generation| {
        let keep = !generation.confirms && left > 0;
        left -= usize::from(keep);
        keep
    });
    then
}

fn as_is(found: &statistics::Estimate) -> Estimate {
    Estimate::of(found, |log| log)
}
