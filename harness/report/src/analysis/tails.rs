//! Remarks about the percentiles of a row: which are missing and why, and whether the machine tells the
//! reference's percentiles from the control's.

use super::source::Source;
use crate::judge::pairs::Pairs;
use crate::judge::{ControlStatus, Figure, MARGIN_MIN, twins};
use crate::model::{ArmReport, Limit, LimitKind, RowReport};
use crate::record::Role;
use crate::words::list;
use loopswap_statistics::Ratio;
use std::collections::BTreeMap;

/// Adds what makes the percentiles of the row missing or doubtful.
pub(super) fn doubts(source: &Source<'_>, report: &mut RowReport) {
    let mut found = missing(report);
    // An open loop is judged by its 99th percentile, so the control of the row already says it.
    if report.rate_per_s.is_none() {
        found.extend(control(source, report));
    }
    report.limits.extend(found);
}

/// A sentence for every reason why a percentile that views show is missing.
fn missing(report: &RowReport) -> Vec<Limit> {
    let shown: &[&str] = if report.rate_per_s.is_some() { &["p50", "p99", "p999"] } else { &["p50", "p99"] };
    let recorded: Vec<&ArmReport> = report.runtimes().filter(|arm| arm.latency.is_some()).collect();
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
fn control(source: &Source<'_>, report: &RowReport) -> Option<Limit> {
    let twin = source.row.place_of(Role::Control)?;
    let of_reference = source.processes.get(source.row.place_of(Role::Reference)?)?;
    let found = twins(&Pairs::of(Figure::Response, source.processes.get(twin)?, of_reference).logs, MARGIN_MIN)?;
    if found.status != ControlStatus::NotTrustworthy {
        return None;
    }
    let Ratio { centre, lower, upper } = found.estimate.exp();
    let arm = report.arms.get(twin)?;
    let sentence = format!(
        "p99 tells {} from itself: the control's is {centre:.3} times the reference's ({lower:.3} to {upper:.3}); \
         differences of that size between other arms mean nothing",
        arm.runtime
    );
    Some(Limit { kind: LimitKind::PercentileUnsteady, arms: vec![arm.label()], sentence })
}
