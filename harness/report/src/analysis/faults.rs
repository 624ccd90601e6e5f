//! What the faults of a row mean for its arms.

use crate::model::ArmStatus;
use crate::record::{Arm, Fault, FaultKind, Role, Row, RowRecord};
use crate::words::one_line;

/// Characters kept of what a failed process wrote to standard error.
const STDERR_CHARS: usize = 2000;

/// Whether an arm has a result, and why not.
pub(super) struct Outcome {
    pub(super) status: ArmStatus,
    pub(super) reason: Option<String>,
    pub(super) remedy: Option<String>,
    pub(super) stderr: Option<String>,
    pub(super) projected_ns: Option<u64>,
    pub(super) errors: usize,
}

/// The outcome of an arm; an arm with a result keeps it, whatever else happened to it.
pub(super) fn outcome(index: usize, arm: &Arm, measured: &RowRecord, has_result: bool) -> Outcome {
    let faults = || measured.faults.iter().filter(move |fault| fault.arm == Some(index));
    let mut outcome = Outcome {
        status: ArmStatus::Measured,
        reason: None,
        remedy: None,
        stderr: None,
        projected_ns: None,
        errors: faults().filter(|fault| fault.kind.is_error()).count(),
    };
    if has_result {
        return outcome;
    }
    if let Some(unavailable) = &arm.unavailable {
        outcome.status = ArmStatus::Skipped;
        outcome.reason = Some(unavailable.reason.clone());
        outcome.remedy = Some(unavailable.remedy.clone()).filter(|remedy| !remedy.is_empty());
    } else if let Some(fault) = faults().rfind(|fault| fault.kind.is_final()).or_else(|| faults().next_back()) {
        outcome.status = status(fault.kind);
        outcome.reason = Some(one_line(&fault.message));
        outcome.stderr = tail(&fault.stderr);
        outcome.projected_ns = fault.projected_ns;
    } else {
        outcome.status = ArmStatus::NotReached;
        let peer = measured.faults.iter().find(|fault| fault.kind == FaultKind::Peer && fault.arm.is_none());
        outcome.reason = Some(peer.map_or("the run ended before it", |_| "a peer of the row failed, see below").into());
    }
    outcome
}

fn status(kind: FaultKind) -> ArmStatus {
    match kind {
        FaultKind::Skipped => ArmStatus::Skipped,
        FaultKind::Unsupported => ArmStatus::Unsupported,
        FaultKind::DidNotFinish => ArmStatus::DidNotFinish,
        FaultKind::NotReached => ArmStatus::NotReached,
        FaultKind::Failed
        | FaultKind::Crashed
        | FaultKind::Hung
        | FaultKind::Garbled
        | FaultKind::Peer
        | FaultKind::Record => ArmStatus::Failed,
    }
}

fn tail(text: &str) -> Option<String> {
    let text = text.trim_end();
    let skipped = text.chars().count().saturating_sub(STDERR_CHARS);
    let tail: String = text.chars().skip(skipped).collect();
    (!tail.is_empty()).then_some(tail)
}

/// What went wrong, as a sentence, and with which arm.
pub(super) struct RowError {
    /// The arm's runtime; `None` if the fault concerns the whole row.
    pub(super) runtime: Option<String>,
    /// The arm's role, which tells apart the arms of one runtime.
    pub(super) role: Option<Role>,
    /// Begins with the runtime, if it is of one.
    pub(super) sentence: String,
}

impl RowError {
    /// What is wrong with an arm.
    pub(super) fn of(arm: &Arm, what: &str) -> RowError {
        RowError {
            sentence: format!("{}, {what}", arm.runtime),
            runtime: Some(arm.runtime.clone()),
            role: Some(arm.role),
        }
    }
}

/// A sentence for every fault of the row itself, and of arms that nevertheless have a result.
pub(super) fn row_errors(row: &Row, measured: &RowRecord, has_result: impl Fn(usize) -> bool) -> Vec<RowError> {
    let said = |fault: &Fault| {
        let when = fault.generation.map_or_else(|| "smoke pass".into(), |number| format!("generation {number}"));
        let what = format!("{when}: {}", fault.message);
        let error = match fault.arm {
            Some(arm) if has_result(arm) => RowError::of(row.arms.get(arm)?, &what),
            // The line of an arm without a result already says why.
            Some(_) => return None,
            None => RowError { runtime: None, role: None, sentence: what },
        };
        Some(RowError { sentence: one_line(&error.sentence), ..error })
    };
    measured.faults.iter().filter_map(said).collect()
}
