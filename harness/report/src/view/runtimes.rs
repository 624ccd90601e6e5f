//! What is known of the runtimes of a report, in words, the same in every view.

use super::row_words::lines;
use crate::model::{ArmReport, Report};
use crate::words::{clean, time};
use loopswap_protocol::{MadeOf, RuntimeInfo};
use loopswap_statistics::median;

/// A start that takes longer than this, in nanoseconds, is told in every table: the interpreter and libraries of a
/// runtime have to be loaded first.
const SLOW_START_NS: f64 = 50e6;

/// The name on an arm's line, with the marks of its runtime.
pub(super) fn name(report: &Report, arm: &ArmReport) -> String {
    clean(&format!("{}{}", arm.runtime, marks(report, &arm.runtime)))
}

/// What stands behind the name of a runtime, on every line of it: its authors have ended it, or there is a note.
fn marks(report: &Report, name: &str) -> String {
    let Some(runtime) = report.runtimes.iter().find(|runtime| runtime.name == name) else { return String::new() };
    let discontinued = runtime.discontinued.is_some();
    let noted = !notes_of(&runtime.made_of).is_empty();
    format!("{}{}", if discontinued { " †" } else { "" }, if noted { " *" } else { "" })
}

/// What the marks mean: a sentence for every mark of a runtime that has a line. Then how long those took to start that
/// took long.
pub(super) fn footnotes(report: &Report) -> Vec<String> {
    let shown = |name: &str| report.rows.iter().any(|row| lines(row).iter().any(|arm| arm.runtime == name));
    let runtimes = || report.runtimes.iter().filter(|runtime| shown(&runtime.name));
    let ended = |runtime: &RuntimeInfo| Some(format!("† {}: {}", runtime.name, runtime.discontinued.as_ref()?));
    let noted = |runtime: &RuntimeInfo| {
        let notes = notes_of(&runtime.made_of);
        (!notes.is_empty()).then(|| format!("* {}: {}", runtime.name, notes.join("; ")))
    };
    let said = runtimes().filter_map(ended).chain(runtimes().filter_map(noted)).chain(slow_starts(report));
    said.map(|sentence| clean(&sentence)).collect()
}

/// What differs by nature, a sentence each.
fn notes_of(made: &MadeOf) -> Vec<String> {
    let early = made.timer_early_ns.filter(|early| *early > 0);
    let early = early.map(|early| format!("a task that sleeps may wake up to {} early", time(early as f64)));
    made.notes.iter().cloned().chain(early).collect()
}

/// Runtimes whose processes take long to start, with the median over rows.
fn slow_starts(report: &Report) -> Option<String> {
    let told = |runtime: &RuntimeInfo| {
        let arms = report.rows.iter().flat_map(lines).filter(|arm| arm.runtime == runtime.name);
        let hello: Vec<f64> = arms.filter_map(|arm| Some(arm.start_up?.hello_ns as f64)).collect();
        let hello = median(&hello).filter(|hello| *hello > SLOW_START_NS)?;
        Some(format!("{} {}", runtime.name, time(hello)))
    };
    let slow: Vec<String> = report.runtimes.iter().filter_map(told).collect();
    (!slow.is_empty()).then(|| format!("start-up, from the start of the process to its hello: {}", slow.join(", ")))
}

/// What a runtime is made of, where it says so.
pub(super) fn made_of(runtime: &RuntimeInfo) -> Option<String> {
    let made = &runtime.made_of;
    let named = |(name, version): (&String, &String)| format!("{name} {version}");
    // What every runtime of this program is written in need not be told of each.
    let language = made.written_in().filter(|_| made.language.as_deref() != Some("Rust"));
    let parts: Vec<String> = made
        .variant_of
        .iter()
        .map(|of| format!("a variant of {of}"))
        .chain(language)
        .chain(made.event_loop.iter().map(|name| format!("loop {name}")))
        .chain(made.libraries.iter().map(named))
        .chain(made.settings.iter().map(named))
        .collect();
    (!parts.is_empty()).then(|| clean(&format!("{}: {}", runtime.name, parts.join(", "))))
}
