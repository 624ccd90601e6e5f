//! Pipes that close at each step, as they do when the conductor dies.

use super::misuse::{SHORT, huge};
use super::program::still_there;
use super::sheet::{Sheet, Tried};
use super::stand::{LIMIT, Stand};
use crate::conversation::PROMPT;
use crate::failure::Failure;
use crate::rule::Rule;
use crate::runner::Runner;
use crate::time::patience;
use loopswap_protocol::{Command, Work};
use std::time::Duration;

/// How long preparing may take, and with it the end of a process that was preparing.
const PREPARE: Duration = Duration::from_secs(30);

/// The checks of pipes that close. That of the input after the hello is beside the others of the hello.
pub(super) fn checks(stand: &Stand<'_>, row: usize, sheet: &mut Sheet<'_>) -> Result<(), Failure> {
    sheet.check(("closes", "in-prepare"), "its input closes while it prepares", || {
        let mut runner = stand.sent(row, LIMIT)?;
        runner.hello(stand.program.stop)?;
        runner.talk.hang_up();
        ends(stand, &mut runner, PREPARE + PROMPT, "when its input closes while it prepares")
    })?;
    sheet.check(("closes", "after-prepare"), "its input closes when it is ready", || {
        let mut runner = stand.ready(row, LIMIT)?;
        runner.talk.hang_up();
        ends(stand, &mut runner, PROMPT, "when its input closes after `ready`")
    })?;
    sheet.check(("closes", "after-slice"), "its input closes after a slice", || {
        let mut runner = stand.ready(row, LIMIT)?;
        runner.slice(&stand.asked(row, LIMIT, stand.smallest(row)), stand.program.stop)?;
        runner.talk.hang_up();
        ends(stand, &mut runner, PROMPT, "when its input closes after a slice")
    })?;
    sheet.check(("closes", "in-command"), "its input closes within a command", || {
        let mut runner = stand.ready(row, LIMIT)?;
        runner.talk.write("{\"slice\":{".to_owned())?;
        runner.talk.hang_up();
        match runner.talk.ended(PROMPT)? {
            Some(_) => Ok(()),
            None => Err(still_there(&mut runner, Rule::Closed, "when its input closes within a command", PROMPT)),
        }
    })?;
    let at_limit = patience(SHORT) + PROMPT;
    sheet.check(("closes", "in-slice"), "its input closes in the middle of a slice", || {
        let mut runner = in_slice(stand, row)?;
        runner.talk.hang_up();
        match runner.talk.ended(at_limit)? {
            Some(_) => Ok(()),
            None => {
                Err(still_there(&mut runner, Rule::Closed, "when its input closes in the middle of a slice", at_limit))
            }
        }
    })?;
    sheet.check(("closes", "both-in-slice"), "all its pipes close in the middle of a slice", || {
        let runner = in_slice(stand, row)?;
        stand.program.is_gone(runner.talk.leave(), at_limit, "when all its pipes close in the middle of a slice")
    })?;
    sheet.check(("closes", "both"), "all its pipes close when it is ready", || {
        let runner = stand.ready(row, LIMIT)?;
        stand.program.is_gone(runner.talk.leave(), PROMPT, "when all its pipes close after `ready`")
    })?;
    Ok(())
}

/// A process with a slice under way that outlasts its limit.
fn in_slice(stand: &Stand<'_>, row: usize) -> Tried<Runner> {
    let mut runner = stand.ready(row, SHORT)?;
    runner.talk.send(&Command::Slice(Work::of(huge(stand, row))))?;
    std::thread::sleep(SHORT / 5);
    Ok(runner)
}

/// Waits until a process has ended with exit code 0, whatever it still had to say.
fn ends(stand: &Stand<'_>, runner: &mut Runner, time: Duration, when: &str) -> Tried {
    stand.program.ends(runner, time, Rule::Closed, when)
}
