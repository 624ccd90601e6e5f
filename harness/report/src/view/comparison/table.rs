//! A comparison on a terminal: whether to trust it, which rows changed, by how much, why.

use super::{header, words};
use crate::comparison::{Comparison, RowComparison, Verdict};
use crate::view::table::{BOLD, DIM, PLAIN, Page, Style, WARN};
use crate::words::{clean, cut, left, right, width, wrap};
use anstyle::AnsiColor;

/// Columns between two columns of the table.
const GAP: usize = 2;
/// Spaces before everything that belongs to a case.
const INDENT: usize = 2;
/// A name is not shortened below this.
const NAME_MIN: usize = 8;
/// Flagged rows listed above the tables; of the others only the number.
const FLAGGED_MAX: usize = 10;

/// The comparison as lines of text, none wider than the style allows.
#[must_use]
pub fn table(comparison: &Comparison, style: Style) -> String {
    let mut page = Page::new(style);
    page.sentence(&header::title(comparison), 0, BOLD);
    page.sentence(&header::machine(comparison), 0, PLAIN);
    page.sentence(&header::side("BASE", &comparison.base), 0, PLAIN);
    page.sentence(&header::side("HEAD", &comparison.head), 0, PLAIN);
    let trusted = comparison.with(Verdict::NotTrustworthy).next().is_none();
    page.sentence(&header::control(comparison), 0, if trusted { PLAIN } else { WARN });
    if let Some(incomplete) = header::incomplete(comparison) {
        page.sentence(incomplete, 0, WARN);
    }
    page.sentence(&header::verdicts(comparison), 0, BOLD);
    flagged(&mut page, comparison);
    for rows in cases(comparison) {
        page.line("", PLAIN);
        case(&mut page, &rows);
    }
    if !comparison.missing.is_empty() {
        page.line("", PLAIN);
        for missing in &comparison.missing {
            page.sentence(&words::missing(missing), 0, WARN);
        }
    }
    for claim in comparison.false_claims() {
        page.sentence(&words::claim(claim), 0, WARN);
    }
    page.line("", PLAIN);
    page.sentence(words::LEGEND, 0, DIM);
    for rule in header::rules(comparison) {
        page.sentence(&rule, 0, DIM);
    }
    for caveat in &comparison.caveats {
        page.sentence(&clean(caveat), 0, WARN);
    }
    page.text
}

/// The rows of each case, in the order in which the cases come.
fn cases(comparison: &Comparison) -> Vec<Vec<&RowComparison>> {
    let mut cases: Vec<Vec<&RowComparison>> = Vec::new();
    for row in &comparison.rows {
        match cases.iter_mut().find(|rows| rows.first().is_some_and(|first| first.case == row.case)) {
            Some(rows) => rows.push(row),
            None => cases.push(vec![row]),
        }
    }
    cases
}

fn flagged(page: &mut Page, comparison: &Comparison) {
    let flagged = words::flagged(comparison);
    for row in flagged.iter().take(FLAGGED_MAX) {
        let mut said = vec![format!("{} {} on {}", words::sign(row.verdict), row.case, row.runtime)];
        if matches!(row.verdict, Verdict::Regression | Verdict::Improvement | Verdict::Error) {
            said.push(row.sentence.clone());
        } else {
            said.push(words::word(row.verdict).into());
        }
        let first = said.join(": ");
        let all: Vec<String> = std::iter::once(first).chain(words::remarks(row)).collect();
        page.sentence(&clean(&all.join("; ")), INDENT, paint(row.verdict));
    }
    if flagged.len() > FLAGGED_MAX {
        page.sentence(&format!("and {} more, marked below", flagged.len() - FLAGGED_MAX), INDENT, PLAIN);
    }
}

fn paint(verdict: Verdict) -> anstyle::Style {
    match verdict {
        Verdict::Regression | Verdict::Error => AnsiColor::Red.on_default(),
        Verdict::Improvement => AnsiColor::Green.on_default(),
        Verdict::Inconclusive | Verdict::NotTrustworthy => WARN,
        Verdict::Equivalent | Verdict::NotMeasured => PLAIN,
    }
}

/// A column: its head and its cells.
struct Column {
    head: String,
    cells: Vec<String>,
}

