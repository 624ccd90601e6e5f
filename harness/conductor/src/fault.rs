//! What goes wrong while a row is measured, and where; and what ends a run.

use crate::conversation::Trouble;
use crate::failure::Failure;
use loopswap_protocol::{Unavailable, Unfinished};
use loopswap_report::record::{Fault, FaultKind};
use std::io;

/// Why a run stops before its end.
#[derive(Debug)]
pub enum Halt {
    /// A signal asked it to.
    Interrupted,
    /// Its time is up: what is not measured by now is not reached.
    TimeIsUp,
    /// The record cannot be written.
    Record(io::Error),
    /// The system failed.
    System(Failure),
}

/// Why a turn gave no figures.
pub(crate) enum Missed {
    Trouble(Trouble),
    Unfinished(Unfinished),
    Halt(Halt),
}

impl From<Trouble> for Missed {
    fn from(trouble: Trouble) -> Self {
        Missed::Trouble(trouble)
    }
}

impl From<Halt> for Missed {
    fn from(halt: Halt) -> Self {
        Missed::Halt(halt)
    }
}

/// Where something happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    /// Index of the row.
    pub(crate) row: usize,
    /// Index of the arm; `None` if it is the row's.
    pub(crate) arm: Option<usize>,
    /// Number of the generation; `None` outside of any, such as in the smoke pass.
    pub(crate) generation: Option<u32>,
}

impl Place {
    /// A fault here.
    pub(crate) fn fault(self, kind: FaultKind, message: impl Into<String>) -> Fault {
        let Place { row, arm, generation } = self;
        Fault { row, arm, generation, kind, message: message.into(), stderr: String::new(), projected_ns: None }
    }

    /// The fault of an arm that cannot run here.
    pub(crate) fn skipped(self, Unavailable { reason, remedy }: &Unavailable) -> Fault {
        self.fault(FaultKind::Skipped, format!("{reason}; {remedy}"))
    }

    /// The fault of a runner that gave no reply. An interruption, or the end of the time, is not a fault.
    pub(crate) fn trouble(self, trouble: Trouble) -> Result<Fault, Halt> {
        match trouble {
            Trouble::Interrupted => Err(Halt::Interrupted),
            Trouble::TimeIsUp => Err(Halt::TimeIsUp),
            Trouble::Unavailable(unavailable) => Ok(self.skipped(&unavailable)),
            Trouble::Runner { kind, message, stderr, .. } => Ok(Fault { stderr, ..self.fault(kind, message) }),
        }
    }
}
