//! One row: its arms, its limits, its control, its errors.

use super::source::Source;
use super::{arm, compare, faults, limits, tails};
use crate::judge::pairs::Pairs;
use crate::judge::samples::{self, Processes};
use crate::judge::{ControlReport, Figure, MARGIN_MIN};
use crate::model::{ArmReport, RowReport};
use crate::record::{Header, PeerIdentity, Row, RowRecord};
use loopswap_statistics::median;

/// A row that waits for its verdicts: they depend on all other rows.
#[derive(Clone)]
pub(super) struct Draft {
    /// The row, its arms in the order of the plan.
    pub(super) report: RowReport,
    /// The comparison of each arm with the reference, by the arm's place in the plan.
    pub(super) comparisons: Vec<Option<Pairs>>,
    /// Errors of any kind.
    pub(super) errors: usize,
}

impl Draft {
    /// The finished row: best arm first.
    pub(super) fn finish(self) -> RowReport {
        let mut report = self.report;
        let ranked_by = report.ranked_by;
        report.arms.sort_by(|a, b| a.status.cmp(&b.status).then(rank(a, ranked_by).total_cmp(&rank(b, ranked_by))));
        report
    }
}

/// The figure that arms are sorted by: less is better.
fn rank(arm: &ArmReport, ranked_by: Figure) -> f64 {
    let figure = match ranked_by {
        Figure::Time => arm.time_ns.map(|estimate| estimate.value),
        Figure::Cpu => arm.cpu_ns_per_op.runner.map(|estimate| estimate.value),
        Figure::Response => arm.percentiles.and_then(|found| found.p99_ns).map(|p99| p99.value),
    };
    figure.unwrap_or(f64::INFINITY)
}

/// Everything about a row that does not depend on the others.
pub(super) fn draft(row: &Row, measured: &RowRecord, header: &Header) -> Draft {
    let processes: Vec<Processes<'_>> = (0..row.arms.len()).map(|index| samples::processes(measured, index)).collect();
    let source = Source { plan: &header.plan, row, measured, processes };
    let mut damaged = Vec::new();
    let arms: Vec<ArmReport> = (0..row.arms.len()).map(|index| arm::arm(&source, index, &mut damaged)).collect();
    let row_errors = measured.faults.iter().filter(|fault| fault.arm.is_none() && fault.kind.is_error()).count();
    let errors = row_errors + arms.iter().map(|arm| arm.errors).sum::<usize>();
    let mut said = faults::row_errors(row, measured, |index| arms.get(index).is_some_and(ArmReport::is_measured));
    said.append(&mut damaged);
    let (sentences, error_arms) = said.into_iter().map(|error| (error.sentence, error.runtime)).unzip();

    let mut report = RowReport {
        arms,
        errors: sentences,
        error_arms,
        peers: peers(row, header),
        generations: measured.generations.len(),
        rounds: rounds(measured),
        slice_ms: slice_ms(&source.processes),
        ranked_by: Figure::Time,
        ..blank(row)
    };
    limits::overload(&mut report);
    limits::bounds(row, limits::taken_by_others(&source), &mut report);
    report.ranked_by = limits::ranked_by(&report);
    let comparisons = compare::comparisons(&source, &mut report);
    compare::control(&source, &comparisons, &mut report);
    limits::doubts(&source, &comparisons, &mut report);
    tails::doubts(&source, &mut report);
    Draft { report, comparisons, errors }
}

/// The part of the row that the plan knows.
fn blank(row: &Row) -> RowReport {
    RowReport {
        case: row.case.clone(),
        workload: row.workload.clone(),
        params: row.params.clone(),
        operation: row.operation.clone(),
        granule: row.granule_name.clone(),
        granule_ops: row.granule,
        headline: row.headline,
        rate_per_s: row.rate(),
        latency_name: row.latency_name.clone(),
        why: row.why.clone(),
        read: row.read.clone(),
        traps: row.traps.clone(),
        placement: row.placement,
        runner_cpus: row.runner_cpus.clone(),
        peer_cpus: row.peer_cpus.clone(),
        peers: Vec::new(),
        generations: 0,
        rounds: 0.0,
        slice_ms: None,
        control: ControlReport::missing("not judged yet"),
        margin: MARGIN_MIN,
        serial: None,
        limits: Vec::new(),
        ranked_by: Figure::Time,
        arms: Vec::new(),
        errors: Vec::new(),
        error_arms: Vec::new(),
    }
}

fn peers(row: &Row, header: &Header) -> Vec<PeerIdentity> {
    row.peers.iter().filter_map(|kind| header.peers.iter().find(|peer| peer.kind == *kind)).cloned().collect()
}

/// Rounds of a generation: those of the arm with the most.
fn rounds(measured: &RowRecord) -> f64 {
    let rounds: Vec<f64> = measured
        .generations
        .values()
        .filter_map(|generation| generation.processes.values().map(|process| process.slices.len()).max())
        .map(|rounds| rounds as f64)
        .collect();
    median(&rounds).unwrap_or(0.0)
}

fn slice_ms(processes: &[Processes<'_>]) -> Option<f64> {
    let by_arm: Vec<f64> = processes
        .iter()
        .filter_map(|processes| median(&samples::medians(processes, |slice| slice.ns as f64 / 1e6)))
        .collect();
    median(&by_arm)
}
