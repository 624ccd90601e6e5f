//! Puts the lines of a record in order, and leaves out what is damaged.

use super::{
    Calibration, Closed, Damage, End, Fault, FaultKind, Generation, Line, Plan, Process, RowRecord, Slice, Started,
    check,
};
use loopswap_protocol::{log, sentence};
use std::collections::BTreeSet;

/// Puts the lines of a record in order, one by one: of a stored record, or of one that is being written, so
/// that a race can decide what to measure next.
#[derive(Clone, Debug)]
pub struct Reader {
    /// One for each row of the plan.
    pub rows: Vec<RowRecord>,
    /// Arms of each row.
    arms: Vec<usize>,
    open: Option<Open>,
    end: Option<End>,
    damage: Damage,
    /// Set while the first line of a generation may be lost: the lines that follow belong to no generation.
    astray: bool,
}

/// A generation that is not closed yet.
#[derive(Clone, Debug)]
struct Open {
    row: usize,
    number: u32,
    generation: Generation,
    /// Set if one of its lines is damaged and it is unknown which arm it belongs to.
    broken: bool,
    /// Arms that failed in it.
    failed: BTreeSet<usize>,
    /// Arms with an impossible slice: they lose this generation.
    implausible: BTreeSet<usize>,
}

/// What is lost with a line that is left out: an arm, if it is known which, or the open generation.
struct Loss {
    arm: Option<usize>,
    what: String,
}

impl From<String> for Loss {
    fn from(what: String) -> Loss {
        Loss { arm: None, what }
    }
}

impl Reader {
    /// An empty record with this plan.
    #[must_use]
    pub fn new(plan: &Plan) -> Reader {
        let arms: Vec<usize> = plan.rows.iter().map(|row| row.arms.len()).collect();
        let rows = vec![RowRecord::default(); arms.len()];
        Reader { rows, arms, open: None, end: None, damage: Damage::default(), astray: false }
    }

    /// The rows, how the record ends, and what was left out.
    pub(super) fn finish(self) -> (Vec<RowRecord>, Option<End>, Damage) {
        (self.rows, self.end, self.damage)
    }

    /// Reads a line of a file; a damaged one is left out, together with everything that is incomplete without
    /// it.
    pub(super) fn read(&mut self, number: usize, line: &[u8]) {
        let Err(Loss { arm, what }) = self.understand(line) else { return };
        let told = match (&mut self.open, arm) {
            (Some(open), Some(arm)) => open.implausible.insert(arm),
            (Some(open), None) => {
                open.broken = true;
                true
            }
            // The first of them tells that the beginning of their generation is lost.
            (None, _) => !std::mem::replace(&mut self.astray, true),
        };
        self.damage.line(number, told.then_some(what));
    }

    fn understand(&mut self, line: &[u8]) -> Result<(), Loss> {
        let text = std::str::from_utf8(line).map_err(sentence)?;
        if text.starts_with('[') {
            let slice: Slice = serde_json::from_str(text).map_err(sentence)?;
            self.process(slice.arm)?;
            check::slice(&slice).map_err(|what| Loss { arm: Some(slice.arm), what })?;
            return Ok(self.slice(slice)?);
        }
        let line: Line = serde_json::from_str(text).map_err(sentence)?;
        check::line(&line, &self.arms).map_err(|what| Loss { arm: self.arm_of(&line), what })?;
        match line {
            Line::Closed(closed) => Ok(self.close(closed)?),
            line => Ok(self.take(line)?),
        }
    }

    /// The arm that a line is of, if it has a process in the open generation.
    fn arm_of(&self, line: &Line) -> Option<usize> {
        let arm = match line {
            Line::WarmUp(slice) => slice.arm,
            Line::Response { arm, .. } | Line::Sampled { arm, .. } | Line::Count { arm, .. } => *arm,
            _ => return None,
        };
        self.open.as_ref().is_some_and(|open| open.generation.processes.contains_key(&arm)).then_some(arm)
    }

    /// Adds a timed slice.
    ///
    /// # Errors
    /// When no generation is open in which its arm has a process.
    pub fn slice(&mut self, slice: Slice) -> Result<(), String> {
        self.process(slice.arm)?.slices.push(slice);
        Ok(())
    }

