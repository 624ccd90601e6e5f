//! What a run has written so far: the file, and the same in order.

use crate::failure::Failure;
use crate::fault::Halt;
use crate::journal::Journal;
use loopswap_report::record::{End, Fault, Header, Line, Reader, RowRecord, Slice};

/// The record of a run under way.
pub(crate) struct Written {
    journal: Journal,
    read: Reader,
}

impl Written {
    /// A new record, with its first line.
    pub(crate) fn begin(mut journal: Journal, header: Header) -> Result<Written, Halt> {
        let read = Reader::new(&header.plan);
        journal.line(&Line::Header(Box::new(header))).map_err(Halt::Record)?;
        Ok(Written { journal, read })
    }

    /// A record that was cut short, with the line that says it is resumed.
    pub(crate) fn resume(journal: Journal, header: &Header, rows: &[RowRecord]) -> Result<Written, Halt> {
        let mut read = Reader::new(&header.plan);
        read.rows = rows.to_vec();
        let mut written = Written { journal, read };
        written.line(Line::Resumed { at: jiff::Timestamp::now().to_string() })?;
        Ok(written)
    }

    /// What is written of each row.
    pub(crate) fn rows(&self) -> &[RowRecord] {
        &self.read.rows
    }

    /// Writes a line; not the header.
    pub(crate) fn line(&mut self, line: Line) -> Result<(), Halt> {
        self.journal.line(&line).map_err(Halt::Record)?;
        self.read.take(line).map_err(impossible)
    }

    /// Writes a timed slice.
    pub(crate) fn slice(&mut self, slice: Slice) -> Result<(), Halt> {
        self.journal.slice(&slice).map_err(Halt::Record)?;
        self.read.slice(slice).map_err(impossible)
    }

    /// Writes why nothing more could be written. If even that does not fit, the terminal has it.
    pub(crate) fn last_words(&mut self, why: Fault, end: End) {
        self.journal.release();
        let _ = self.journal.line(&Line::Fault(why));
        let _ = self.journal.line(&Line::End(end));
    }
}

fn impossible(what: String) -> Halt {
    Halt::System(Failure::internal(what))
}
