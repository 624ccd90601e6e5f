//! What stands above the rows of every view: may I trust it, and what was it.

use super::row_words;
use crate::model::{Report, RowReport};
use crate::record::{EndReason, Environment, Placement};
use crate::words::{clean, counted, duration, p_value, percent, time};
use loopswap_protocol::cpu_ranges;
use loopswap_statistics::SERIAL_P;
use std::collections::BTreeSet;

/// The title: what was run, how much of it, how long it took.
pub(super) fn title(report: &Report) -> String {
    title_of(report, &duration(report.wall_s))
}

/// The title, with its last part: the time that the run took, or will take.
pub(super) fn title_of(report: &Report, time: &str) -> String {
    let runtimes: BTreeSet<&str> =
        report.rows.iter().flat_map(row_words::lines).map(|arm| arm.runtime.as_str()).collect();
    clean(&format!(
        "loopswap {} · suite {} · {} × {} · {time}",
        report.loopswap,
        report.suite,
        counted(report.rows.len(), "row"),
        counted(runtimes.len(), "runtime"),
    ))
}

/// The machine, the placement and the seed.
pub(super) fn machine(report: &Report) -> String {
    let environment = &report.environment;
    let kernel: Vec<&str> = environment.kernel.split_whitespace().take(2).collect();
    let mut parts = vec![format!("{} × {}, {}", environment.cpus_online, environment.cpu_model, kernel.join(" "))];
    parts.extend(environment.cpu_quota.map(|cpus| format!("quota of {cpus:.2} CPUs")));
    parts.extend(placements(report));
    parts.push(format!("seed {:x}", report.seed));
    clean(&parts.join(" · "))
}

/// What was chosen of a machine that has more, and what it has not better to offer; a sentence each.
pub(super) fn chosen(report: &Report) -> Vec<String> {
    if let Some(unpinned) = unpinned(&report.environment) {
        return vec![unpinned];
    }
    let Some(choice) = &report.cpu_choice else { return Vec::new() };
    let part = (!choice.idle.is_empty()).then(|| clean(&format!("cpus: {}", choice.why)));
    let caveats = choice.caveats.iter().map(|caveat| clean(&format!("beware: {caveat}")));
    let split = report.rows.iter().any(|row| row.placement == Placement::Split);
    part.into_iter().chain(caveats).filter(|_| split).collect()
}

/// Where nothing could be placed on CPUs: that, and why.
fn unpinned(environment: &Environment) -> Option<String> {
    let why = environment.unpinned.as_ref()?;
    Some(clean(&format!("nothing is pinned to CPUs: {why}; everything ran wherever the kernel put it")))
}

/// Whether the run tells the reference from itself, and how small a difference it could see.
pub(super) fn control(report: &Report) -> String {
    let summary = &report.summary;
    let judged = summary.rows.saturating_sub(summary.controls_too_few);
    let verdict = match (judged, summary.controls_flagged) {
        (0, _) => "not judged, too few generations".to_owned(),
        (judged, 0) => format!("fine, 0 of {} flagged", counted(judged, "row")),
        (judged, flagged) => {
            format!(
                "{flagged} of {} flagged (no verdicts in {})",
                counted(judged, "row"),
                if flagged == 1 { "it" } else { "them" }
            )
        }
    };
    let few = match summary.controls_too_few {
        few if few > 0 && judged > 0 => format!(", {} not judged (too few generations)", counted(few, "row")),
        _ => String::new(),
    };
    let visible = match summary.smallest_visible {
        None if summary.nothing_visible => {
            "; too few generations, or too much scatter, for a single difference to be seen".to_owned()
        }
        None => String::new(),
        Some(visible) => format!("; this run could see differences from {}", percent(visible)),
    };
    format!("control: {verdict}{few}{visible}")
}