fn case(page: &mut Page, rows: &[&RowComparison]) {
    let Some(first) = rows.first() else { return };
    page.sentence(&clean(&format!("{} · {}", first.case, words::leading(first))), 0, BOLD);
    let (measured, rest): (Vec<&RowComparison>, Vec<&RowComparison>) =
        rows.iter().partition(|row| row.sides().iter().all(Option::is_some));
    let names = rows.iter().map(|row| width(&clean(&row.runtime))).max().unwrap_or(0);
    let names = figures(page, &measured, names);
    for row in rest {
        let name = cut(&clean(&row.runtime), names);
        let first = format!("{}{}{}", " ".repeat(INDENT), left(&name, names), " ".repeat(GAP));
        let said = format!("{} {}", words::sign(row.verdict), clean(&row.sentence));
        for line in wrap(said.trim(), page.style.width, &first, INDENT + names + GAP + 2) {
            page.line(&line, paint(row.verdict));
        }
    }
    judged_otherwise(page, &measured);
    // A control belongs to the whole case, and so does the doubt.
    let mut doubts: Vec<String> = Vec::new();
    for row in rows {
        let doubt = match row.verdict {
            Verdict::NotTrustworthy => Some(clean(&row.sentence)),
            Verdict::Inconclusive => {
                row.cpu_witness.as_ref().map(|found| clean(&format!("{}: {}", row.runtime, found.sentence)))
            }
            Verdict::Error | Verdict::NotMeasured if measured.iter().any(|other| std::ptr::eq(*other, *row)) => {
                Some(clean(&format!("{}: {}", row.runtime, row.sentence)))
            }
            _ => None,
        };
        let remarks = words::remarks(row).into_iter().map(|remark| format!("{}: {remark}", clean(&row.runtime)));
        for said in doubt.into_iter().chain(remarks) {
            if !doubts.contains(&said) {
                doubts.push(said);
            }
        }
    }
    for doubt in doubts {
        page.sentence(&doubt, INDENT, WARN);
    }
}

/// Says which quantity the ratios of some rows are about.
fn judged_otherwise(page: &mut Page, rows: &[&RowComparison]) {
    let mut said: Vec<(&str, Vec<String>)> = Vec::new();
    for row in rows {
        let Some(what) = words::judged_otherwise(row) else { continue };
        match said.iter_mut().find(|(other, _)| *other == what) {
            Some((_, names)) => names.push(clean(&row.runtime)),
            None => said.push((what, vec![clean(&row.runtime)])),
        }
    }
    for (what, names) in said {
        page.sentence(&format!("{}: {what}", names.join(", ")), INDENT, PLAIN);
    }
}

/// Sets the figures and returns the width of the names.
fn figures(page: &mut Page, rows: &[&RowComparison], names: usize) -> usize {
    let unit = words::unit(rows);
    let column = |head: String, cell: &dyn Fn(&RowComparison) -> String| Column {
        head,
        cells: rows.iter().map(|row| cell(row)).collect(),
    };
    let signed = |row: &RowComparison| format!("{} {}", words::ratio(row.judged()), words::sign(row.verdict));
    let mut columns = vec![
        column(format!("BASE {}", unit.name), &|row| words::time(row.sides()[0], unit)),
        column(format!("HEAD {}", unit.name), &|row| words::time(row.sides()[1], unit)),
        column("HEAD ÷ BASE  ".into(), &signed),
        column("sees".into(), &words::sees),
        column("cpu ÷".into(), &|row| words::ratio(row.cpu_ratio.as_ref())),
        column("gens".into(), &|row| row.generations.to_string()),
    ];
    let widths = |columns: &[Column]| -> Vec<usize> {
        let cells = |column: &Column| column.cells.iter().map(|cell| width(cell)).max().unwrap_or(0);
        columns.iter().map(|column| cells(column).max(width(&column.head))).collect()
    };
    let total = |columns: &[Column], names: usize| {
        INDENT + names + widths(columns).iter().map(|width| width + GAP).sum::<usize>()
    };
    // On a narrow terminal the least important columns go first; the ratio stays. JSON has everything.
    while columns.len() > 4 && total(&columns, names) > page.style.width {
        columns.pop();
    }
    while columns.len() > 2 && total(&columns, names) > page.style.width {
        columns.remove(0);
    }
    let over = total(&columns, names).saturating_sub(page.style.width);
    let names = names.saturating_sub(over).max(NAME_MIN.min(names));
    if rows.is_empty() {
        return names;
    }
    let widths = widths(&columns);
    let set = |first: String, cell: &dyn Fn(&Column) -> String| {
        columns
            .iter()
            .zip(&widths)
            .fold(first, |line, (column, width)| format!("{line}{}{}", " ".repeat(GAP), right(&cell(column), *width)))
    };
    let heads = set(" ".repeat(INDENT + names), &|column| column.head.clone());
    page.line(&cut(&heads, page.style.width), DIM);
    for (index, row) in rows.iter().enumerate() {
        let name = format!("{}{}", " ".repeat(INDENT), left(&cut(&clean(&row.runtime), names), names));
        let line = cut(&set(name, &|column| column.cells[index].clone()), page.style.width);
        let sign = words::sign(row.verdict).to_string();
        let line = match row.verdict {
            Verdict::NotMeasured => line,
            // The sign is the last of its kind on the line: a name may contain one.
            verdict => match line.rfind(&sign) {
                Some(at) => {
                    let (before, after) = line.split_at(at);
                    format!("{before}{}{}", page.painted(&sign, paint(verdict)), &after[sign.len()..])
                }
                None => line,
            },
        };
        page.line(&line, PLAIN);
    }
    names
}
