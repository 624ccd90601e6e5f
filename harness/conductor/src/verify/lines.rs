//! How the program reads and writes lines: fields that it does not know, commands in parts and all at once, replies
//! that are read late.

use super::reply::{name, wrong};
use super::sheet::{Sheet, Stopped, Tried};
use super::stand::{LIMIT, Stand};
use crate::conversation::Trouble;
use crate::failure::Failure;
use crate::rule::Rule;
use crate::runner::Runner;
use crate::time::patience;
use loopswap_protocol::{Command, Count, Reply, sentence};
use serde_json::json;
use std::time::Duration;

/// Between two parts of a command.
const PAUSE: Duration = Duration::from_millis(50);
/// How long replies are not read.
const LATE: Duration = Duration::from_secs(1);
/// Counts that are asked for at once: their replies do not fit into the smallest pipe.
const COUNTS: u32 = 64;
/// No more than this is spent on them: a case that is this long is long by its nature, not because others compute.
const LONGEST: Duration = Duration::from_secs(180);

/// The checks of lines.
pub(super) fn checks(stand: &Stand<'_>, row: usize, sheet: &mut Sheet<'_>) -> Result<(), Failure> {
    sheet.check(("lines", "unknown-fields"), "commands with a field that it cannot know", || {
        unknown_fields(stand, row).map_err(|trouble| told(Rule::UnknownFields, "a field that it cannot know", trouble))
    })?;
    sheet.check(("lines", "in-parts"), "commands that come in parts", || {
        in_parts(stand, row).map_err(|trouble| told(Rule::InParts, "a command in parts", trouble))
    })?;
    sheet.check(("lines", "all-at-once"), "all commands at once, as from a file", || {
        let ops = stand.smallest(row);
        let slice = stand.smallest_slice(row);
        let commands = [Command::Prepare(Box::new(stand.prepare(row, LIMIT))), slice.clone(), slice, count(ops)];
        let mut runner = stand.start(row)?;
        runner.talk.write(lines(commands.into_iter().chain([Command::Bye {}]))?)?;
        for wanted in ["hello", "ready", "slice", "slice", "count", "bye"] {
            answered(stand, &mut runner, Rule::InParts, (wanted, ops))?;
        }
        stand.program.ends_quietly(&mut runner, Rule::Bye, "after `bye`")
    })?;
    sheet.check(("lines", "slow-reader"), "replies that are read late, through a small pipe", || {
        slow_reader(stand, row)
    })?;
    Ok(())
}

/// Trouble in words that say what had been sent.
fn told(rule: Rule, words: &str, trouble: Trouble) -> Stopped {
    Stopped::under(rule, &format!("after {words}"), trouble)
}

fn unknown_fields(stand: &Stand<'_>, row: usize) -> Result<(), Trouble> {
    let stop = stand.program.stop;
    let mut runner = stand.start(row)?;
    let with_more = |command: &Command| -> Result<String, Trouble> {
        let mut value = serde_json::to_value(command).map_err(|error| Trouble::failed(sentence(error)))?;
        let fields = value.as_object_mut().and_then(|message| message.values_mut().next()?.as_object_mut());
        if let Some(fields) = fields {
            fields.insert("later".into(), json!({ "version": [2, true, null, "added"] }));
        }
        Ok(format!("{value}\n"))
    };
    runner.talk.write(with_more(&Command::Prepare(Box::new(stand.prepare(row, LIMIT))))?)?;
    runner.ready(stop)?;
    let ops = stand.smallest(row);
    for command in [stand.smallest_slice(row), count(ops), Command::Bye {}] {
        runner.talk.write(with_more(&command)?)?;
        match (runner.talk.receive(patience(LIMIT), stop)?, &command) {
            (Reply::Slice(_), Command::Slice(_)) | (Reply::Count(_), Command::Count(_)) | (Reply::Bye { .. }, _) => {}
            (other, _) => return Err(runner.talk.unexpected("an answer", &other)),
        }
    }
    Ok(())
}

