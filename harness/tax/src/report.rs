//! Results: as data, as a table, as Markdown.

use crate::placement::Placement;
use crate::program::Planned;
use crate::side::RUNTIMES;
use crate::versions;
use comfy_table::{CellAlignment, Table, presets};
use loopswap_protocol::Params;
use loopswap_statistics::{estimate, median};
use serde::Serialize;
use std::fmt::Write as _;
use std::process::Command;

/// Coverage of every interval.
const LEVEL: f64 = 0.95;
/// The tax that is allowed.
const TARGET: f64 = 1.02;

/// Everything that one run measured.
#[derive(Serialize)]
pub(crate) struct Report {
    pub(crate) environment: Vec<(String, String)>,
    /// Where the servers ran.
    pub(crate) placement: Placement,
    /// Whether both sides were the native program.
    pub(crate) control: bool,
    pub(crate) rows: Vec<Row>,
}

/// One runtime and one program.
#[derive(Serialize)]
pub(crate) struct Row {
    runtime: String,
    program: &'static str,
    workload: &'static str,
    operation: &'static str,
    params: Params,
    ops_per_slice: u64,
    /// Why there are no results.
    failed: Option<String>,
    wall: Option<Summary>,
    cpu_time: Option<Summary>,
    generations: Vec<Generation>,
}

/// One generation of both sides.
#[derive(Clone, Copy, Serialize)]
pub(crate) struct Generation {
    pub(crate) cpu: usize,
    pub(crate) wall: Medians,
    pub(crate) cpu_time: Medians,
}

/// The medians of one generation, per operation.
#[derive(Clone, Copy, Serialize)]
pub(crate) struct Medians {
    pub(crate) log_ratio: f64,
    pub(crate) native_ns: f64,
    pub(crate) trait_ns: f64,
}

/// One figure over all generations.
#[derive(Clone, Copy, Serialize)]
struct Summary {
    native_ns: f64,
    trait_ns: f64,
    /// Hodges–Lehmann centre of trait / native, with its signed-rank interval.
    ratio: f64,
    lower: f64,
    upper: f64,
    /// The coverage that the interval reaches.
    level: f64,
}

impl Row {
    pub(crate) fn new(
        runtime: &str,
        program: &Planned,
        ops_per_slice: u64,
        measured: Result<Vec<Generation>, String>,
    ) -> Self {
        let (generations, failed) = match measured {
            Ok(generations) => (generations, None),
            Err(why) => (Vec::new(), Some(why)),
        };
        Row {
            runtime: runtime.into(),
            program: program.name,
            workload: program.workload.name,
            operation: program.workload.operation,
            params: program.params.clone(),
            ops_per_slice,
            failed,
            wall: summary(&generations, |generation| generation.wall),
            cpu_time: summary(&generations, |generation| generation.cpu_time),
            generations,
        }
    }

    pub(crate) fn has_failed(&self) -> bool {
        self.failed.is_some()
    }

    /// The row as one line, while others are still being measured.
    pub(crate) fn line(&self) -> String {
        self.cells().join("  ")
    }

    fn cells(&self) -> Vec<String> {
        let mut cells = vec![self.runtime.clone(), self.program.into()];
        match (&self.failed, &self.wall, &self.cpu_time) {
            (None, Some(wall), Some(cpu_time)) => {
                cells.extend([nanos(wall.native_ns), nanos(wall.trait_ns), wall.show()]);
                cells.push(if wall.lower <= TARGET { "yes" } else { "no" }.into());
                cells.push(cpu_time.show());
            }
            (why, ..) => {
                cells.extend(["–", "–"].map(String::from));
                cells.push(format!("failed: {}", why.as_deref().unwrap_or("no figures")));
                cells.extend(["–", "–"].map(String::from));
            }
        }
        cells
    }
}

