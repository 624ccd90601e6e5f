//! The sheet on which every check is written down as soon as it is over.

use super::check::{CUT_SHORT, Check, Finding, Outcome};
use crate::conversation::Trouble;
use crate::failure::Failure;
use crate::rule::Rule;
use loopswap_protocol::{Unavailable, sentence};
use loopswap_report::record::FaultKind;

/// A program that let us wait this often until a time limit is not waited for any more.
const MOST_HUNG: u32 = 3;

/// The groups of checks, and what is tried in each.
const GROUPS: [(&str, &str); 6] = [
    ("work", "whole conversations about its workloads"),
    ("counters", "what it counts"),
    ("lines", "how it reads and writes"),
    ("misuse", "commands that it cannot carry out"),
    ("closes", "its input closes"),
    ("together", "several of its processes"),
];

/// Why a check stopped before its end.
#[derive(Clone, Debug)]
pub(super) enum Stopped {
    /// There is nothing to look at.
    Skipped(String),
    /// The runtime cannot do the case.
    Unsupported(String),
    /// The program got something wrong; `hung` if it was waited for in vain.
    Wrong {
        finding: Box<Finding>,
        hung: bool,
    },
    Interrupted,
}

/// What a check comes to.
pub(super) type Tried<T = ()> = Result<T, Stopped>;

impl From<Trouble> for Stopped {
    fn from(trouble: Trouble) -> Stopped {
        match trouble {
            Trouble::Interrupted => Stopped::Interrupted,
            Trouble::TimeIsUp => Stopped::Skipped(CUT_SHORT.into()),
            Trouble::Unavailable(Unavailable { reason, remedy }) => Stopped::Skipped(format!("{reason}; {remedy}")),
            Trouble::Runner { kind: FaultKind::Unsupported, message, .. } => Stopped::Unsupported(message),
            Trouble::Runner { kind, message, rule, after, stderr } => {
                let what = if kind == FaultKind::Failed { format!("it answers `error`: {message}") } else { message };
                let finding = Box::new(Finding::new(rule, what, after, stderr));
                Stopped::Wrong { finding, hung: kind == FaultKind::Hung }
            }
        }
    }
}

impl Stopped {
    /// The same, as something that was waited for in vain.
    pub(super) fn in_vain(self) -> Stopped {
        match self {
            Stopped::Wrong { finding, .. } => Stopped::Wrong { finding, hung: true },
            other => other,
        }
    }

    /// The same, as what the program did wrong under another rule and with these words before it.
    pub(super) fn under(rule: Rule, words: &str, trouble: Trouble) -> Stopped {
        match Stopped::from(trouble) {
            Stopped::Wrong { finding, hung } => Stopped::Wrong { finding: Box::new(finding.under(rule, words)), hung },
            other => other,
        }
    }
}

/// The checks so far.
pub(super) struct Sheet<'a> {
    checks: Vec<Check>,
    tell: &'a mut dyn FnMut(&Check),
    hung: u32,
}

impl<'a> Sheet<'a> {
    pub(super) fn new(tell: &'a mut dyn FnMut(&Check)) -> Sheet<'a> {
        Sheet { checks: Vec::new(), tell, hung: 0 }
    }

    /// Makes a check. Returns what it found, if it came to its end.
    ///
    /// # Errors
    /// When it was interrupted.
    pub(super) fn check<T>(
        &mut self,
        (group, name): (&'static str, &str),
        about: &str,
        check: impl FnOnce() -> Tried<T>,
    ) -> Result<Option<T>, Failure> {
        let tried = if self.hung < MOST_HUNG { check() } else { Err(Stopped::Skipped(waited())) };
        let (found, outcome) = match tried {
            Ok(found) => (Some(found), Outcome::Ok),
            Err(Stopped::Skipped(reason)) => (None, Outcome::Skipped { reason: sentence(reason) }),
            Err(Stopped::Unsupported(why)) => (None, Outcome::Skipped { reason: format!("unsupported: {why}") }),
            Err(Stopped::Wrong { finding, hung }) => {
                self.hung += u32::from(hung);
                (None, Outcome::Wrong(*finding))
            }
            Err(Stopped::Interrupted) => return Err(Failure::interrupted("interrupted")),
        };
        let check = Check { group, name: name.to_owned(), about: about.to_owned(), outcome };
        (self.tell)(&check);
        self.checks.push(check);
        Ok(found)
    }

    /// Writes down that a check was not made.
    ///
    /// # Errors
    /// As [`check`](Self::check).
    pub(super) fn skip(&mut self, of: (&'static str, &str), about: &str, reason: &str) -> Result<(), Failure> {
        self.check(of, about, || Err::<(), _>(Stopped::Skipped(reason.to_owned()))).map(drop)
    }

    /// Writes down for every group without a check why it has none.
    ///
    /// # Errors
    /// As [`check`](Self::check).
    pub(super) fn rest_skipped(&mut self, reason: &str) -> Result<(), Failure> {
        for (group, about) in GROUPS {
            if !self.checks.iter().any(|check| check.group == group) {
                self.skip((group, "all"), about, reason)?;
            }
        }
        Ok(())
    }

    pub(super) fn into_checks(self) -> Vec<Check> {
        self.checks
    }
}

fn waited() -> String {
    format!(
        "not tried: {MOST_HUNG} times it was waited for in vain; make those fine first, or choose others with --case"
    )
}
