//! Reads a record back, tolerantly: a line cut off at the end is reported and left out.

use super::{Closed, End, Fault, Header, Line, RECORD_SCHEMA, Round, Row, Slice, Started};
use loopswap_protocol::{Counted, log, sentence, tame};
use std::collections::BTreeMap;
use thiserror::Error;

/// A record, put in order.
#[derive(Clone, Debug)]
pub struct Record {
    /// What was known before anything was measured.
    pub header: Header,
    /// One for each row of the plan.
    pub rows: Vec<RowRecord>,
    /// How the run ended; absent when it was killed or still runs.
    pub end: Option<End>,
    /// Whether the last line was cut off and left out.
    pub cut_off: bool,
    /// Bytes up to the end of the last whole line.
    pub whole_bytes: usize,
}

/// What was measured of one row.
#[derive(Clone, Debug, Default)]
pub struct RowRecord {
    /// Work of a slice by arm.
    pub calibrations: BTreeMap<usize, Calibration>,
    /// Complete generations by number.
    pub generations: BTreeMap<u32, Generation>,
    /// What went wrong.
    pub faults: Vec<Fault>,
}

/// How much work one slice of an arm is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Calibration {
    /// Operations.
    pub ops: u64,
    /// Wall time, in nanoseconds.
    pub ns: u64,
}

/// A complete generation.
#[derive(Clone, Debug, Default)]
pub struct Generation {
    /// What was measured in each arm's process, by arm.
    pub processes: BTreeMap<usize, Process>,
    /// Who else was on the machine, round by round; empty in records of before 0.2.
    pub rounds: Vec<Round>,
    /// What it took, and who else was on the machine.
    pub closed: Closed,
    /// Whether it gives a second opinion on a suspect row of a race.
    pub confirms: bool,
}

/// What was measured in one process.
#[derive(Clone, Debug)]
pub struct Process {
    /// How it started.
    pub started: Started,
    /// Its timed slices, one a round.
    pub slices: Vec<Slice>,
    /// The encoded response times of each slice of an open loop; empty in a closed one.
    pub responses: Vec<String>,
    /// Its counting slice, if it had one.
    pub counted: Option<Counted>,
}

/// Why a record cannot be read.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum ReadError {
    /// There is nothing in it.
    #[error("the record is empty: the run ended before anything was written")]
    Empty,
    /// The first line is something else.
    #[error("line 1 is not the header of a loopswap record: {0}")]
    NotARecord(String),
    /// Written by a later loopswap.
    #[error("the record has schema {found}, this loopswap reads up to {RECORD_SCHEMA}: use a newer loopswap")]
    Newer {
        /// The version found.
        found: u64,
    },
    /// A line in the middle is damaged.
    #[error("line {line} of the record is damaged: {what}")]
    Damaged {
        /// Number of the line, from 1.
        line: usize,
        /// What is wrong with it.
        what: String,
    },
}

/// Reads the text of a record.
///
/// # Errors
/// When it is empty, is no record, comes from a later version, or is damaged before its last line.
pub fn read(text: &str) -> Result<Record, ReadError> {
    let mut lines = text.split_inclusive('\n').enumerate();
    let (_, first) = lines.next().ok_or(ReadError::Empty)?;
    let header = header(first)?;
    let mut reading = Reader::new(header.plan.rows.len());
    if !first.ends_with('\n') {
        // Nothing can be appended to it, and nothing has been.
        return Err(ReadError::NotARecord("its end is missing".into()));
    }
    let mut whole_bytes = first.len();
    let mut cut_off = false;
    for (index, line) in lines {
        // Only the last line can lack its end: the process died, or the disk was full, while writing it.
        if !line.ends_with('\n') {
            cut_off = true;
            break;
        }
        reading.read(line).map_err(|what| ReadError::Damaged { line: index + 1, what })?;
        whole_bytes += line.len();
    }
    Ok(Record { header, rows: reading.rows, end: reading.end, cut_off, whole_bytes })
}

