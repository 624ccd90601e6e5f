//! Reads a record back, tolerantly: a line that is cut off or damaged is reported and left out.

use super::{Closed, Damage, End, Fault, Header, Line, RECORD_SCHEMA, Reader, Round, Row, Slice, Started, check};
use loopswap_protocol::{Counted, sentence, tame};
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
    /// What else was left out.
    pub damage: Damage,
}

/// The measurements of one row.
#[derive(Clone, Debug, Default)]
pub struct RowRecord {
    /// Work of a slice by arm.
    pub calibrations: BTreeMap<usize, Calibration>,
    /// Complete generations by number.
    pub generations: BTreeMap<u32, Generation>,
    /// The faults.
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
    /// The measurements in each arm's process, by arm.
    pub processes: BTreeMap<usize, Process>,
    /// Other load on the machine, round by round; empty in records from before 0.2.
    pub rounds: Vec<Round>,
    /// What it took, and other load on the machine.
    pub closed: Closed,
    /// Whether it gives a second opinion on a suspect row of a race.
    pub confirms: bool,
}

/// The measurements in one process.
#[derive(Clone, Debug)]
pub struct Process {
    /// How it started.
    pub started: Started,
    /// Its timed slices, one a round.
    pub slices: Vec<Slice>,
    /// The encoded response times of each slice of an open loop; empty in a closed one.
    pub responses: Vec<String>,
    /// The encoded latencies of operations that its timed slices stamped, if they stamped any.
    pub sampled: Option<String>,
    /// Its counting slice, if it had one.
    pub counted: Option<Counted>,
}

/// Why a record cannot be read.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum ReadError {
    /// It is empty.
    #[error("the record is empty: the run ended before anything was written")]
    Empty,
    /// The first line is not a header.
    #[error(
        "line 1 is not the header of a loopswap record: {0}; without it nobody can tell what was measured: give the \
         report.json of the run, if there is one, or measure again"
    )]
    NotARecord(String),
    /// Written by a later loopswap.
    #[error("the record has schema {found}, this loopswap reads up to {RECORD_SCHEMA}: use a newer loopswap")]
    Newer {
        /// The version found.
        found: u64,
    },
    /// The header asks for something impossible.
    #[error("line 1 of the record: {0}; it was changed or damaged: measure again")]
    Impossible(String),
}

/// Reads the text of a record.
///
/// # Errors
/// When it is empty, is not a record, or comes from a later version.
pub fn read(text: &str) -> Result<Record, ReadError> {
    read_bytes(text.as_bytes())
}

/// Reads the bytes of a record: damage may have left some that are not text.
///
/// # Errors
/// As [`read`].
pub fn read_bytes(bytes: &[u8]) -> Result<Record, ReadError> {
    let mut lines = bytes.split_inclusive(|byte| *byte == b'\n').enumerate();
    let (_, first) = lines.next().ok_or(ReadError::Empty)?;
    let header = header(first)?;
    check::header(&header).map_err(ReadError::Impossible)?;
    let mut reader = Reader::new(&header.plan);
    if !first.ends_with(b"\n") {
        // Nothing can be appended to it, and nothing was.
        return Err(ReadError::NotARecord("its end is missing".into()));
    }
    let mut whole_bytes = first.len();
    let mut cut_off = false;
    for (index, line) in lines {
        // Only the last line can lack its end: the process died, or the disk was full, while writing it.
        if !line.ends_with(b"\n") {
            cut_off = true;
            break;
        }
        reader.read(index + 1, line);
        whole_bytes += line.len();
    }
    let (rows, end, damage) = reader.finish();
    Ok(Record { header, rows, end, cut_off, whole_bytes, damage })
}

fn header(line: &[u8]) -> Result<Header, ReadError> {
    let mut value: serde_json::Value =
        serde_json::from_slice(line).map_err(|error| ReadError::NotARecord(sentence(error)))?;
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

impl Record {
    /// The row of the plan and what was measured of it, in order.
    pub fn rows(&self) -> impl Iterator<Item = (&Row, &RowRecord)> {
        self.header.plan.rows.iter().zip(&self.rows)
    }
}