/// Whether generations resemble their neighbours, and what was done about it.
pub(super) fn order(report: &Report) -> Option<String> {
    let found = report.serial?;
    let everywhere = (found.allowed > 0.0)
        .then(|| format!("serial correlation; every interval and verdict allows for one of {:.2}", found.allowed));
    let more = report.rows.iter().filter(|row| row_words::correlated(report, row).is_some()).count();
    let bound =
        if (&everywhere, more) == (&None, 0) { format!("; found means p ≤ {SERIAL_P}") } else { String::new() };
    let so = match (everywhere, more) {
        (None, 0) => "no serial correlation found".to_owned(),
        (None, more) => format!(
            "serial correlation in {more} of {}, whose intervals and verdicts allow for it",
            counted(report.rows.len(), "row")
        ),
        (Some(everywhere), 0) => everywhere,
        (Some(everywhere), more) => format!("{everywhere}, in {} for more", counted(more, "row")),
    };
    Some(format!("order of generations: {so} (lag-1 {:.2}, p {}{bound})", found.lag1, p_value(found.p)))
}

/// Set where the run is not complete.
pub(super) fn incomplete(report: &Report) -> Option<String> {
    let why = match report.complete {
        EndReason::Finished => return None,
        EndReason::Interrupted => "interrupted",
        EndReason::Failed => "ended by a failure",
        EndReason::Unknown => "the record has no end",
    };
    let whole = |row: &&RowReport| row.generations >= report.generations as usize;
    let rows = report.rows.iter().filter(whole).count();
    Some(format!(
        "incomplete ({why}): {rows} of {} have all {}",
        counted(report.rows.len(), "row"),
        counted(report.generations as usize, "generation"),
    ))
}

/// How honest the time was: what share of it was timed, and what went wrong.
pub(super) fn closing(report: &Report) -> String {
    let summary = &report.summary;
    let mut parts = Vec::new();
    if let Some(share) = report.timed_share {
        parts.push(format!("{} of {} was timed", percent(share), duration(report.wall_s)));
    }
    if let Some(turn) = &report.turn_around {
        parts.push(format!("turn-around {} median, {} p99", time(turn.p50_ns as f64), time(turn.p99_ns as f64)));
    }
    parts.push(counted(summary.errors, "error"));
    let rest = [
        (summary.skipped, "skipped"),
        (summary.unsupported, "unsupported"),
        (summary.did_not_finish, "did not finish"),
        (summary.failed, "failed"),
        (summary.not_reached, "not measured"),
    ];
    parts.extend(rest.iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}")));
    parts.join(" · ")
}

/// The placements of the report, each with its CPUs where all its rows agree.
fn placements(report: &Report) -> Vec<String> {
    let mut seen: Vec<Placement> = Vec::new();
    for row in &report.rows {
        if !seen.contains(&row.placement) {
            seen.push(row.placement);
        }
    }
    seen.into_iter().map(|placement| placement_of(report, placement)).collect()
}

fn placement_of(report: &Report, placement: Placement) -> String {
    let rows = || report.rows.iter().filter(move |row| row.placement == placement);
    let with_peers: BTreeSet<_> =
        rows().filter(|row| !row.peer_cpus.is_empty()).map(|row| (&row.runner_cpus, &row.peer_cpus)).collect();
    let alone: BTreeSet<_> = rows().map(|row| &row.runner_cpus).collect();
    let where_ = match (with_peers.len(), with_peers.first(), alone.len(), alone.first()) {
        (1, Some((runner, peer)), ..) => format!(" (runner {}, peer {})", cpus(runner), cpus(peer)),
        (0, _, 1, Some(runner)) => format!(" (runner {})", cpus(runner)),
        _ => String::new(),
    };
    format!("{} placement{where_}", placement_name(placement))
}

/// The word for a placement.
pub(super) fn placement_name(placement: Placement) -> &'static str {
    match placement {
        Placement::Split => "split",
        Placement::SameCore => "same-core",
        Placement::Free => "free",
    }
}

/// "cpu 0", "cpus 0,1".
pub(super) fn cpus(cpus: &[usize]) -> String {
    format!("{} {}", if cpus.len() == 1 { "cpu" } else { "cpus" }, cpu_ranges(cpus))
}
