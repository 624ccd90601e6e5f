//! Remarks about the percentiles of a row: which are missing and why, and whether the machine tells the
//! reference's percentiles from the control's.

use super::places::{reference, runtimes};
use super::samples::Processes;
use super::sentence::list;
use super::{CONTROL_ALPHA, GENERATIONS_MIN, MARGIN_MIN, latency};
use crate::model::{ArmReport, Limit, LimitKind, RowReport};
use crate::record::{Role, Row};
use loopswap_statistics as statistics;
use std::collections::BTreeMap;

/// Adds what makes the percentiles of the row missing or doubtful.
pub(super) fn doubts(row: &Row, processes: &[Processes<'_>], report: &mut RowReport) {
    let mut found = missing(report);
    // An open loop is judged by its 99th percentile, so the control of the row already says it.
    if report.rate_per_s.is_none() {
        found.extend(control(row, processes, report));
    }
    report.limits.extend(found);
}

/// A sentence for every reason why a percentile that views show is missing.
fn missing(report: &RowReport) -> Vec<Limit> {
    let shown: &[&str] = if report.rate_per_s.is_some() { &["p50", "p99", "p999"] } else { &["p50", "p99"] };
    let recorded: Vec<&ArmReport> = runtimes(report).filter(|arm| arm.latency.is_some()).collect();
    let mut by_reason: BTreeMap<&String, (Vec<&str>, Vec<String>)> = BTreeMap::new();
    for name in shown {
        for arm in &recorded {
            let Some(reason) = arm.percentiles_withheld.get(*name) else { continue };
            let (names, arms) = by_reason.entry(reason).or_default();
            if !names.contains(name) {
                names.push(name);
            }
            if !arms.contains(&arm.label()) {
                arms.push(arm.label());
            }
        }
    }
    let sentence = |(reason, (names, arms)): (&String, (Vec<&str>, Vec<String>))| {
        let names: Vec<String> = names.iter().map(|name| name.replace("p999", "p99.9")).collect();
        let whose = if arms.len() == recorded.len() { String::new() } else { format!(" of {}", list(&arms)) };
        let sentence = format!("no {}{whose}: {reason}", names.join(", no "));
        Limit { kind: LimitKind::NoPercentile, arms, sentence }
    };
    by_reason.into_iter().map(sentence).collect()
}

/// Whether the reference's 99th percentile differs from the control's, both of the same generation.
fn control(row: &Row, processes: &[Processes<'_>], report: &RowReport) -> Option<Limit> {
    let twin = row.arms.iter().position(|arm| arm.role == Role::Control)?;
    let of_reference = processes.get(reference(row)?)?;
    let logs: Vec<f64> = latency::log_ratios(processes.get(twin)?, of_reference).into_values().collect();
    let found = statistics::control(&logs, CONTROL_ALPHA, MARGIN_MIN.ln_1p())?;
    if found.fine || logs.len() < GENERATIONS_MIN {
        return None;
    }
    let statistics::Ratio { centre, lower, upper } = found.estimate.exp();
    let arm = report.arms.get(twin)?;
    let sentence = format!(
        "p99 tells {} from itself: the control's is {centre:.3} times the reference's ({lower:.3} to {upper:.3}); \
         differences of that size between others are none",
        arm.runtime
    );
    Some(Limit { kind: LimitKind::PercentileUnsteady, arms: vec![arm.label()], sentence })
}
