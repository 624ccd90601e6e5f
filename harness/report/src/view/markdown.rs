//! A report as a GitHub Markdown page: what the table shows, with the prose of every case.

pub(super) mod escape;
mod tail;

use self::escape::escape;
use super::counters::{Counts, counts};
use super::grid::{Holds, grid};
use super::{axes, claims, header, row_words, runtimes};
use crate::model::{Report, RowReport};
use crate::record::Role;
use crate::words::{counted, damage};
use loopswap_protocol::Headline;
use std::fmt::Write as _;

/// The report as a page.
#[must_use]
pub fn markdown(report: &Report) -> String {
    let mut page = format!("# {}\n\n", escape(&header::title(report)));
    let lines = std::iter::once(header::machine(report)).chain(header::chosen(report));
    let trust = [header::control(report)].into_iter().chain(header::order(report)).chain(header::incomplete(report));
    for line in lines.chain(trust).chain(damage(&report.damage)) {
        let _ = writeln!(page, "- {}", escape(&line));
    }
    let _ = writeln!(page, "- {}", escape(&format!("measured {}", report.created)));
    for row in &report.rows {
        section(&mut page, report, row);
    }
    along(&mut page, report);
    claimed(&mut page, report);
    tail::tail(&mut page, report);
    page
}

/// The axes, if there are any.
fn along(page: &mut String, report: &Report) {
    for axes::Curves { heading, heads, lines, remark } in axes::curves(report) {
        let joined = |cells: &[String]| cells.iter().map(|cell| escape(cell)).collect::<Vec<_>>().join(" | ");
        let _ = write!(page, "\n## Along {}\n\n", escape(&heading));
        let _ = writeln!(page, "| runtime | curve | {} | finding |", joined(&heads));
        let _ = writeln!(page, "|:--|:--|{}:--|", "--:|".repeat(heads.len()));
        for axes::CurveLine { runtime, drawing, cells, finding } in &lines {
            let (runtime, finding) = (escape(runtime), escape(finding));
            let _ = writeln!(page, "| {runtime} | {drawing} | {} | {finding} |", joined(cells));
        }
        if let Some(remark) = remark {
            let _ = write!(page, "\n{}\n", escape(remark));
        }
    }
}

/// The claims of the suite, if it makes any.
fn claimed(page: &mut String, report: &Report) {
    let Some(heading) = claims::heading(report) else { return };
    let _ = write!(page, "\n## Claims\n\n{}\n\n", escape(&heading));
    for claim in claims::sorted(report) {
        let _ = writeln!(page, "- **{}** {}", claim.verdict.word(), escape(&claims::sentence(claim)));
    }
}

fn section(page: &mut String, report: &Report, row: &RowReport) {
    let mut about = vec![row_words::subject(row)];
    about.extend(row_words::peers(row));
    about.push(format!("{} placement", header::placement_name(row.placement)));
    // Rounds are a median over generations: not a whole number if half of them had one more.
    let rounds = if row.rounds == 1.0 { "1 round".to_owned() } else { format!("{} rounds", row.rounds) };
    about.push(format!("{} of {rounds}", counted(row.generations, "generation")));
    let _ = write!(page, "\n## {}\n\n{}\n\n", escape(&row.case), escape(&about.join(" · ")));
    for prose in [&row.why, &row.read].into_iter().filter(|prose| !prose.is_empty()) {
        let _ = write!(page, "{}\n\n", escape(prose));
    }
    figures(page, report, row);
    for arm in row_words::lines(row).into_iter().filter(|arm| !arm.is_measured()) {
        let _ = writeln!(
            page,
            "- **{}** {}",
            escape(&runtimes::name(report, arm)),
            escape(&row_words::no_result(report, arm))
        );
    }
    let ranking = row_words::ranking(row).map(str::to_owned);
    let control = (row.control.ratio.is_some() && row.control.fine).then(|| row.control.sentence.clone());
    let sentences = ranking
        .into_iter()
        .chain(row_words::pace(row))
        .chain(row_words::limits(row))
        .chain(row_words::doubts(report, row))
        .chain(control);
    for sentence in sentences {
        let _ = writeln!(page, "- {}", escape(&sentence));
    }
    for error in &row.errors {
        let _ = writeln!(page, "- error: {}", escape(error));
    }
    for note in tail::notes(row) {
        let _ = writeln!(page, "- {}", escape(&note));
    }
    counters(page, report, row);
    if !row.traps.is_empty() {
        let _ = write!(page, "\n*Beware:* {}\n", escape(&row.traps));
    }
}

fn figures(page: &mut String, report: &Report, row: &RowReport) {
    let grid = grid(report, row);
    if grid.arms.is_empty() {
        return;
    }
    let head = |holds: Holds, head: &str| match holds {
        Holds::Name => "runtime".to_owned(),
        Holds::Latency => format!("{} {head}", row.latency_name),
        Holds::Headline if row.headline == Headline::Response => format!("{} {head}", row.latency_name),
        _ => head.to_owned(),
    };
    let heads: Vec<String> = grid.columns.iter().map(|column| escape(&head(column.holds, &column.head))).collect();
    let _ = writeln!(page, "| {} |\n|:--|{}", heads.join(" | "), "--:|".repeat(grid.columns.len() - 1));
    for (index, arm) in grid.arms.iter().enumerate() {
        let cells: Vec<String> = grid
            .columns
            .iter()
            .map(|column| {
                let cell = escape(&column.cells[index]);
                match (column.holds, arm.role) {
                    (Holds::Name, Role::Reference) => format!("**{cell}**"),
                    _ => cell,
                }
            })
            .collect();
        let _ = writeln!(page, "| {} |", cells.join(" | "));
    }
    page.push('\n');
}

fn counters(page: &mut String, report: &Report, row: &RowReport) {
    let Some(Counts { heads, lines, remarks }) = counts(report, row) else { return };
    let joined = |cells: &[String]| cells.iter().map(|cell| escape(cell)).collect::<Vec<_>>().join(" | ");
    let _ = writeln!(page, "\n| per operation{} |\n|:--|{}", joined(&heads), "--:|".repeat(heads.len() - 1));
    for line in lines {
        let _ = writeln!(page, "| {} |", joined(&line));
    }
    if !remarks.is_empty() {
        page.push('\n');
    }
    for sentence in remarks {
        let _ = writeln!(page, "- {}", escape(&sentence));
    }
}
