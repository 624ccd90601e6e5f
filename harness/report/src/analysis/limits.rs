//! What limited the arms of a row, from how busy both ends were, and other reasons for doubt.

use super::GENERATIONS_MIN;
use super::compare::Comparison;
use super::places::runtimes;
use super::samples::{self, Processes};
use super::sentence::{list, percent_range};
use crate::model::{ArmReport, Busy, Limit, LimitKind, RankedBy, RowReport};
use crate::record::{Plan, Role, Row, RowRecord};
use loopswap_statistics::{bimodal, median};

mod bound;
mod pace;
mod throttle;

pub(super) use bound::bounds;
pub(super) use pace::overload;

/// Share of the CPUs that others may take before the row says so.
pub(super) const DISTURBED_MIN: f64 = 0.05;

/// The kernel reports times in steps of 10 ms, for each CPU and each kind of time by itself: largest error of
/// a difference of two samples, in nanoseconds.
const STEPS_NS: u64 = 20_000_000;

/// What others certainly took, from a time reported in steps.
pub(super) fn surely(ns: u64) -> u64 {
    ns.saturating_sub(STEPS_NS)
}

/// A row limited by its peer is ranked by CPU time: throughput cannot tell its arms apart. In an open loop
/// the throughput is given.
pub(super) fn ranked_by(report: &RowReport) -> RankedBy {
    if report.rate_per_s.is_some() {
        return RankedBy::ResponseTime;
    }
    let Some(limit) = report.limits.iter().find(|limit| limit.kind == LimitKind::PeerBound) else {
        return RankedBy::Throughput;
    };
    let bound: Vec<&ArmReport> = runtimes(report).filter(|arm| limit.arms.contains(&arm.label())).collect();
    if bound.len() >= 2 || bound.iter().any(|arm| arm.role == Role::Reference) {
        RankedBy::CpuPerOperation
    } else {
        RankedBy::Throughput
    }
}

/// Adds what makes the figures of the row doubtful.
pub(super) fn doubts(
    plan: &Plan,
    row: &Row,
    measured: &RowRecord,
    processes: &[Processes<'_>],
    comparisons: &[Option<Comparison>],
    report: &mut RowReport,
) {
    let found = [
        throttle::throttled(measured, report),
        disturbed(taken_by_others(plan, row, measured), report),
        // The length of a slice of an open loop follows from its rate.
        report.rate_per_s.map_or_else(|| two_heaps(processes, report), |_| None),
        too_few(plan, row, processes, comparisons, report),
    ];
    report.limits.extend(found.into_iter().flatten());
}

/// Share of the CPUs of the run that others took meanwhile: median over generations.
pub(super) fn taken_by_others(plan: &Plan, row: &Row, measured: &RowRecord) -> f64 {
    let cpus = plan.watched(row).len().max(1) as f64;
    let shares: Vec<f64> = measured
        .generations
        .values()
        .map(|generation| generation.closed)
        .filter(|closed| closed.wall_ns > 0)
        .map(|closed| (closed.foreign_ns as f64 + closed.steal_ns as f64) / (closed.wall_ns as f64 * cpus))
        .collect();
    median(&shares).unwrap_or(0.0)
}

fn disturbed(taken: f64, report: &RowReport) -> Option<Limit> {
    let arms: Vec<String> = report.arms.iter().filter(|arm| arm.is_measured()).map(ArmReport::label).collect();
    let sentence = format!(
        "disturbed by neighbours: other processes or the hypervisor took {:.0} % of the CPUs (median generation)",
        taken * 100.0
    );
    let worth_saying = taken > DISTURBED_MIN && !arms.is_empty();
    worth_saying.then_some(Limit { kind: LimitKind::NeighbourDisturbed, arms, sentence })
}

fn two_heaps(processes: &[Processes<'_>], report: &RowReport) -> Option<Limit> {
    let arms: Vec<String> = report
        .arms
        .iter()
        .zip(processes)
        .filter(|(_, processes)| {
            let logs: Vec<f64> = samples::medians(processes, samples::typical).into_iter().map(f64::ln).collect();
            bimodal(&logs)
        })
        .map(|(arm, _)| arm.label())
        .collect();
    let sentence =
        format!("two modes: the generations of {} fall into two heaps, one centre describes neither", list(&arms));
    (!arms.is_empty()).then_some(Limit { kind: LimitKind::Bimodal, arms, sentence })
}

fn too_few(
    plan: &Plan,
    row: &Row,
    processes: &[Processes<'_>],
    comparisons: &[Option<Comparison>],
    report: &RowReport,
) -> Option<Limit> {
    // An arm can have enough generations by itself but too few together with the reference.
    let pairs = |index: usize| match row.arms.get(index).map(|arm| arm.role) {
        Some(Role::Reference) => processes[index].len(),
        _ => comparisons.get(index).and_then(Option::as_ref).map_or(0, |comparison| comparison.logs.len()),
    };
    let few: Vec<(String, usize)> = report
        .arms
        .iter()
        .enumerate()
        .filter(|(_, arm)| arm.is_measured())
        .map(|(index, arm)| (arm.label(), pairs(index)))
        .filter(|(_, pairs)| *pairs < GENERATIONS_MIN)
        .collect();
    let all = few.len() == report.arms.iter().filter(|arm| arm.is_measured()).count();
    let most = few.iter().map(|(_, pairs)| *pairs).max()?;
    let arms: Vec<String> = few.into_iter().map(|(label, _)| label).collect();
    let whose = if all { String::new() } else { format!(" of {}", list(&arms)) };
    let sentence = format!(
        "too few generations{whose}: {most} of {} planned; a verdict takes {GENERATIONS_MIN} shared with the reference",
        plan.generations
    );
    Some(Limit { kind: LimitKind::TooFew, arms, sentence })
}

/// Names for a sentence; `None` if it is about all runtimes of the row.
fn names(arms: &[&ArmReport], report: &RowReport) -> Option<String> {
    let named: Vec<String> = arms.iter().filter(|arm| arm.role != Role::Control).map(|arm| arm.label()).collect();
    (named.len() < runtimes(report).count()).then(|| list(&named))
}

/// "97 %", "93 to 97 %".
fn percent(arms: &[&ArmReport], busy: impl Fn(&ArmReport) -> Option<Busy>) -> String {
    let shares = arms.iter().filter_map(|arm| busy(arm)).map(|busy| busy.share());
    percent_range(shares).unwrap_or_else(|| "?".into())
}

/// "97 % of its CPU", "93 to 97 % of their 2 CPUs".
fn percent_of_cpus(arms: &[&ArmReport], whose: &str, busy: impl Fn(&ArmReport) -> Option<Busy>) -> String {
    let percent = percent(arms, &busy);
    match arms.iter().filter_map(|arm| busy(arm)).map(|busy| busy.of).max().unwrap_or(1) {
        1 => format!("{percent} of {whose} CPU"),
        cpus => format!("{percent} of {whose} {cpus} CPUs"),
    }
}
