//! A report on a terminal: may I trust it, what won, by how much, why.

use super::axes::{self, CurveLine, Curves};
use super::grid::{Column, Grid, Holds, grid};
use super::{claims, header, row_words, runtimes};
use crate::model::{ClaimVerdict, Report, RowReport, Verdict};
use crate::words::{clean, counted, cut, damage, left, right, width, wrap};
use anstyle::{AnsiColor, Effects};

/// Columns between two columns of the table.
const GAP: usize = 2;
/// Spaces before everything that belongs to a row.
const INDENT: usize = 2;
/// Narrower terminals get lines that are too long rather than unreadable ones.
const WIDTH_MIN: usize = 40;
/// A name is not shortened below this.
const NAME_MIN: usize = 8;
/// Errors told under a row; of the others only the number.
const ERRORS_MAX: usize = 3;

/// How a table is set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Style {
    /// Whether colours repeat what the signs say (ANSI escapes).
    pub colour: bool,
    /// Columns that a line may take; at least 40 are used.
    pub width: usize,
}

impl Default for Style {
    fn default() -> Self {
        Style { colour: false, width: 100 }
    }
}

/// The report as lines of text, none wider than the style allows.
#[must_use]
pub fn table(report: &Report, style: Style) -> String {
    let mut page = Page::new(style);
    page.opening(report, &header::title(report));
    page.trust(report);
    for row in &report.rows {
        page.row(report, row);
    }
    page.axes(report);
    page.line("", PLAIN);
    page.legend(report);
    page.claims(report);
    page.text
}

/// What stands before a sentence. Names can be anything, and programs search for lines of JSON: none of ours
/// begins like one.
pub(super) fn margin(sentence: &str, indent: usize) -> String {
    " ".repeat(indent + usize::from(sentence.trim_start().starts_with('{')))
}

pub(super) const PLAIN: anstyle::Style = anstyle::Style::new();
pub(super) const BOLD: anstyle::Style = PLAIN.bold();
pub(super) const DIM: anstyle::Style = PLAIN.effects(Effects::DIMMED);
pub(super) const WARN: anstyle::Style = AnsiColor::Yellow.on_default();

/// Lines of text, none wider than the style allows.
pub(super) struct Page {
    pub(super) text: String,
    pub(super) style: Style,
}

impl Page {
    pub(super) fn new(style: Style) -> Page {
        Page { text: String::new(), style: Style { width: style.width.max(WIDTH_MIN), ..style } }
    }

    pub(super) fn line(&mut self, line: &str, paint: anstyle::Style) {
        let line = line.trim_end();
        self.text.push_str(&self.painted(line, paint));
        self.text.push('\n');
    }

    pub(super) fn painted(&self, text: &str, paint: anstyle::Style) -> String {
        if self.style.colour && paint != PLAIN && !text.is_empty() {
            format!("{paint}{text}{paint:#}")
        } else {
            text.to_owned()
        }
    }

    /// A sentence that goes on below its own beginning.
    pub(super) fn sentence(&mut self, sentence: &str, indent: usize, paint: anstyle::Style) {
        let more = if indent == 0 { INDENT } else { indent + INDENT };
        for line in wrap(sentence, self.style.width, &margin(sentence, indent), more) {
            self.line(&line, paint);
        }
    }

    /// What is known before anything is measured.
    pub(super) fn opening(&mut self, report: &Report, title: &str) {
        self.sentence(title, 0, BOLD);
        self.sentence(&header::machine(report), 0, PLAIN);
        for line in header::chosen(report) {
            self.sentence(&line, 0, PLAIN);
        }
    }

    /// How far the rows can be trusted.
    pub(super) fn trust(&mut self, report: &Report) {
        let control = if report.summary.controls_flagged > 0 { WARN } else { PLAIN };
        self.sentence(&header::control(report), 0, control);
        if let Some(order) = header::order(report) {
            self.sentence(&order, 0, PLAIN);
        }
        if let Some(incomplete) = header::incomplete(report) {
            self.sentence(&incomplete, 0, WARN);
        }
        if let Some(damage) = damage(&report.damage) {
            self.sentence(&damage, 0, WARN);
        }
    }