fn summary(generations: &[Generation], of: fn(&Generation) -> Medians) -> Option<Summary> {
    let collect = |field: fn(Medians) -> f64| generations.iter().map(|one| field(of(one))).collect::<Vec<f64>>();
    let estimate = estimate(&collect(|medians| medians.log_ratio), LEVEL)?;
    let ratio = estimate.exp();
    Some(Summary {
        native_ns: median(&collect(|medians| medians.native_ns))?,
        trait_ns: median(&collect(|medians| medians.trait_ns))?,
        ratio: ratio.centre,
        lower: ratio.lower,
        upper: ratio.upper,
        level: estimate.level_reached,
    })
}

impl Summary {
    fn show(&self) -> String {
        // With few generations no interval reaches that coverage; then it shows the coverage that it has.
        let level = if self.level < LEVEL { format!(" ({:.0} %)", self.level * 100.0) } else { String::new() };
        format!("{:.3} [{:.3}, {:.3}]{level}", self.ratio, self.lower, self.upper)
    }
}

fn nanos(ns: f64) -> String {
    if ns < 100.0 { format!("{ns:.1}") } else { format!("{ns:.0}") }
}

impl Report {
    fn heads(&self) -> [String; 7] {
        let other = if self.control { "native again" } else { "trait" };
        [
            "runtime".into(),
            "program".into(),
            "native ns/op".into(),
            format!("{other} ns/op"),
            "ratio [95 %]".into(),
            format!("≤ {TARGET} at the lower end"),
            "CPU time ratio [95 %]".into(),
        ]
    }

    /// For a terminal.
    pub(crate) fn table(&self) -> String {
        let mut table = Table::new();
        table.load_style(presets::UTF8_BORDERS_ONLY);
        table.set_header(self.heads());
        for row in &self.rows {
            table.add_row(row.cells());
        }
        for column in [2, 3] {
            if let Some(column) = table.column_mut(column) {
                column.set_cell_alignment(CellAlignment::Right);
            }
        }
        table.to_string()
    }

    /// For a page.
    pub(crate) fn markdown(&self) -> String {
        let mut page = String::from("# Abstraction tax\n\n");
        let peers = match self.placement {
            Placement::Split => "on another",
            Placement::SameCore => "on the same",
        };
        let _ = writeln!(
            page,
            "Native programs against the same through loopswap's traits, paired in one run: fresh processes \
             each generation, one thread, slices in turn on one CPU, peers {peers}. Ratio: time through the \
             trait divided by time of the native program, Hodges–Lehmann centre over generations with an \
             exact signed-rank interval; lower is better, 1 means no tax.\n",
        );
        for (name, value) in &self.environment {
            let _ = writeln!(page, "- {name}: {value}");
        }
        let heads = self.heads();
        let _ = writeln!(page, "\n| {} |", heads.join(" | "));
        page.push_str("|---|---|--:|--:|---|---|---|\n");
        for row in &self.rows {
            let _ = writeln!(page, "| {} |", row.cells().join(" | "));
        }
        page
    }
}

/// The machine that the figures were taken on.
pub(crate) fn environment(peers: &[String]) -> Vec<(String, String)> {
    let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
    let info = read("/proc/cpuinfo");
    let models: Vec<&str> = info.lines().filter_map(|line| line.strip_prefix("model name")).collect();
    let model = models.first().map_or("unknown", |model| model.trim_start_matches(['\t', ' ', ':']));
    let rustc = Command::new("rustc").arg("--version").output().ok();
    let rustc = rustc.map_or("unknown".into(), |output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
    let mut packages: Vec<&str> = RUNTIMES.iter().map(|(_, package)| *package).collect();
    packages.extend(["hyper", "smol-hyper", "redis-protocol", "loopswap-rt"]);
    packages.dedup();
    let versions: Vec<_> = packages.iter().map(|package| format!("{package} {}", versions::of(package))).collect();
    [
        ("CPU", format!("{} × {model}", models.len())),
        ("kernel", read("/proc/sys/kernel/osrelease").trim().to_owned()),
        ("rustc", rustc),
        ("crates", versions.join(", ")),
        ("peers", if peers.is_empty() { "none".into() } else { peers.join(", ") }),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into()
}
