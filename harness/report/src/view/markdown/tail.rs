//! The end of a page: how to read it, the runtimes, the machine.

use super::escape::escape;
use crate::model::{Report, RowReport};
use crate::view::{axes, counters, header, row_words, runtimes};
use crate::words::{memory, plain, time};
use loopswap_protocol::{RuntimeInfo, Topology};
use std::collections::BTreeSet;
use std::fmt::Write as _;

/// Legend, family of comparisons, runtimes, environment.
pub(super) fn tail(page: &mut String, report: &Report) {
    let _ = write!(page, "\n## How to read this\n\n");
    let _ = writeln!(page, "- {}", escape(row_words::LEGEND));
    if !report.axes.is_empty() {
        let _ = writeln!(page, "- {}", escape(axes::LEGEND));
    }
    let _ = writeln!(page, "- {}", escape("± is half of a 95 % interval over generations (fresh processes)"));
    let _ = writeln!(page, "- {}", escape(&report.family));
    if report.rows.iter().any(|row| counters::counts(report, row).is_some()) {
        let _ = writeln!(page, "- {}", escape(&format!("counters: {}", counters::LEGEND)));
    }
    for sentence in runtimes::footnotes(report) {
        let _ = writeln!(page, "- {}", escape(&sentence));
    }
    let _ = writeln!(page, "- {}", escape(&header::closing(report)));
    let _ = write!(page, "\n## Runtimes\n\n| runtime | version | driver | topology | about |\n|:--|:--|:--|:--|:--|\n");
    for runtime in &report.runtimes {
        let RuntimeInfo { name, package, version, driver, about, .. } = runtime;
        let cells = [name, &format!("{package} {version}"), driver, topology(runtime.topology), about].map(escape);
        let _ = writeln!(page, "| {} |", cells.join(" | "));
    }
    let made_of: Vec<String> = report.runtimes.iter().filter_map(runtimes::made_of).collect();
    if !made_of.is_empty() {
        page.push('\n');
    }
    for sentence in made_of {
        let _ = writeln!(page, "- {}", escape(&sentence));
    }
    let _ = write!(page, "\n## Environment\n\n| what | found |\n|:--|:--|\n");
    for (what, found) in environment(report) {
        let _ = writeln!(page, "| {what} | {} |", escape(&found));
    }
}

fn topology(topology: Topology) -> &'static str {
    match topology {
        Topology::SingleThread => "one thread",
        Topology::WorkStealing => "work-stealing",
        Topology::ThreadPerCore => "thread per core",
        Topology::ThreadPerTask => "thread per task",
    }
}

fn environment(report: &Report) -> Vec<(&'static str, String)> {
    let found = &report.environment;
    let unlimited = |limit: Option<String>| limit.unwrap_or_else(|| "unlimited".into());
    let cpus: Vec<String> = found.cpus_allowed.iter().map(ToString::to_string).collect();
    let mut lines = vec![
        ("CPU", format!("{} × {}", found.cpus_online, found.cpu_model)),
        ("CPUs allowed", cpus.join(", ")),
        ("governor", found.governor.clone().unwrap_or_else(|| "none (virtual machine?)".into())),
        ("memory", memory(found.memory_bytes as f64)),
        ("kernel", found.kernel.clone()),
        ("system", found.os.clone().unwrap_or_else(|| "unknown".into())),
        ("locked memory limit", unlimited(found.memlock_bytes.map(|bytes| memory(bytes as f64)))),
        ("open files limit", unlimited(found.nofile.map(|files| files.to_string()))),
        ("load at the start", format!("{:.2}", found.load_1m)),
        ("compiler", found.rustc.clone()),
        ("profile", found.profile.clone()),
        ("allocator", found.allocator.clone()),
        ("commit", commit(report)),
        ("Cargo.lock CRC-32", found.lockfile_crc32.clone()),
        ("seed", format!("{:x}", report.seed)),
        ("slices", format!("{} aimed at", time(report.slice_ms as f64 * 1e6))),
    ];
    let packages: Vec<String> = found.packages.iter().map(|(name, version)| format!("{name} {version}")).collect();
    lines.push(("packages", packages.join(", ")));
    lines.retain(|(_, found)| !found.is_empty());
    lines
}

fn commit(report: &Report) -> String {
    match (&report.environment.git_commit, report.environment.git_dirty) {
        (None, _) => "unknown".into(),
        (Some(commit), Some(true)) => format!("{commit} with changes"),
        (Some(commit), _) => commit.clone(),
    }
}

/// The further figures of a workload, one sentence for each name.
pub(super) fn notes(row: &RowReport) -> Vec<String> {
    let arms = row_words::lines(row);
    let names: BTreeSet<&String> = arms.iter().flat_map(|arm| arm.notes.keys()).collect();
    let figure = |name: &str, value: f64| if name.ends_with("_ns") { time(value) } else { plain(value) };
    names
        .into_iter()
        .map(|name| {
            let of = arms.iter().filter_map(|arm| Some((arm, arm.notes.get(name)?)));
            let figures: Vec<String> =
                of.map(|(arm, value)| format!("{} {}", arm.runtime, figure(name, *value))).collect();
            format!("{name}: {}", figures.join(", "))
        })
        .collect()
}