    /// A row, after an empty line.
    pub(super) fn row(&mut self, report: &Report, row: &RowReport) {
        self.line("", PLAIN);
        let mut heading = vec![row.case.clone(), row_words::subject(row)];
        heading.extend(row_words::peers(row));
        if !row.peers.is_empty() && report.rows.iter().any(|other| other.placement != row.placement) {
            heading.push(header::placement_name(row.placement).to_owned());
        }
        self.sentence(&clean(&heading.join(" · ")), 0, BOLD);
        let mut grid = grid(report, row);
        let rest: Vec<_> = row_words::lines(row).into_iter().filter(|arm| !arm.is_measured()).collect();
        let names = grid.columns[0].cells.iter().map(|name| width(name));
        let names = names.chain(rest.iter().map(|arm| width(&runtimes::name(report, arm)))).max().unwrap_or(0);
        let narrow = INDENT + names + grid.columns[1..].iter().map(|column| column.width() + GAP).sum::<usize>()
            > self.style.width;
        if narrow {
            grid.narrow();
        }
        let names = self.grid(&grid, row, names);
        for arm in rest {
            let name = cut(&runtimes::name(report, arm), names);
            let first = format!("{}{}{}", " ".repeat(INDENT), left(&name, names), " ".repeat(GAP));
            for line in wrap(&row_words::no_result(report, arm), self.style.width, &first, INDENT + names + GAP + 2) {
                self.line(&line, DIM);
            }
        }
        if let Some(sentence) = row_words::tails(row).filter(|_| narrow) {
            self.sentence(&sentence, INDENT, PLAIN);
        }
        if let Some(ranking) = row_words::ranking(row).filter(|_| !grid.arms.is_empty()) {
            self.sentence(ranking, INDENT, PLAIN);
        }
        for sentence in row_words::pace(row).into_iter().chain(row_words::limits(row)) {
            self.sentence(&sentence, INDENT, PLAIN);
        }
        for sentence in row_words::doubts(report, row) {
            self.sentence(&sentence, INDENT, WARN);
        }
        for error in row.errors.iter().take(ERRORS_MAX) {
            self.sentence(&format!("error: {}", clean(error)), INDENT, WARN);
        }
        if row.errors.len() > ERRORS_MAX {
            let more = counted(row.errors.len() - ERRORS_MAX, "more error");
            self.sentence(&format!("and {more}"), INDENT, WARN);
        }
    }

    /// What the signs mean, and how honest the time was.
    pub(super) fn legend(&mut self, report: &Report) {
        self.sentence(row_words::LEGEND, 0, DIM);
        if !report.axes.is_empty() {
            self.sentence(axes::LEGEND, 0, DIM);
        }
        for sentence in runtimes::footnotes(report) {
            self.sentence(&sentence, 0, DIM);
        }
        self.sentence(&header::closing(report), 0, DIM);
    }

    /// The curves of every axis, each after an empty line.
    pub(super) fn axes(&mut self, report: &Report) {
        for curves in axes::curves(report) {
            self.line("", PLAIN);
            self.curves(&curves);
        }
    }

    /// An axis: a line for each runtime, its finding at the end, or below where there is no room.
    fn curves(&mut self, curves: &Curves) {
        self.sentence(&curves.heading, 0, BOLD);
        let Curves { heads, lines, remark, .. } = curves;
        let columns = |column: usize| {
            let cells = lines.iter().map(|line| width(&line.cells[column]));
            cells.chain([width(&heads[column])]).max().unwrap_or(0)
        };
        let widths: Vec<usize> = (0..heads.len()).map(columns).collect();
        let names = lines.iter().map(|line| width(&line.runtime)).max().unwrap_or(0);
        let figures = |name: &str, drawing: &str, cells: &[String]| {
            let gap = " ".repeat(GAP);
            let name = format!("{}{}{gap}{}", " ".repeat(INDENT), left(name, names), left(drawing, heads.len()));
            let cells = cells.iter().zip(&widths).map(|(cell, width)| format!("{gap}{}", right(cell, *width)));
            cells.fold(name, |line, cell| line + &cell)
        };
        let style = self.style.width;
        let first = figures("", "", heads);
        self.line(&cut(&first, style), DIM);
        for CurveLine { runtime, drawing, cells, finding } in lines {
            let line = figures(runtime, drawing, cells);
            if width(&line) + GAP + width(finding) <= style {
                self.line(&format!("{line}{}{finding}", " ".repeat(GAP)), PLAIN);
            } else {
                self.line(&cut(&line, style), PLAIN);
                self.sentence(finding, 2 * INDENT, PLAIN);
            }
        }
        if let Some(remark) = remark {
            self.sentence(remark, INDENT, DIM);
        }
    }

