//! An arm or a row in words, the same in every view.

use crate::judge::{Figure, MARGIN_MIN};
use crate::model::{ArmReport, ArmStatus, LimitKind, Report, RowReport, Verdict};
use crate::record::Role;
use crate::words::{clean, p_value, percent, time};
use loopswap_protocol::{Headline, quoted};

/// The sign of a verdict.
pub(super) fn sign(verdict: Verdict) -> char {
    match verdict {
        Verdict::Better => '▲',
        Verdict::Worse => '▼',
        Verdict::Same => '=',
        Verdict::Undecided => '?',
        Verdict::None => ' ',
    }
}

/// What the signs mean.
pub(super) const LEGEND: &str = "▲ better, ▼ worse, = the same within the margin, ? undecided";

/// The arms that have a line: all but the control, which has a sentence.
pub(super) fn lines(row: &RowReport) -> Vec<&ArmReport> {
    row.arms.iter().filter(|arm| arm.role != Role::Control).collect()
}

/// The subject of the row, without the name of the case.
pub(super) fn subject(row: &RowReport) -> String {
    let what = match row.headline {
        Headline::Rate => row.operation.clone(),
        Headline::Response => {
            format!("{} at {}/s, open loop", row.operation, row.rate_per_s.unwrap_or_default())
        }
        Headline::Time if row.granule_ops > 1 => {
            format!("time of one {} ({} × {})", row.granule, row.granule_ops, row.operation)
        }
        Headline::Time => format!("time of one {}", row.granule),
    };
    clean(&what)
}

/// Who served: `redis-server 7.0.15`, `2 × redis-server 7.0.15`.
pub(super) fn peers(row: &RowReport) -> Vec<String> {
    let mut counted: Vec<(&str, usize)> = Vec::new();
    for peer in &row.peers {
        match counted.iter_mut().find(|(name, _)| *name == peer.name) {
            Some((_, count)) => *count += 1,
            None => counted.push((&peer.name, 1)),
        }
    }
    counted
        .into_iter()
        .map(|(name, count)| clean(&if count == 1 { name.to_owned() } else { format!("{count} × {name}") }))
        .collect()
}

/// The last line that its runner wrote to its standard error, if it wrote any: most programs say there why they end.
fn last_words(arm: &ArmReport) -> String {
    let line = arm.stderr.as_deref().and_then(|stderr| stderr.trim_end().lines().last());
    line.map_or_else(String::new, |line| format!("; it wrote: {}", clean(&quoted(line.trim()))))
}

/// Why an arm has no result.
pub(super) fn no_result(report: &Report, arm: &ArmReport) -> String {
    let reason = clean(arm.reason.as_deref().unwrap_or_default());
    let said = match (arm.status, arm.projected_ns) {
        (ArmStatus::DidNotFinish, Some(ns)) => format!(
            "did not finish: would take about {} (limit {})",
            time(ns as f64),
            time(report.limit_ms as f64 * 1e6)
        ),
        (ArmStatus::DidNotFinish, None) => format!("did not finish: {reason}"),
        (ArmStatus::Skipped, _) => format!("skipped: {reason}"),
        (ArmStatus::Unsupported, _) => format!("unsupported: {reason}"),
        (ArmStatus::NotReached, _) => format!("not measured: {reason}"),
        (ArmStatus::Failed | ArmStatus::Measured, _) => format!("failed: {reason}{}", last_words(arm)),
    };
    match &arm.remedy {
        Some(remedy) => format!("– {said}; {}", clean(remedy)),
        None => format!("– {said}"),
    }
}

/// The rate of an open loop: asked for, and reached by those that kept up (the others are listed as a limit).
pub(super) fn pace(row: &RowReport) -> Option<String> {
    let asked = row.rate_per_s?;
    let behind = row.limits.iter().find(|limit| limit.kind == LimitKind::Overloaded);
    let kept_up = lines(row).into_iter().filter(|arm| behind.is_none_or(|limit| !limit.arms.contains(&arm.label())));
    let rates: Vec<f64> = kept_up.filter_map(|arm| Some(arm.rate?.value.round())).collect();
    let (least, most) = (rates.iter().copied().reduce(f64::min)?, rates.iter().copied().reduce(f64::max)?);
    let done = if least == most { format!("{least}") } else { format!("{least} to {most}") };
    Some(format!("asked for {asked}/s, {done}/s were done"))
}

