//! Counts system calls of a slice from outside, for runners that cannot count their own: in a separate
//! process that is used for nothing else.
//!
//! A runner of loopswap marks where a slice begins and ends, so its figure covers what the tracepoint would
//! count. Any other runner does the operations once and then twice as many: reading the command, writing the
//! answer and beginning a slice are the same in both, and cancel in the difference.

use crate::conversation::Trouble;
use crate::fault::Missed;
use crate::row::RowRun;
use crate::runner::Runner;
use crate::time::{nanos, patience};
use crate::tracer::Tracer;
use crate::turntable::Turntable;
use loopswap_protocol::{Command, Count, PTRACE, PTRACE_DIFFERENCE, Reply};
use std::sync::atomic::AtomicBool;
use std::time::Duration;

/// A traced slice takes longer than any other. It is given up if it takes longer than this, and than `SLOWER`
/// times what it takes untraced.
const LONGEST: Duration = Duration::from_secs(10);
/// How much longer a traced slice may take than an untraced one, if that is more than `LONGEST`.
const SLOWER: u64 = 4;
/// Pause before and after a traced slice: a thread whose waiting was disturbed waits again, and a runner that
/// has answered is back at its next read.
const SETTLE: Duration = Duration::from_millis(5);

/// System calls of a slice, and how they were counted.
pub(crate) struct Traced {
    pub(crate) method: &'static str,
    pub(crate) calls: u64,
}

/// Why a slice was not counted from outside.
enum Untraced {
    /// The reason; the arm's own results stay valid.
    Reason(String),
    Missed(Missed),
}

impl From<Trouble> for Untraced {
    fn from(trouble: Trouble) -> Untraced {
        match trouble {
            Trouble::Interrupted | Trouble::TimeIsUp => Untraced::Missed(Missed::Trouble(trouble)),
            Trouble::Unavailable(unavailable) => Untraced::Reason(unavailable.reason),
            Trouble::Runner { message, .. } => Untraced::Reason(message),
        }
    }
}

/// Counts the system calls of a slice of `ops` operations from outside, or says why it cannot; that is asked
/// once for each arm of a row.
pub(crate) fn trace(
    row: &mut RowRun<'_, '_>,
    turntable: &mut Turntable,
    ops: u64,
) -> Result<Result<Traced, String>, Missed> {
    let arm = turntable.part.arm;
    if let Some(why) = row.state.untraced.get(&arm) {
        return Ok(Err(why.clone()));
    }
    match slices_traced(row, turntable, ops) {
        Ok(traced) => Ok(Ok(traced)),
        Err(Untraced::Missed(missed)) => Err(missed),
        Err(Untraced::Reason(why)) => {
            turntable.told = false;
            row.state.untraced.insert(arm, why.clone());
            Ok(Err(why))
        }
    }
}

fn slices_traced(row: &RowRun<'_, '_>, turntable: &mut Turntable, ops: u64) -> Result<Traced, Untraced> {
    let calibrated = row.state.calibrations.get(&turntable.part.arm).map_or(0, |found| found.ns);
    let limit = LONGEST.max(Duration::from_nanos(calibrated * SLOWER));
    // The limit of the case is for timed slices.
    let mut runner = row.start_for(turntable.part, |prepare| prepare.limit_ms = nanos(limit) / 1_000_000)?;
    runner.ready(row.world.stop)?;
    let patience = patience(limit);
    let mut slice = |runner: &mut Runner, ops| {
        turntable.asked += ops;
        traced_slice(runner, ops, patience, row.world.stop)
    };
    // What only a first slice does is not counted.
    slice(&mut runner, ops)?;
    // Dropped before the runner, and ends it.
    let tracer = Tracer::attach(runner.pid()).map_err(Untraced::Reason)?;
    let mut lap = |runner: &mut Runner, ops| {
        std::thread::sleep(SETTLE);
        let before = tracer.calls();
        // If tracing failed the runner is gone too, but that is not the reason.
        slice(runner, ops).map_err(|missed| tracer.failed().map_or(missed, Untraced::Reason))?;
        std::thread::sleep(SETTLE);
        Ok::<u64, Untraced>(tracer.calls() - before)
    };
    let once = lap(&mut runner, ops)?;
    let reason = |why: &str| Err(Untraced::Reason(why.to_owned()));
    match tracer.marks()[..] {
        [begin, end] => Ok(Traced { method: PTRACE, calls: end - begin }),
        // The process that answers must have read and written.
        [] if once == 0 => reason("the process that was started is not the one that answers: start it with `exec`"),
        [] => match lap(&mut runner, 2 * ops)?.checked_sub(once) {
            Some(calls) => Ok(Traced { method: PTRACE_DIFFERENCE, calls }),
            None => reason("twice the operations took fewer system calls than once"),
        },
        _ => reason("the runner does not mark the beginning and the end of a slice, each once"),
    }
}

/// One counting slice of a process that exists to be traced.
fn traced_slice(runner: &mut Runner, ops: u64, patience: Duration, stop: &AtomicBool) -> Result<(), Untraced> {
    runner.talk.send(&Command::Count(Count { ops, tally: true, traced: true }))?;
    match runner.talk.receive(patience, stop)? {
        Reply::Count(counted) if counted.ops == ops => Ok(()),
        Reply::Unfinished(_) => Err(Untraced::Reason("a traced slice takes too long".into())),
        other => Err(runner.talk.unexpected("count", &other).into()),
    }
}

/// Whether a child of this process may be traced; `command` starts a runner, which is ended again.
///
/// # Errors
/// Why not, and the remedy.
pub fn tracing_available(command: &[String], cpus: &[usize]) -> Result<(), String> {
    let mut runner = Runner::start(command, cpus).map_err(|error| error.to_string())?;
    runner.hello(&AtomicBool::new(false)).map_err(|trouble| match trouble {
        Trouble::Interrupted | Trouble::TimeIsUp => "interrupted".to_owned(),
        Trouble::Unavailable(unavailable) => unavailable.reason,
        Trouble::Runner { message, .. } => message,
    })?;
    Tracer::attach(runner.pid()).map(drop)
}
