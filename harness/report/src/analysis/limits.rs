//! What limited the arms of a row, from how busy both ends were, and other reasons for doubt.

use super::source::Source;
use crate::judge::pairs::Pairs;
use crate::judge::samples::{self, Processes};
use crate::judge::{Figure, GENERATIONS_MIN};
use crate::model::{ArmReport, Busy, Limit, LimitKind, RowReport};
use crate::record::Role;
use crate::words::{list, percent_range};
use loopswap_statistics::{bimodal, median};

mod bound;
mod pace;
mod throttle;

pub(super) use bound::bounds;
pub(super) use pace::overload;

/// Share of the CPUs that others may take before the row says so.
pub(super) const DISTURBED_MIN: f64 = 0.05;

/// A row limited by its peer is ranked by CPU time: throughput cannot tell its arms apart. In an open loop
/// the throughput is given.
pub(super) fn ranked_by(report: &RowReport) -> Figure {
    if report.rate_per_s.is_some() {
        return Figure::Response;
    }
    let Some(limit) = report.limits.iter().find(|limit| limit.kind == LimitKind::PeerBound) else {
        return Figure::Time;
    };
    let bound: Vec<&ArmReport> = report.runtimes().filter(|arm| limit.arms.contains(&arm.label())).collect();
    if bound.len() >= 2 || bound.iter().any(|arm| arm.role == Role::Reference) { Figure::Cpu } else { Figure::Time }
}

/// Adds what makes the figures of the row doubtful.
pub(super) fn doubts(source: &Source<'_>, comparisons: &[Option<Pairs>], report: &mut RowReport) {
    let found = [
        throttle::throttled(source.measured, report),
        disturbed(taken_by_others(source), report),
        // The length of a slice of an open loop follows from its rate.
        report.rate_per_s.map_or_else(|| two_heaps(&source.processes, report), |_| None),
        too_few(source, comparisons, report),
    ];
    report.limits.extend(found.into_iter().flatten());
}

/// Share of the CPUs of the run that others took meanwhile: median over generations.
pub(super) fn taken_by_others(source: &Source<'_>) -> f64 {
    let cpus = source.plan.watched(source.row).len().max(1) as f64;
    let shares: Vec<f64> = source
        .measured
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
        .filter(|(_, processes)| bimodal(&samples::log_medians(processes, samples::typical)))
        .map(|(arm, _)| arm.label())
        .collect();
    let sentence =
        format!("two modes: the generations of {} fall into two heaps, one centre describes neither", list(&arms));
    (!arms.is_empty()).then_some(Limit { kind: LimitKind::Bimodal, arms, sentence })
}

fn too_few(source: &Source<'_>, comparisons: &[Option<Pairs>], report: &RowReport) -> Option<Limit> {
    // An arm can have enough generations by itself but too few together with the reference.
    let pairs = |index: usize| match source.row.arms.get(index).map(|arm| arm.role) {
        Some(Role::Reference) => source.processes[index].len(),
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
        source.plan.generations
    );
    Some(Limit { kind: LimitKind::TooFew, arms, sentence })
}

/// Names for a sentence; `None` if it is about all runtimes of the row.
fn names(arms: &[&ArmReport], report: &RowReport) -> Option<String> {
    let named: Vec<String> = arms.iter().filter(|arm| arm.role != Role::Control).map(|arm| arm.label()).collect();
    (named.len() < report.runtimes().count()).then(|| list(&named))
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
