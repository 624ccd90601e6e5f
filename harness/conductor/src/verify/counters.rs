//! Whether the program counts what its hello names.

use super::reply::wrong;
use super::sheet::{Sheet, Stopped, Tried};
use super::stand::{LIMIT, Stand};
use crate::failure::Failure;
use crate::rule::Rule;
use crate::runner::Runner;
use crate::tally::OF_TASKS;
use crate::time::patience;
use loopswap_protocol::{Count, Hello, quoted};

/// The checks of the counters.
pub(super) fn checks(stand: &Stand<'_>, row: usize, hello: &Hello, sheet: &mut Sheet<'_>) -> Result<(), Failure> {
    let (tasks, process): (Vec<&String>, Vec<&String>) =
        hello.counters.iter().partition(|name| OF_TASKS.contains(&name.as_str()));
    let about = "a slice in which the process counts what it does";
    sheet.check(("counters", "process"), about, || {
        let mut runner = stand.ready(row, LIMIT)?;
        named(&process)?;
        counts(stand, row, &mut runner, &process)
    })?;
    sheet.check(("counters", "tasks"), "a process that is there to count polls and wake-ups", || {
        named(&tasks)?;
        let mut runner = stand.start(row)?;
        let mut prepare = stand.prepare(row, LIMIT);
        prepare.tally_tasks = true;
        runner.prepare(prepare)?;
        runner.ready(stand.program.stop)?;
        counts(stand, row, &mut runner, &tasks)
    })?;
    sheet.check(("counters", "traced"), "a slice that is said to be traced from outside", || {
        let mut runner = stand.ready(row, LIMIT)?;
        let count = Count { ops: stand.smallest(row), tally: true, traced: true };
        runner.count(count, patience(LIMIT), stand.program.stop)?;
        runner.end(stand.program.stop)?;
        Ok(())
    })?;
    Ok(())
}

fn named(counters: &[&String]) -> Tried {
    if counters.is_empty() { Err(Stopped::Skipped("its hello names no such counter".into())) } else { Ok(()) }
}

/// Whether a slice that counts has a count, or a reason, for each of these counters.
fn counts(stand: &Stand<'_>, row: usize, runner: &mut Runner, names: &[&String]) -> Tried {
    let count = Count { ops: stand.smallest(row), tally: true, traced: false };
    let counted = runner.count(count, patience(LIMIT), stand.program.stop)?;
    let Some(tally) = counted.tally else {
        return Err(wrong(runner, Rule::Tally, "it is asked for a `tally`, and answers a `count` without one".into()));
    };
    let told = |name: &str| tally.counters.contains_key(name) || tally.unavailable.contains_key(name);
    if let Some(name) = names.iter().find(|name| !told(name)) {
        let name = quoted(name);
        let what = format!("its hello names `{name}`, and its tally has neither a count of it nor a reason");
        return Err(wrong(runner, Rule::Tally, what));
    }
    if tally.ops != count.ops {
        let what = format!("its tally is of {} operations, asked for {}", tally.ops, count.ops);
        return Err(wrong(runner, Rule::OtherOps, what));
    }
    runner.end(stand.program.stop)?;
    Ok(())
}
