//! The program that is verified: its processes, started as a run starts them.

use super::check::Finding;
use super::sheet::{Stopped, Tried};
use crate::child::{Leashed, ending};
use crate::conversation::{PROMPT, Trouble};
use crate::rule::Rule;
use crate::runner::Runner;
use crate::wait::Wait;
use loopswap_protocol::quoted;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

/// A program that is to speak the protocol.
#[derive(Clone, Copy)]
pub(super) struct Program<'a> {
    /// Program and arguments.
    pub(super) command: &'a [String],
    pub(super) stop: &'a AtomicBool,
    /// From when on nothing is waited for.
    pub(super) end: Instant,
}

impl Program<'_> {
    /// A process that has to check whether its runtime can run here.
    pub(super) fn first(&self, cpus: &[usize]) -> Result<Runner, Trouble> {
        Runner::of(self.command, cpus).and_then(|runner| self.bounded(runner))
    }

    /// A process that need not.
    pub(super) fn again(&self, cpus: &[usize]) -> Result<Runner, Trouble> {
        Runner::again(self.command, cpus).and_then(|runner| self.bounded(runner))
    }

    fn bounded(&self, mut runner: Runner) -> Result<Runner, Trouble> {
        if Instant::now() >= self.end {
            return Err(Trouble::TimeIsUp);
        }
        runner.talk.until(self.end);
        runner.talk.be_fair();
        Ok(runner)
    }

    /// Waits until a process ends, silently and with exit code 0.
    pub(super) fn ends_quietly(&self, runner: &mut Runner, rule: Rule, when: &str) -> Tried {
        self.ends(runner, PROMPT, rule, when)?;
        runner.talk.silent(PROMPT, self.stop)?;
        Ok(())
    }

    /// Waits until a process ends with exit code 0.
    pub(super) fn ends(&self, runner: &mut Runner, time: Duration, rule: Rule, when: &str) -> Tried {
        match runner.talk.ended(time)? {
            Some(status) if status.success() => Ok(()),
            Some(status) => Err(runner.talk.trouble(rule, format!("{when} it {}", ending(status))).into()),
            None => Err(still_there(runner, rule, when, time)),
        }
    }

    /// Waits until a process to which nobody listens any more has ended, in any way.
    pub(super) fn is_gone(&self, mut process: Leashed, time: Duration, when: &str) -> Tried {
        let mut wait = Wait::begin(time, Some(self.end)).fair(process.child.id());
        if let Ok(Some(_)) = process.wait_for(&mut wait) {
            return Ok(());
        }
        if wait.is_cut() {
            return Err(Trouble::TimeIsUp.into());
        }
        let what = stays(when, time);
        let finding = Box::new(Finding::new(Rule::Closed, what, String::new(), process.stderr()));
        Err(Stopped::Wrong { finding, hung: true })
    }

    /// The command, as one types it.
    pub(super) fn shown(&self) -> String {
        quoted(&self.command.join(" "))
    }
}

/// That a process stays where it should have ended, after this time.
pub(super) fn still_there(runner: &mut Runner, rule: Rule, when: &str, time: Duration) -> Stopped {
    Stopped::from(runner.talk.trouble(rule, stays(when, time))).in_vain()
}

fn stays(when: &str, time: Duration) -> String {
    format!("{when} it is still there after {}", humantime::format_duration(time))
}
