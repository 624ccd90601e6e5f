//! The table of one row, before any view formats it: columns, units chosen once, significant digits.

use super::{row_words, runtimes};
use crate::judge::Estimate;
use crate::model::{ArmReport, Percentiles, Report, RowReport};
use crate::record::Role;
use crate::words::{self, COUNT, MEMORY, TIME, Unit};
use loopswap_protocol::Headline;

/// An operation with a longer name is called `op` in a column head.
const OPERATION_MAX: usize = 10;

/// The table of one row; cell `i` of every column belongs to arm `i`.
pub(super) struct Grid<'a> {
    /// The arms with a result that have a line, best first.
    pub(super) arms: Vec<&'a ArmReport>,
    /// The columns, the name first.
    pub(super) columns: Vec<Column>,
}

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Holds {
    /// The runtime's name.
    Name,
    /// The leading figure of the row.
    Headline,
    /// The ratio to the reference; its last character is the sign of the verdict.
    Ratio,
    /// CPU time per operation.
    Cpu,
    /// Latencies.
    Latency,
    /// Largest resident memory.
    Memory,
    /// Memory of each operation in flight.
    Each,
}

/// One column.
pub(super) struct Column {
    /// What it holds.
    pub(super) holds: Holds,
    /// Its head, with the unit.
    pub(super) head: String,
    /// Its cells.
    pub(super) cells: Vec<String>,
    /// The same without intervals, for when there is no room for them.
    pub(super) narrow: Option<Vec<String>>,
}

impl Column {
    /// Characters of its widest cell, or of its head.
    pub(super) fn width(&self) -> usize {
        widest(self.cells.iter()).max(words::width(&self.head))
    }
}

impl Grid<'_> {
    /// Leaves intervals out where a column allows it.
    pub(super) fn narrow(&mut self) {
        for column in &mut self.columns {
            if let Some(narrow) = column.narrow.take() {
                column.cells = narrow;
            }
        }
    }
}

/// The table of `row`.
pub(super) fn grid<'a>(report: &'a Report, row: &'a RowReport) -> Grid<'a> {
    let arms: Vec<&ArmReport> = row_words::lines(row).into_iter().filter(|arm| arm.is_measured()).collect();
    let names = arms.iter().map(|arm| runtimes::name(report, arm)).collect();
    let mut columns = vec![
        Column { holds: Holds::Name, head: String::new(), cells: names, narrow: None },
        headline(row, &arms),
        Column {
            holds: Holds::Ratio,
            head: row_words::ratio_head(report, row),
            cells: ratios(row, &arms),
            narrow: None,
        },
    ];
    columns.extend(plain(
        Holds::Cpu,
        TIME,
        |unit| format!("cpu {unit}/op"),
        &arms,
        |arm| arm.cpu_ns_per_op.runner.map(|cpu| (cpu.value, cpu.half_width())),
    ));
    columns.extend(percentiles(row).into_iter().filter_map(|shown| percentile(shown, &arms)));
    columns.extend(plain(
        Holds::Memory,
        MEMORY,
        |unit| format!("rss {unit}"),
        &arms,
        |arm| arm.rss_peak_bytes.map(|bytes| (bytes as f64, 0.0)),
    ));
    // Memory of one operation in flight: a task, a connection.
    let each = if row.operation.len() <= OPERATION_MAX { words::clean(&row.operation) } else { "op".to_owned() };
    columns.extend(plain(
        Holds::Each,
        MEMORY,
        |unit| format!("{unit}/{each}"),
        &arms,
        |arm| arm.bytes_per_operation_in_flight.map(|bytes| (bytes, 0.0)),
    ));
    Grid { arms, columns }
}

/// The unit in which the smallest positive figure is at least 1.
fn unit(units: &[Unit], figures: impl Iterator<Item = f64>) -> Unit {
    let smallest = figures.filter(|figure| *figure > 0.0).reduce(f64::min);
    words::unit_for(units, smallest.unwrap_or(0.0))
}

