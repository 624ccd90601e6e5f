//! Commands that the program cannot carry out: cases that it lacks, no operations, far too many, and what makes no
//! sense.

use super::reply::{name, refused, wrong};
use super::sheet::{Sheet, Stopped, Tried};
use super::stand::{LIMIT, Stand};
use crate::asked::Sliced;
use crate::conversation::PROMPT;
use crate::failure::Failure;
use crate::rule::Rule;
use crate::time::patience;
use loopswap_protocol::{Command, Count, Kind, Prepare, Reply, Work};
use std::time::Duration;

/// Time limit of a slice that cannot be done.
pub(super) const SHORT: Duration = Duration::from_millis(500);
/// More operations than anybody does in that time, and still a number that every language can hold.
pub(super) const HUGE: u64 = 1_000_000_000_000;
/// How long a case that cannot be prepared may take to be refused: as long as one that can.
const PREPARE: Duration = Duration::from_secs(30);
/// A word that no parameter has.
const WORD: &str = "no-such-word";

/// The checks of misuse.
pub(super) fn checks(stand: &Stand<'_>, row: usize, sheet: &mut Sheet<'_>) -> Result<(), Failure> {
    let (stop, ops) = (stand.program.stop, stand.smallest(row));
    sheet.check(("misuse", "unknown-workload"), "a workload that nobody has", || unknown_workload(stand, row))?;
    sheet.check(("misuse", "unknown-word"), "a value that its parameter cannot have", || unknown_word(stand))?;
    sheet.check(("misuse", "zero-ops"), "a slice of 0 operations, and then another", || zero_ops(stand, row))?;
    sheet.check(("misuse", "huge-slice"), "a slice of a million million operations", || huge_slice(stand, row))?;
    sheet.check(("misuse", "huge-count"), "a count of as many", || huge_count(stand, row))?;
    sheet.check(("misuse", "slice-first"), "a slice before any case", || {
        let mut runner = stand.greeted(row)?;
        runner.talk.send(&Command::Slice(Work::of(ops)))?;
        refused(&mut runner, "a `slice` before `prepare`", stop)
    })?;
    sheet.check(("misuse", "second-case"), "a second case for the same process", || {
        let mut runner = stand.ready(row, LIMIT)?;
        runner.prepare(stand.prepare(row, LIMIT))?;
        refused(&mut runner, "a second `prepare`", stop)
    })?;
    for (name, line) in [("no-json", "this is no command\n"), ("no-command", "{\"no-such-command\":{}}\n")] {
        sheet.check(("misuse", name), "a line that is no command", || {
            let mut runner = stand.ready(row, LIMIT)?;
            runner.talk.write(line.to_owned())?;
            refused(&mut runner, "a line that is no command", stop)
        })?;
    }
    Ok(())
}

fn unknown_workload(stand: &Stand<'_>, row: usize) -> Tried {
    let name_of = "no-such-workload";
    let prepare = stand.prepare(row, LIMIT);
    let (case, params) = (format!("{name_of}/any"), loopswap_protocol::Params::new());
    let mut runner = stand.greeted(row)?;
    runner.prepare(Prepare { case, workload: name_of.into(), params, peers: Vec::new(), ..prepare })?;
    let words = "a workload that it lacks";
    match runner.talk.receive(PREPARE, stand.program.stop) {
        Ok(Reply::Unsupported { .. }) => stand.program.ends(&mut runner, PROMPT, Rule::Exits, "after `unsupported`"),
        Ok(reply) => {
            let what = format!("it answers {words} with `{}`, not `unsupported`", name(&reply));
            Err(wrong(&mut runner, Rule::OtherCase, what))
        }
        Err(trouble) => Err(Stopped::under(Rule::OtherCase, &format!("after {words}"), trouble)),
    }
}