    /// The claims of the suite, a sentence each.
    pub(super) fn claims(&mut self, report: &Report) {
        let Some(heading) = claims::heading(report) else { return };
        self.line("", PLAIN);
        self.sentence(&heading, 0, BOLD);
        let sorted = claims::sorted(report);
        let words = sorted.iter().map(|claim| claim.verdict.word().len()).max().unwrap_or(0);
        for claim in sorted {
            let paint = match claim.verdict {
                ClaimVerdict::False | ClaimVerdict::Undecided => WARN,
                ClaimVerdict::True | ClaimVerdict::Unanswerable => PLAIN,
            };
            let first = format!("{}{}{}", " ".repeat(INDENT), left(claim.verdict.word(), words), " ".repeat(GAP));
            for line in wrap(&claims::sentence(claim), self.style.width, &first, INDENT + words + GAP) {
                self.line(&line, paint);
            }
        }
    }

    /// Sets the grid and returns the width of its names.
    fn grid(&mut self, grid: &Grid<'_>, row: &RowReport, names: usize) -> usize {
        let mut columns: Vec<&Column> = grid.columns.iter().collect();
        let widths = |columns: &[&Column]| -> Vec<usize> { columns.iter().map(|column| column.width()).collect() };
        let total = |columns: &[&Column], names: usize| {
            INDENT + names + widths(&columns[1..]).iter().map(|width| width + GAP).sum::<usize>()
        };
        // What is least missed goes first where the terminal is narrow; JSON and Markdown have it all.
        for holds in [Holds::Each, Holds::Memory, Holds::Latency, Holds::Cpu] {
            if total(&columns, names) > self.style.width {
                columns.retain(|column| column.holds != holds);
            }
        }
        let over = total(&columns, names).saturating_sub(self.style.width);
        let names = names.saturating_sub(over).max(NAME_MIN.min(names));
        if grid.arms.is_empty() {
            return names;
        }
        let mut widths = widths(&columns);
        widths[0] = names;
        if columns.iter().any(|column| column.holds == Holds::Latency) {
            self.group(&columns, &widths, &row.latency_name);
        }
        let heads: String =
            columns.iter().zip(&widths).map(|(column, width)| set(column.holds, &column.head, *width)).collect();
        let heads = cut(&heads, self.style.width);
        self.line(&heads, DIM);
        for (index, arm) in grid.arms.iter().enumerate() {
            let line: String = columns
                .iter()
                .zip(&widths)
                .map(|(column, width)| set(column.holds, &column.cells[index], *width))
                .collect();
            let line = cut(&line, self.style.width);
            let line = self.signed(&line, arm.verdict);
            self.line(&line, PLAIN);
        }
        names
    }

    /// A line above the heads that says what the latency columns show.
    fn group(&mut self, columns: &[&Column], widths: &[usize], name: &str) {
        let last = columns.iter().rposition(|column| column.holds == Holds::Latency).unwrap_or(0);
        let end: usize = INDENT + widths[0] + widths[1..=last].iter().map(|width| width + GAP).sum::<usize>();
        let name = clean(name);
        self.line(&right(&cut(&name, end), end), DIM);
    }

    /// The line with its verdict's sign in colour.
    fn signed(&self, line: &str, verdict: Verdict) -> String {
        let colour = match verdict {
            Verdict::Better => AnsiColor::Green,
            Verdict::Worse => AnsiColor::Red,
            Verdict::Undecided => AnsiColor::Yellow,
            Verdict::Same | Verdict::None => return line.to_owned(),
        };
        let sign = row_words::sign(verdict).to_string();
        line.replacen(&sign, &self.painted(&sign, colour.on_default()), 1)
    }
}

/// One cell: names to the left, figures to the right.
fn set(holds: Holds, text: &str, columns: usize) -> String {
    match holds {
        Holds::Name => format!("{}{}", " ".repeat(INDENT), left(&cut(text, columns), columns)),
        _ => format!("{}{}", " ".repeat(GAP), right(text, columns)),
    }
}
