//! One check and its outcome: what is printed, and the data that `--json` gives.

use crate::rule::Rule;
use loopswap_protocol::{Hello, PROTOCOL, RuntimeInfo};
use serde::Serialize;

/// Version of the data.
const VERSION: u32 = 1;

/// One thing that was looked at.
#[derive(Clone, Debug, Serialize)]
pub struct Check {
    /// What it is part of: `hello`, `work`, `counters`, `lines`, `misuse`, `closes`, `together`.
    pub group: &'static str,
    /// Its name within the group; in `work` that of a case.
    pub name: String,
    /// What was looked at, as half a sentence.
    pub about: String,
    /// What came of it.
    #[serde(flatten)]
    pub outcome: Outcome,
}

/// What came of a check.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "outcome", rename_all = "kebab-case")]
pub enum Outcome {
    /// The program keeps to the protocol.
    Ok,
    /// It does not.
    Wrong(Finding),
    /// It was not looked at.
    Skipped {
        /// Why, and where there is one the way out.
        reason: String,
    },
}

/// What a program got wrong.
#[derive(Clone, Debug, Serialize)]
pub struct Finding {
    /// What it did, as a sentence.
    pub what: String,
    /// The heading of PROTOCOL.md under which the sentence stands.
    pub section: &'static str,
    /// The sentence of PROTOCOL.md that it did not keep, word for word.
    pub sentence: &'static str,
    /// The line that was written to it last, if any was.
    pub after: String,
    /// The end of its standard error.
    pub stderr: String,
    /// A command that shows the same, if one can.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by_hand: Option<String>,
}

impl Finding {
    pub(super) fn new(rule: Rule, what: String, after: String, stderr: String) -> Finding {
        Finding { what, section: rule.section(), sentence: rule.sentence(), after, stderr, by_hand: None }
    }

    /// The same under another rule, with these words before it.
    pub(super) fn under(self, rule: Rule, words: &str) -> Finding {
        let what = format!("{words}: {}", self.what);
        Finding { what, section: rule.section(), sentence: rule.sentence(), ..self }
    }
}

/// All checks of a program.
#[derive(Clone, Debug, Serialize)]
pub struct Verification {
    /// Version of this data: fields are only ever added to it.
    pub verification: u32,
    /// Version of the protocol.
    pub protocol: u32,
    /// Program and arguments.
    pub command: Vec<String>,
    /// The runtime that it names in its hello; `None` if it says none.
    pub runtime: Option<RuntimeInfo>,
    /// The workloads that it names in its hello.
    pub workloads: Vec<String>,
    /// How many checks are fine.
    pub ok: usize,
    /// How many are wrong.
    pub wrong: usize,
    /// How many were skipped.
    pub skipped: usize,
    /// Whether the budget ended before every check was made: then nothing is said of the others.
    pub cut_short: bool,
    /// The checks, in their order.
    pub checks: Vec<Check>,
}

/// Why a check was not made, if the budget is the reason.
pub(super) const CUT_SHORT: &str = "not reached: the budget was used up; give more with --budget";

impl Verification {
    pub(super) fn of(command: &[String], hello: Option<Hello>, checks: Vec<Check>) -> Verification {
        let count = |is: fn(&Outcome) -> bool| checks.iter().filter(|check| is(&check.outcome)).count();
        let (runtime, workloads) = hello.map(|hello| (hello.runtime, hello.workloads)).unzip();
        Verification {
            verification: VERSION,
            protocol: PROTOCOL,
            command: command.to_vec(),
            runtime,
            workloads: workloads.unwrap_or_default(),
            ok: count(|outcome| matches!(outcome, Outcome::Ok)),
            wrong: count(|outcome| matches!(outcome, Outcome::Wrong(_))),
            skipped: count(|outcome| matches!(outcome, Outcome::Skipped { .. })),
            cut_short: count(|outcome| matches!(outcome, Outcome::Skipped { reason } if reason == CUT_SHORT)) > 0,
            checks,
        }
    }
}