    /// Adds any other line except the header.
    ///
    /// # Errors
    /// When it does not fit the lines before it.
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
                self.astray = false;
                self.open = Some(Open::new(row, number, processes, confirms));
            }
            Line::Round(round) => {
                self.open.as_mut().ok_or("a round outside any generation")?.generation.rounds.push(round);
            }
            Line::WarmUp(slice) => {
                self.process(slice.arm)?;
            }
            Line::Response { arm, response } => self.process(arm)?.responses.push(response),
            Line::Sampled { arm, latency } => self.process(arm)?.sampled = Some(latency),
            Line::Count { arm, counted } => self.process(arm)?.counted = Some(*counted),
            Line::Fault(fault) => self.fault(fault)?,
            Line::Closed(closed) => {
                let Some(Open { row, number, mut generation, .. }) = self.open.take() else {
                    return Err("it closes a generation that was not begun".into());
                };
                generation.closed = closed;
                self.row(row)?.generations.insert(number, generation);
            }
            Line::End(end) => self.end = Some(end),
        }
        Ok(())
    }

    fn fault(&mut self, fault: Fault) -> Result<(), String> {
        if let (Some(open), Some(arm)) = (&mut self.open, fault.arm)
            && (fault.row, fault.generation) == (open.row, Some(open.number))
        {
            open.failed.insert(arm);
        }
        let (message, stderr) = (sentence(&fault.message), log(&fault.stderr));
        self.row(fault.row)?.faults.push(Fault { message, stderr, ..fault });
        Ok(())
    }

    /// Closes a generation of a file, or leaves it out if it is incomplete.
    fn close(&mut self, closed: Closed) -> Result<(), String> {
        let Some(open) = self.open.take() else { return self.take(Line::Closed(closed)) };
        let Open { row, number, .. } = open;
        let name = format!("generation {number} of row {row}");
        let again = self.row(row)?.generations.contains_key(&number);
        let whole = if open.broken {
            // One of its lines was already reported.
            Ok(false)
        } else if (closed.row, closed.number) != (row, number) {
            Err(format!("it closes generation {} of row {}, but {name} is open", closed.number, closed.row))
        } else if again {
            Err(format!("{name} appears a second time"))
        } else {
            open.uneven().map_or(Ok(true), |what| Err(format!("{name} is incomplete: {what}")))
        };
        if whole != Ok(true) {
            self.damage.generations += 1;
            return whole.map(drop);
        }
        let Open { mut generation, implausible, .. } = open;
        generation.closed = closed;
        generation.processes.retain(|arm, _| !implausible.contains(arm));
        let faults = implausible.into_iter().map(|arm| Fault {
            row,
            arm: Some(arm),
            generation: Some(number),
            kind: FaultKind::Garbled,
            message: "a figure in the record is impossible".into(),
            stderr: String::new(),
            projected_ns: None,
        });
        let of_row = self.row(row)?;
        of_row.faults.extend(faults);
        of_row.generations.insert(number, generation);
        Ok(())
    }

    fn row(&mut self, row: usize) -> Result<&mut RowRecord, String> {
        let rows = self.rows.len();
        self.rows.get_mut(row).ok_or_else(|| format!("row {row} of {rows}"))
    }

    fn process(&mut self, arm: usize) -> Result<&mut Process, String> {
        let open = self.open.as_mut().ok_or("a slice outside any generation")?;
        let processes = &mut open.generation.processes;
        processes.get_mut(&arm).ok_or_else(|| format!("arm {arm} has no process in this generation"))
    }
}

impl Open {
    fn new(row: usize, number: u32, processes: Vec<Started>, confirms: bool) -> Open {
        let process = |started: Started| {
            (started.arm, Process { started, slices: Vec::new(), responses: Vec::new(), sampled: None, counted: None })
        };
        let processes = processes.into_iter().map(process).collect();
        Open {
            row,
            number,
            generation: Generation { processes, confirms, ..Generation::default() },
            broken: false,
            failed: BTreeSet::new(),
            implausible: BTreeSet::new(),
        }
    }

    /// Signs that lines are missing, or appear twice. Slices are paired by their round, so every arm that did
    /// not fail must have one of each.
    fn uneven(&self) -> Option<String> {
        let processes = &self.generation.processes;
        let good = |arm: &usize| !self.failed.contains(arm) && !self.implausible.contains(arm);
        let mut whole = processes.iter().filter(|(arm, _)| good(arm));
        let (first, of_first) = whole.next()?;
        let count = of_first.slices.len();
        if let Some((arm, other)) = whole.find(|(_, process)| process.slices.len() != count) {
            return Some(format!("{count} slices of arm {first}, {} of arm {arm}", other.slices.len()));
        }
        let unanswered = |process: &Process| ![0, process.slices.len()].contains(&process.responses.len());
        if let Some((arm, other)) = processes.iter().find(|(arm, process)| good(arm) && unanswered(process)) {
            return Some(format!("{} slices of arm {arm}, {} with response times", count, other.responses.len()));
        }
        // An arm that failed may have been the last of a round.
        let rounds = self.generation.rounds.len();
        let all = self.failed.is_empty() && self.implausible.is_empty();
        (all && rounds > 0 && rounds != count).then(|| format!("{count} slices of each arm, {rounds} rounds"))
    }
}