fn header(line: &str) -> Result<Header, ReadError> {
    let mut value: serde_json::Value =
        serde_json::from_str(line).map_err(|error| ReadError::NotARecord(sentence(error)))?;
    if let Some(found) = value.pointer("/header/schema").and_then(serde_json::Value::as_u64)
        && found > u64::from(RECORD_SCHEMA)
    {
        return Err(ReadError::Newer { found });
    }
    tame(&mut value);
    match serde_json::from_value(value) {
        Ok(Line::Header(header)) => Ok(*header),
        Ok(_) => Err(ReadError::NotARecord("another line comes first".into())),
        Err(error) => Err(ReadError::NotARecord(sentence(error))),
    }
}

/// Puts the lines of a record in order, one by one: of one that is read, or of one that is being
/// written, for whoever has to decide by it how to go on.
#[derive(Clone, Debug)]
pub struct Reader {
    /// One for each row of the plan.
    pub rows: Vec<RowRecord>,
    open: Option<(usize, u32, Generation)>,
    end: Option<End>,
}

impl Reader {
    /// Nothing is read yet of a record of so many rows.
    #[must_use]
    pub fn new(rows: usize) -> Reader {
        Reader { rows: vec![RowRecord::default(); rows], open: None, end: None }
    }

    fn read(&mut self, line: &str) -> Result<(), String> {
        if line.starts_with('[') {
            return self.slice(serde_json::from_str(line).map_err(|error| error.to_string())?);
        }
        self.take(serde_json::from_str(line).map_err(|error| error.to_string())?)
    }

    /// Takes a timed slice.
    ///
    /// # Errors
    /// When no generation is open in which its arm has a process.
    pub fn slice(&mut self, slice: Slice) -> Result<(), String> {
        self.process(slice.arm)?.slices.push(slice);
        Ok(())
    }

    /// Takes any other line but the header.
    ///
    /// # Errors
    /// When it does not fit what came before.
    pub fn take(&mut self, line: Line) -> Result<(), String> {
        match line {
            Line::Header(_) => return Err("a second header".into()),
            Line::Resumed { .. } => {
                self.open = None;
                self.end = None;
            }
            Line::Calibrated { row, arm, ops, ns } => {
                self.row(row)?.calibrations.insert(arm, Calibration { ops, ns });
            }
            Line::Generation { row, number, processes, confirms } => {
                self.row(row)?;
                let processes = processes
                    .into_iter()
                    .map(|started| {
                        (started.arm, Process { started, slices: Vec::new(), responses: Vec::new(), counted: None })
                    })
                    .collect();
                self.open = Some((row, number, Generation { processes, confirms, ..Generation::default() }));
            }
            Line::Round(round) => {
                let (_, _, generation) = self.open.as_mut().ok_or("a round outside any generation")?;
                generation.rounds.push(round);
            }
            Line::WarmUp(slice) => {
                self.process(slice.arm)?;
            }
            Line::Response { arm, response } => self.process(arm)?.responses.push(response),
            Line::Count { arm, counted } => self.process(arm)?.counted = Some(*counted),
            Line::Fault(fault) => {
                let (message, stderr) = (sentence(&fault.message), log(&fault.stderr));
                self.row(fault.row)?.faults.push(Fault { message, stderr, ..fault });
            }
            Line::Closed(closed) => {
                let Some((row, number, mut generation)) = self.open.take() else {
                    return Err("a generation is closed that was not begun".into());
                };
                generation.closed = closed;
                self.row(row)?.generations.insert(number, generation);
            }
            Line::End(end) => self.end = Some(end),
        }
        Ok(())
    }

    fn row(&mut self, row: usize) -> Result<&mut RowRecord, String> {
        let rows = self.rows.len();
        self.rows.get_mut(row).ok_or_else(|| format!("row {row} of {rows}"))
    }

    fn process(&mut self, arm: usize) -> Result<&mut Process, String> {
        let (_, _, generation) = self.open.as_mut().ok_or("a slice outside any generation")?;
        generation.processes.get_mut(&arm).ok_or_else(|| format!("arm {arm} has no process in this generation"))
    }
}

impl Record {
    /// The row of the plan and what was measured of it, in order.
    pub fn rows(&self) -> impl Iterator<Item = (&Row, &RowRecord)> {
        self.header.plan.rows.iter().zip(&self.rows)
    }
}