/// A column of figures without a shown interval; `None` if no arm has the figure.
fn plain(
    holds: Holds,
    units: &[Unit],
    head: impl Fn(&str) -> String,
    arms: &[&ArmReport],
    figure: impl Fn(&ArmReport) -> Option<(f64, f64)>,
) -> Option<Column> {
    let figures: Vec<Option<(f64, f64)>> = arms.iter().map(|arm| figure(arm)).collect();
    if figures.iter().all(Option::is_none) {
        return None;
    }
    let unit = unit(units, figures.iter().flatten().map(|(value, _)| *value));
    let cell = |figure: &Option<(f64, f64)>| match figure {
        None => "–".to_owned(),
        Some((value, half)) if *half > 0.0 => {
            // Three digits are enough for a figure whose interval is not shown.
            words::supported(value / unit.scale, half.max(value * 0.005) / unit.scale)
        }
        Some((value, _)) => words::plain(value / unit.scale),
    };
    Some(Column { holds, head: head(unit.name), cells: figures.iter().map(cell).collect(), narrow: None })
}

/// A percentile's name, whether its column has room for its interval, and its figure.
type Shown = (&'static str, bool, fn(&Percentiles) -> Option<Estimate>);

/// The percentiles that have a column: the 99th leads the row of an open loop, so its tail has one more. The
/// median's interval shows in its digits, as everywhere; a tail is known less precisely, and shows how
/// precisely.
fn percentiles(row: &RowReport) -> [Shown; 2] {
    let p99: Shown = ("p99", true, |found| found.p99_ns);
    let p999: Shown = ("p99.9", true, |found| found.p999_ns);
    let tail = if row.headline == Headline::Response { p999 } else { p99 };
    [("p50", false, |found| found.p50_ns), tail]
}

/// The column of a percentile; `None` if no arm recorded latencies.
fn percentile((name, with_interval, figure): Shown, arms: &[&ArmReport]) -> Option<Column> {
    if arms.iter().all(|arm| arm.latency.is_none()) {
        return None;
    }
    let of = |arm: &&ArmReport| arm.percentiles.as_ref().and_then(figure);
    let figures: Vec<Option<Estimate>> = arms.iter().map(of).collect();
    let unit = unit(TIME, figures.iter().flatten().map(|figure| figure.value));
    let none = figures.iter().all(Option::is_none);
    let head = if none { name.to_owned() } else { format!("{name} {}", unit.name) };
    let value = |figure: &Estimate| {
        // Three digits are enough for a figure whose interval is not shown.
        let half = figure.half_width().max(figure.value * 0.005);
        words::supported(figure.value / unit.scale, half / unit.scale)
    };
    let cell = |figure: &Option<Estimate>| figure.as_ref().map_or_else(|| "–".to_owned(), value);
    let narrow: Vec<String> = figures.iter().map(cell).collect();
    if !with_interval {
        return Some(Column { holds: Holds::Latency, head, cells: narrow, narrow: None });
    }
    let halves: Vec<String> = figures
        .iter()
        .map(|figure| figure.as_ref().and_then(Estimate::relative).map_or_else(String::new, words::percent))
        .collect();
    let widest = widest(halves.iter());
    let cells = narrow.iter().zip(&halves).map(|(value, half)| match half.as_str() {
        "" => format!("{value}{}", " ".repeat(if widest > 0 { widest + 3 } else { 0 })),
        half => format!("{value} ± {}", words::right(half, widest)),
    });
    Some(Column { holds: Holds::Latency, head, cells: cells.collect(), narrow: Some(narrow) })
}

fn headline(row: &RowReport, arms: &[&ArmReport]) -> Column {
    let figures: Vec<Option<Estimate>> = arms
        .iter()
        .map(|arm| match row.headline {
            Headline::Rate => arm.rate,
            Headline::Time => arm.time_ns,
            Headline::Response => response(arm),
        })
        .collect();
    let values = figures.iter().flatten().map(|figure| figure.value);
    let (unit, head) = match row.headline {
        Headline::Rate => {
            let unit = words::unit_for(COUNT, values.fold(0.0, f64::max));
            (unit, format!("{} ops/s", unit.name).trim_start().to_owned())
        }
        Headline::Time => {
            let unit = unit(TIME, values);
            (unit, format!("time {}", unit.name))
        }
        Headline::Response => {
            let unit = unit(TIME, values);
            (unit, format!("p99 {}", unit.name))
        }
    };
    let parts: Vec<(String, String)> = figures
        .iter()
        .map(|figure| match figure {
            None => ("–".into(), String::new()),
            Some(figure) if figure.n < 2 => (words::plain(figure.value / unit.scale), String::new()),
            Some(figure) => {
                let value = words::supported(figure.value / unit.scale, figure.half_width() / unit.scale);
                (value, figure.relative().map_or_else(String::new, words::percent))
            }
        })
        .collect();
    let (values, halves) = (widest(parts.iter().map(|part| &part.0)), widest(parts.iter().map(|part| &part.1)));
    let cell = |(value, half): &(String, String)| {
        let half =
            if half.is_empty() { words::right("", halves + 3) } else { format!(" ± {}", words::right(half, halves)) };
        format!("{}{half}", words::right(value, values))
    };
    Column { holds: Holds::Headline, head, cells: parts.iter().map(cell).collect(), narrow: None }
}

/// The 99th percentile, which leads an open loop.
fn response(arm: &ArmReport) -> Option<Estimate> {
    arm.percentiles.and_then(|found| found.p99_ns)
}

/// A ratio as it stands in its column.
enum RatioCell {
    /// The value and half of its interval, which may be empty.
    Half(String, String),
    /// The bounds of a wide interval.
    Bounds(String),
}

fn ratios(row: &RowReport, arms: &[&ArmReport]) -> Vec<String> {
    let cell = |arm: &&ArmReport| match arm.ratio(row.ranked_by) {
        _ if arm.role == Role::Reference => RatioCell::Half("1".into(), String::new()),
        None => RatioCell::Half("–".into(), String::new()),
        Some(ratio) if ratio.n < 2 => RatioCell::Half(words::plain(ratio.value), String::new()),
        Some(ratio) => words::wide(ratio.lower, ratio.value, ratio.upper).map_or_else(
            || {
                let (value, half) = words::plus_minus(ratio.value, ratio.half_width());
                RatioCell::Half(value, half)
            },
            RatioCell::Bounds,
        ),
    };
    let cells: Vec<RatioCell> = arms.iter().map(cell).collect();
    let parts = || {
        cells.iter().filter_map(|cell| match cell {
            RatioCell::Half(value, half) => Some((value, half)),
            RatioCell::Bounds(_) => None,
        })
    };
    // Aligned at the point, so that a column of ratios reads downwards.
    let (wholes, halves) = (widest(parts().map(|part| part.0)), widest(parts().map(|part| part.1)));
    let whole = |value: &str| value.split_once('.').map_or(value.len(), |(whole, _)| whole.len());
    let most = parts().map(|part| whole(part.0)).max().unwrap_or(0);
    let decimals = parts().map(|part| part.0.len() - whole(part.0)).max().unwrap_or(0);
    let wholes = wholes.max(most + decimals);
    let shown = |cell: &RatioCell| match cell {
        RatioCell::Half(value, half) => {
            let value = words::left(&format!("{}{value}", " ".repeat(most - whole(value))), wholes);
            let half = if half.is_empty() {
                words::left("", halves + 3)
            } else {
                format!(" ± {}", words::left(half, halves))
            };
            format!("{value}{half}")
        }
        RatioCell::Bounds(bounds) => bounds.clone(),
    };
    let shown: Vec<String> = cells.iter().map(shown).collect();
    let all = widest(shown.iter());
    arms.iter()
        .zip(&shown)
        .map(|(arm, cell)| format!("{} {}", words::left(cell, all), row_words::sign(arm.verdict)))
        .collect()
}

fn widest<'a>(texts: impl Iterator<Item = &'a String>) -> usize {
    texts.map(|text| words::width(text)).max().unwrap_or(0)
}