fn in_parts(stand: &Stand<'_>, row: usize) -> Result<(), Trouble> {
    let stop = stand.program.stop;
    let mut runner = stand.start(row)?;
    let prepare = line(&Command::Prepare(Box::new(stand.prepare(row, LIMIT))))?;
    pieces(&mut runner, &prepare)?;
    runner.ready(stop)?;
    let asked = stand.asked(row, LIMIT, stand.smallest(row));
    pieces(&mut runner, &line(&stand.smallest_slice(row))?)?;
    match runner.talk.receive(patience(LIMIT), stop)? {
        Reply::Slice(done) if done.ops == asked.ops => runner.end(stop).map(drop),
        other => Err(runner.talk.unexpected("slice", &other)),
    }
}

/// Writes a line in three parts; the last has nothing but the end of the line.
fn pieces(runner: &mut Runner, line: &str) -> Result<(), Trouble> {
    let (text, middle) = (line.trim_end_matches('\n'), line.len() / 2);
    let middle = (middle..text.len()).find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    for part in [&text[..middle], &text[middle..], "\n"] {
        runner.talk.write(part.to_owned())?;
        std::thread::sleep(PAUSE);
    }
    Ok(())
}

fn slow_reader(stand: &Stand<'_>, row: usize) -> Tried {
    let ops = stand.smallest(row);
    let shortest = stand.works.iter().find(|(works, _)| *works == row).map_or(LONGEST, |(_, time)| *time);
    if shortest * COUNTS > LONGEST {
        return Err(Stopped::Skipped(format!(
            "its shortest slice takes {shortest:.0?}, and a pipe holds {COUNTS} answers"
        )));
    }
    let mut runner = stand.start(row)?;
    runner.talk.narrow().map_err(|error| Stopped::Skipped(format!("making a pipe smaller: {}", sentence(error))))?;
    let prepare = Command::Prepare(Box::new(stand.prepare(row, LIMIT)));
    let counts = std::iter::repeat_with(|| count(ops)).take(COUNTS as usize);
    runner.talk.write(lines(std::iter::once(prepare).chain(counts).chain([Command::Bye {}]))?)?;
    std::thread::sleep(LATE);
    let wanted = ["hello", "ready"].into_iter().chain(std::iter::repeat_n("count", COUNTS as usize)).chain(["bye"]);
    for wanted in wanted {
        answered(stand, &mut runner, Rule::SlowReader, (wanted, ops))?;
    }
    stand.program.ends_quietly(&mut runner, Rule::Bye, "after `bye`")
}

fn count(ops: u64) -> Command {
    Command::Count(Count { ops, tally: false, traced: false })
}

fn line(command: &Command) -> Result<String, Trouble> {
    serde_json::to_string(command).map(|line| line + "\n").map_err(|error| Trouble::failed(sentence(error)))
}

fn lines(commands: impl IntoIterator<Item = Command>) -> Result<String, Trouble> {
    commands.into_iter().map(|command| line(&command)).collect()
}

/// Reads a reply, and whether it is the one that comes now.
fn answered(stand: &Stand<'_>, runner: &mut Runner, rule: Rule, (wanted, ops): (&str, u64)) -> Tried {
    let words = format!("where `{wanted}` comes next");
    let reply = runner.talk.receive(patience(LIMIT), stand.program.stop);
    let reply = reply.map_err(|trouble| Stopped::under(rule, &words, trouble))?;
    let told = match &reply {
        Reply::Slice(done) => Some(done.ops),
        Reply::Count(counted) => Some(counted.ops),
        _ => None,
    };
    if name(&reply) == wanted && told.is_none_or(|told| told == ops) {
        return Ok(());
    }
    let of = told.map_or_else(String::new, |told| format!(" of {told} operations, asked for {ops}"));
    Err(wrong(runner, rule, format!("{words} it writes `{}`{of}", name(&reply))))
}
