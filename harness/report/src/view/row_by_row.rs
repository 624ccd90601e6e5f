//! The table of a run under way: what is known from the beginning, every row when it is finished, then the
//! rest.

use super::header;
use super::table::{DIM, PLAIN, Page, Style, WARN};
use crate::model::{Report, RowReport};
use std::collections::BTreeMap;

/// What is said before the first of several rows.
const PROVISIONAL: &str =
    "a row is judged with the rows before it; one that all rows together change is shown again at the end";

/// What stands above the rows that are shown again.
const AGAIN: &str = "judged over all rows (adjusted p-values, serial correlation), these read differently than above:";

/// The pieces of a table that is shown row by row, and which rows have been shown so far.
#[derive(Debug)]
pub struct RowByRow {
    style: Style,
    /// What [`figures`](Self::figures) were of each row that has been shown.
    shown: BTreeMap<usize, String>,
}

impl RowByRow {
    /// Nothing is shown yet.
    #[must_use]
    pub fn new(style: Style) -> RowByRow {
        RowByRow { style, shown: BTreeMap::new() }
    }

    /// The head, as far as it is known before anything is measured; `time` is how long the run will take, in
    /// words.
    #[must_use]
    pub fn opening(&self, report: &Report, time: &str) -> String {
        let mut page = Page::new(self.style);
        page.opening(report, &header::title_of(report, time));
        if report.rows.len() > 1 {
            page.sentence(PROVISIONAL, 0, DIM);
        }
        page.text
    }

    /// The row with this index, as far as it can be judged from the rows of `report`; empty if there is none.
    #[must_use]
    pub fn row(&mut self, report: &Report, row: usize) -> String {
        let Some(found) = report.rows.get(row) else { return String::new() };
        self.shown.insert(row, self.figures(report, found));
        self.text(report, found)
    }

    /// All the rest, from the whole report: rows that have not been shown, rows that read differently now, and
    /// what is said of all rows together.
    #[must_use]
    pub fn rest(&self, report: &Report) -> String {
        let mut page = Page::new(self.style);
        let mut changed = String::new();
        for (index, row) in report.rows.iter().enumerate() {
            match self.shown.get(&index) {
                None => page.text += &self.text(report, row),
                Some(shown) if *shown != self.figures(report, row) => changed += &self.text(report, row),
                Some(_) => {}
            }
        }
        if !changed.is_empty() {
            page.line("", PLAIN);
            page.sentence(AGAIN, 0, WARN);
            page.text += &changed;
        }
        page.axes(report);
        page.line("", PLAIN);
        page.trust(report);
        page.legend(report);
        page.claims(report);
        page.text
    }

    /// What makes a row worth showing again: all of it but how small a difference it would have shown, which
    /// moves with every other row.
    fn figures(&self, report: &Report, row: &RowReport) -> String {
        let mut row = row.clone();
        row.arms.iter_mut().for_each(|arm| arm.smallest_visible = None);
        self.text(report, &row)
    }

    fn text(&self, report: &Report, row: &RowReport) -> String {
        let mut page = Page::new(self.style);
        page.row(report, row);
        page.text
    }
}
