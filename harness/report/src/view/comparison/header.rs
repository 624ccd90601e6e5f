//! The lines above the rows of every view of a comparison: what was raced, whether to trust it, what changed.

use super::words;
use crate::comparison::{Comparison, Kind, Verdict};
use crate::judge::ControlStatus;
use crate::record::{Build, EndReason, Environment};
use crate::words::{clean, counted, duration, p_bound, percent, time};
use loopswap_statistics::median;
use std::collections::BTreeSet;

/// The title: what was compared, how much of it, how long it took.
pub(super) fn title(comparison: &Comparison) -> String {
    let kind = match comparison.kind {
        Kind::Race => "race",
        Kind::Compare => "compare",
    };
    let cases: BTreeSet<&str> = comparison.rows.iter().map(|row| row.case.as_str()).collect();
    let mut parts = vec![
        format!("loopswap {}", comparison.loopswap),
        format!("{kind} of suite {}", comparison.suite),
        format!("{} of {}", counted(comparison.rows.len(), "row"), counted(cases.len(), "case")),
    ];
    if comparison.wall_s > 0.0 {
        parts.push(duration(comparison.wall_s));
    }
    clean(&parts.join(" · "))
}

/// The machine or machines, and the seed.
pub(super) fn machine(comparison: &Comparison) -> String {
    let [base, head] = [&comparison.base.environment, &comparison.head.environment].map(host);
    let mut parts = if base == head { vec![base] } else { vec![format!("BASE {base}"), format!("HEAD {head}")] };
    if let Some(seed) = comparison.seed {
        parts.push(format!("seed {seed:x}"));
    }
    clean(&parts.join(" · "))
}

fn host(environment: &Environment) -> String {
    let kernel: Vec<&str> = environment.kernel.split_whitespace().take(2).collect();
    let unpinned = if environment.unpinned.is_some() { ", nothing pinned to CPUs" } else { "" };
    format!("{} × {}, {}{unpinned}", environment.cpus_online, environment.cpu_model, kernel.join(" "))
}

/// One of the two sides: its label and what was built.
pub(in crate::view) fn side(name: &str, build: &Build) -> String {
    let environment = &build.environment;
    let commit = match (&environment.git_commit, environment.git_dirty) {
        (None, _) => String::new(),
        (Some(commit), dirty) => {
            let short: String = commit.chars().take(12).collect();
            format!(", commit {short}{}", if dirty == Some(true) { " with changes" } else { "" })
        }
    };
    clean(&format!("{name}: {}{commit}, {}, {}", build.label, environment.profile, environment.rustc))
}

/// Whether the machine tells a build from itself, and the smallest visible change.
pub(super) fn control(comparison: &Comparison) -> String {
    let status = |status| comparison.rows.iter().filter(|row| row.control.status == status).count();
    let (flagged, few) = (status(ControlStatus::NotTrustworthy), status(ControlStatus::TooFew));
    let judged = comparison.rows.len() - few;
    let verdict = match (judged, flagged) {
        (0, _) => "not judged, too few generations".to_owned(),
        (judged, 0) => format!("fine, 0 of {} flagged", counted(judged, "row")),
        (judged, flagged) => format!("{flagged} of {} flagged (nothing is claimed there)", counted(judged, "row")),
    };
    let few = if few > 0 && judged > 0 { format!(", {} not judged", counted(few, "row")) } else { String::new() };
    let visible: Vec<f64> = comparison.rows.iter().filter_map(|row| row.smallest_visible).collect();
    let visible = median(&visible).map_or_else(String::new, |visible| {
        format!("; a change of {} would have been seen in half of the rows", percent(visible))
    });
    format!("control: {verdict}{few}{visible}")
}

/// How many rows there are of each verdict.
pub(super) fn verdicts(comparison: &Comparison) -> String {
    let all = [
        Verdict::Regression,
        Verdict::Error,
        Verdict::NotTrustworthy,
        Verdict::Improvement,
        Verdict::Equivalent,
        Verdict::Inconclusive,
        Verdict::NotMeasured,
    ];
    let mut said: Vec<String> = all
        .iter()
        .map(|verdict| (comparison.with(*verdict).count(), *verdict))
        .filter(|(count, verdict)| *count > 0 || *verdict == Verdict::Regression)
        .map(|(count, verdict)| format!("{count} {}", words::word(verdict)))
        .collect();
    let counters = comparison.rows.iter().filter(|row| row.changed_counters().next().is_some()).count();
    if counters > 0 {
        said.push(format!("{} with other counts", counted(counters, "row")));
    }
    if !comparison.missing.is_empty() {
        said.push(format!("{} missing on one side", comparison.missing.len()));
    }
    format!("HEAD against BASE: {}", said.join(", "))
}

/// Set where the run is not complete.
pub(super) fn incomplete(comparison: &Comparison) -> Option<&'static str> {
    match comparison.complete {
        EndReason::Finished => None,
        EndReason::Interrupted => Some("incomplete: the run was interrupted, and what it did not reach is not here"),
        EndReason::Failed => Some("incomplete: the run ended by a failure, and what it did not reach is not here"),
        EndReason::Unknown => Some("incomplete: the run has no end, and what it did not reach is not here"),
    }
}

/// The rules, as sentences.
pub(super) fn rules(comparison: &Comparison) -> Vec<String> {
    let rules = &comparison.rules;
    let mut parts = vec![format!("the margin of {}", percent(rules.margin))];
    if rules.floor_ns > 0.0 {
        parts.push(format!("{} an operation", time(rules.floor_ns)));
    }
    if rules.drift > 0.0 {
        parts.push(format!("{} for the drift between two runs", percent(rules.drift)));
    }
    let drift = if rules.drift > 0.0 { ", widened by the drift," } else { "" };
    let mut said = vec![
        format!("A change counts beyond the largest of {} and what the control shows.", parts.join(", ")),
        format!("Equivalent: the interval{drift} lies within {}.", percent(rules.equivalence)),
    ];
    if !rules.looks.is_empty() {
        let looks: Vec<String> = rules.looks.iter().map(ToString::to_string).collect();
        said.push(format!(
            "A row is looked at after {} generation{}, and is suspect at p ≤ {}.",
            looks.join(", "),
            if rules.looks == [1] { "" } else { "s" },
            p_bound(rules.suspect_p)
        ));
    }
    if rules.confirm_generations > 0 {
        said.push(format!(
            "A suspect row is measured again: {} in fresh processes with a new seed.",
            counted(rules.confirm_generations as usize, "generation")
        ));
    }
    said.push(clean(&comparison.family));
    said
}