/// How precise the 99th percentiles are, if the table has no room to say it of each.
pub(super) fn tails(row: &RowReport) -> Option<String> {
    let tail = |arm: &ArmReport| {
        let found = arm.percentiles?;
        if row.headline == Headline::Response { found.p999_ns } else { found.p99_ns }?.relative()
    };
    let halves: Vec<f64> = lines(row).into_iter().filter_map(tail).collect();
    let (least, most) = (halves.iter().copied().reduce(f64::min)?, halves.iter().copied().reduce(f64::max)?);
    let name = if row.headline == Headline::Response { "p99.9" } else { "p99" };
    let (least, most) = (percent(least), percent(most));
    let range = if least == most { most } else { format!("{} to {most}", least.trim_end_matches(" %")) };
    Some(format!("{name} is known to ± {range}"))
}

/// What limited the row.
pub(super) fn limits(row: &RowReport) -> Vec<String> {
    let bounds = row.limits.iter().filter(|limit| limit.kind.is_bound());
    bounds.map(|limit| clean(&limit.sentence)).collect()
}

/// The doubts about the row.
pub(super) fn doubts(report: &Report, row: &RowReport) -> Vec<String> {
    let mut doubts = Vec::new();
    if !row.control.fine {
        doubts.push(row.control.sentence.clone());
    } else if row.margin > MARGIN_MIN * 1.05 {
        let margin = percent(row.margin);
        doubts.push(format!("the control scatters: differences count from {margin} on in this row"));
    }
    doubts.extend(row.limits.iter().filter(|limit| !limit.kind.is_bound()).map(|limit| limit.sentence.clone()));
    doubts.extend(correlated(report, row));
    doubts.extend(undecided(row));
    doubts.iter().map(|doubt| clean(doubt)).collect()
}

/// That the generations of the row are not independent, if it allows for more than the whole report does.
pub(super) fn correlated(report: &Report, row: &RowReport) -> Option<String> {
    let everywhere = report.serial.map_or(0.0, |found| found.allowed);
    let found = row.serial.filter(|found| found.allowed > everywhere)?;
    let (allowed, lag1) = (found.allowed, found.lag1);
    Some(format!(
        "generations resemble their neighbours (lag-1 {lag1:.2}, p {}): intervals and verdicts allow for a correlation of \
         {allowed:.2}",
        p_value(found.p)
    ))
}

/// The smallest visible difference, if none was settled.
fn undecided(row: &RowReport) -> Option<String> {
    let arms: Vec<String> = row
        .arms
        .iter()
        .filter(|arm| arm.verdict == Verdict::Undecided)
        .map(|arm| match arm.smallest_visible {
            Some(visible) => format!("{} {}", arm.runtime, percent(visible.max(row.margin))),
            None => format!("{} none, with so few generations", arm.runtime),
        })
        .collect();
    (!arms.is_empty())
        .then(|| format!("undecided (with the smallest difference that would have been seen): {}", arms.join(", ")))
}

/// The quantity of the ratio column.
pub(super) fn ratio_head(report: &Report, row: &RowReport) -> String {
    match row.ranked_by {
        Figure::Time => clean(&format!("vs {}", report.reference)),
        Figure::Cpu => clean(&format!("ops/cpu vs {}", report.reference)),
        Figure::Response => clean(&format!("p99 vs {}", report.reference)),
    }
}

/// How to read a row that is not ranked by throughput.
pub(super) fn ranking(row: &RowReport) -> Option<&'static str> {
    match row.ranked_by {
        Figure::Time => None,
        Figure::Cpu => Some("ranked by cpu/op; a ratio of 2 does twice the operations with the same CPU time"),
        Figure::Response => {
            Some("ranked by p99, counted from when an operation was meant to start; a ratio of 2 waits half as long")
        }
    }
}