fn unknown_word(stand: &Stand<'_>) -> Tried {
    let word = |index: usize| {
        let mut choices = stand.workload(index).params.iter().filter(|param| matches!(param.kind, Kind::Choice { .. }));
        choices.next().map(|param| (index, param.name))
    };
    let found = stand.works.iter().find_map(|(index, _)| word(*index));
    let Some((row, param)) = found else {
        return Err(Stopped::Skipped("none of its workloads has a parameter of several words".into()));
    };
    let mut prepare = stand.prepare(row, LIMIT);
    prepare.params.insert(param.into(), WORD.into());
    let mut runner = stand.greeted(row)?;
    runner.prepare(prepare)?;
    match runner.talk.receive(PREPARE, stand.program.stop) {
        Ok(Reply::Unsupported { .. } | Reply::Error { .. }) => Ok(()),
        Ok(reply) => {
            let what = format!("it answers `{param}` = `{WORD}` with `{}`: it does another case", name(&reply));
            Err(wrong(&mut runner, Rule::OtherCase, what))
        }
        Err(trouble) => Err(Stopped::under(Rule::OtherCase, &format!("after `{param}` = `{WORD}`"), trouble)),
    }
}

fn zero_ops(stand: &Stand<'_>, row: usize) -> Tried {
    let stop = stand.program.stop;
    let mut runner = stand.ready(row, LIMIT)?;
    runner.talk.send(&Command::Slice(Work::of(0)))?;
    let reply = runner.talk.receive(patience(LIMIT), stop);
    match reply.map_err(|trouble| Stopped::under(Rule::ZeroOps, "after a slice of 0 operations", trouble))? {
        Reply::Error { .. } => return Ok(()),
        Reply::Slice(done) if done.ops == 0 => {}
        Reply::Slice(done) => {
            let what = format!("it reports {} operations of a slice of 0", done.ops);
            return Err(wrong(&mut runner, Rule::ZeroOps, what));
        }
        reply => {
            let what = format!("it answers a slice of 0 operations with `{}`", name(&reply));
            return Err(wrong(&mut runner, Rule::ZeroOps, what));
        }
    }
    let next = runner.slice(&stand.asked(row, LIMIT, stand.smallest(row)), stop);
    next.map_err(|trouble| Stopped::under(Rule::ZeroOps, "in the slice after one of 0 operations", trouble))?;
    runner.end(stop)?;
    Ok(())
}

fn huge_slice(stand: &Stand<'_>, row: usize) -> Tried {
    let mut runner = stand.ready(row, SHORT)?;
    let asked = stand.asked(row, SHORT, huge(stand, row));
    let sliced = runner.slice(&asked, stand.program.stop);
    match sliced.map_err(|trouble| Stopped::under(Rule::HugeOps, &too_many(), trouble)) {
        Ok(Sliced::Unfinished(_)) => stand.program.ends(&mut runner, PROMPT, Rule::Unfinished, "after `unfinished`"),
        // It says that there is no room for so many.
        Err(Stopped::Unsupported(_)) => Ok(()),
        Ok(Sliced::Done(_)) => {
            Err(wrong(&mut runner, Rule::TooFast, format!("{} it says that all are done", too_many())))
        }
        Err(stopped) => Err(stopped),
    }
}

fn huge_count(stand: &Stand<'_>, row: usize) -> Tried {
    let mut runner = stand.ready(row, SHORT)?;
    runner.talk.send(&Command::Count(Count { ops: huge(stand, row), tally: false, traced: false }))?;
    let reply = runner.talk.receive(patience(SHORT), stand.program.stop);
    match reply.map_err(|trouble| Stopped::under(Rule::HugeOps, &too_many(), trouble))? {
        Reply::Unfinished(_) => stand.program.ends(&mut runner, PROMPT, Rule::Unfinished, "after `unfinished`"),
        Reply::Unsupported { .. } => Ok(()),
        reply => {
            let what = format!("{} it answers `{}`, not `unfinished`", too_many(), name(&reply));
            Err(wrong(&mut runner, Rule::HugeOps, what))
        }
    }
}

fn too_many() -> String {
    format!("asked for {HUGE} operations within {}", humantime::format_duration(SHORT))
}

/// A multiple of the granule.
pub(super) fn huge(stand: &Stand<'_>, row: usize) -> u64 {
    HUGE.next_multiple_of(stand.row(row).granule.max(1))
}
