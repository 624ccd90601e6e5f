//! What `loopswap run` prints while it measures: what it is going to do, then each row when it is finished.

use crate::console::{self, Progress};
use loopswap_conductor::{Failure, Step, Watch};
use loopswap_protocol::quoted;
use loopswap_report::record::{Header, RowRecord};
use loopswap_report::{GrowingReport, Report, RowByRow, Style};

/// The table of a run under way on standard output, and its progress on standard error.
pub(crate) struct Rows {
    progress: Progress,
    growing: GrowingReport,
    pieces: RowByRow,
    /// Whether all could be printed so far. A full disk behind standard output ends no run.
    printed: Result<(), Failure>,
}

impl Rows {
    /// Prints what is going to be measured, and how long it will take (`time`, in words).
    pub(crate) fn open(header: &Header, time: &str, quiet: bool) -> Rows {
        let growing = GrowingReport::of(header.clone());
        let pieces = RowByRow::new(Style::default());
        let printed = console::print(&pieces.opening(&growing.report(), time));
        Rows { progress: Progress::new(quiet), growing, pieces, printed }
    }

    /// Prints the rest of the table: rows that are not there yet, rows that read differently now, and what is
    /// said of all rows.
    ///
    /// # Errors
    /// When any of the table could not be printed.
    pub(crate) fn close(self, report: &Report) -> Result<(), Failure> {
        self.progress.clear();
        self.printed.and_then(|()| console::print(&self.pieces.rest(report)))
    }
}

impl Watch for Rows {
    fn step(&mut self, step: &Step<'_>) {
        self.progress.step(step);
    }

    fn line(&mut self, text: &str) {
        self.progress.line(text);
    }

    fn begun(&mut self, header: &Header) {
        self.growing = GrowingReport::of(header.clone());
    }

    fn row(&mut self, row: usize, measured: &RowRecord) {
        self.growing.add(row, measured);
        let report = self.growing.report();
        if let Some(found) = report.rows.get(row) {
            let noun = if found.generations == 1 { "generation" } else { "generations" };
            self.progress.finished(&format!("{}: {} {noun}", quoted(&found.case), found.generations));
        }
        let text = self.pieces.row(&report, row);
        if self.printed.is_ok() {
            self.printed = self.progress.beside(|| console::print(&text));
        }
    }
}
