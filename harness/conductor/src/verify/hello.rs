//! Whether the program starts and says who it is.

use super::program::Program;
use super::reply::wrong;
use super::sheet::{Sheet, Stopped, Tried};
use crate::case::Case;
use crate::conversation::{PROMPT, Trouble};
use crate::failure::Failure;
use crate::pin;
use crate::rule::Rule;
use crate::runner::Runner;
use loopswap_protocol::{Command, Hello, PeerKind, Prepare, Reply, quoted};
use loopswap_report::record::FaultKind;
use std::time::Duration;

/// How long a program that has said hello is listened to, in case that it says more.
const QUIET: Duration = Duration::from_millis(200);
/// How long a program that has spoken after a command gets to end.
const ENDING: Duration = Duration::from_secs(2);

/// The checks of the hello; returns it if there is one.
pub(super) fn checks(program: &Program<'_>, cases: &[Case], sheet: &mut Sheet<'_>) -> Result<Option<Hello>, Failure> {
    let mut kept = None;
    let about = "it starts, and says hello before it is sent anything";
    let hello = sheet.check(("hello", "first-line"), about, || {
        let mut runner = program.first(&pin::allowed())?;
        let hello = runner.hello(program.stop).map_err(|trouble| diagnosed(program, &mut runner, cases, trouble))?;
        kept = Some(runner);
        Ok(hello)
    })?;
    let (Some(hello), Some(mut runner)) = (hello, kept) else { return Ok(None) };
    sheet.check(("hello", "names"), "its hello says what runtime it is, and names workloads", || {
        named(&hello).map_err(|what| wrong(&mut runner, Rule::Runtime, what))
    })?;
    let quiet = sheet.check(("hello", "waits"), "after its hello it waits, and writes nothing more", || {
        runner.talk.silent(QUIET, program.stop)?;
        runner.talk.hang_up();
        Ok(runner.talk.silent(PROMPT, program.stop)?)
    })?;
    if quiet.is_some() {
        sheet.check(("hello", "input-closes"), "it ends when its input closes after the hello", || {
            program.ends(&mut runner, PROMPT, Rule::Closed, "when its input closes after the hello")
        })?;
    }
    Ok(Some(hello))
}

/// Whether the names in a hello are there.
fn named(hello: &Hello) -> Result<(), String> {
    let runtime = &hello.runtime;
    let fields = [
        ("name", &runtime.name),
        ("package", &runtime.package),
        ("version", &runtime.version),
        ("driver", &runtime.driver),
        ("about", &runtime.about),
    ];
    if let Some((field, _)) = fields.into_iter().find(|(_, value)| value.trim().is_empty()) {
        return Err(format!("`{field}` of its runtime is empty"));
    }
    let mut names = hello.workloads.iter().chain(&hello.counters).enumerate();
    let all: Vec<&String> = hello.workloads.iter().chain(&hello.counters).collect();
    match names.find(|(at, name)| all[..*at].contains(name)) {
        Some((_, twice)) => Err(format!("its hello names `{}` twice", quoted(twice))),
        None => Ok(()),
    }
}

/// Why there is no hello: one that says nothing may wait for a command, or keep its hello in a buffer.
fn diagnosed(program: &Program<'_>, runner: &mut Runner, cases: &[Case], trouble: Trouble) -> Stopped {
    match trouble {
        Trouble::Runner { kind: FaultKind::Hung, rule: Rule::Waits, .. } => {
            provoked(program, runner, cases).err().unwrap_or_else(|| trouble.into())
        }
        Trouble::Runner { rule: Rule::NothingElse, .. } => {
            Stopped::under(Rule::NothingElse, "the first line is not its hello", trouble)
        }
        Trouble::Runner { rule: Rule::Lives, .. } => Stopped::under(Rule::HelloFirst, "there is no hello", trouble),
        trouble => trouble.into(),
    }
}

/// Sends a case to a program that says nothing, then closes its input: when it speaks shows what it waits for.
fn provoked(program: &Program<'_>, runner: &mut Runner, cases: &[Case]) -> Tried {
    if let Some(case) = cases.iter().find(|case| (case.workload.peers)(&case.params) == Vec::<PeerKind>::new()) {
        if runner.talk.send(&Command::Prepare(Box::new(prepare(case)))).is_err() {
            return Ok(());
        }
        let reply = runner.talk.receive(PROMPT, program.stop);
        let waits = matches!(reply, Ok(Reply::Hello(_))) && runner.talk.ended(ENDING)?.is_none();
        if waits {
            let what = "its hello comes only once it has been sent a command".to_owned();
            return Err(wrong(runner, Rule::HelloFirst, what));
        }
        if matches!(reply, Ok(Reply::Hello(_))) {
            return Err(unflushed(runner));
        }
    }
    runner.talk.hang_up();
    match runner.talk.receive(PROMPT, program.stop) {
        Ok(Reply::Hello(_)) => Err(unflushed(runner)),
        _ => Ok(()),
    }
}

fn unflushed(runner: &mut Runner) -> Stopped {
    let what = "its hello comes only when it ends: it stays in a buffer that is not flushed".to_owned();
    wrong(runner, Rule::Flush, what)
}

fn prepare(case: &Case) -> Prepare {
    Prepare {
        case: case.name.clone(),
        workload: case.workload.name.into(),
        params: case.params.clone(),
        peers: Vec::new(),
        threads: 1,
        cpus: pin::allowed(),
        seed: 1,
        limit_ms: 1000,
        tally_tasks: false,
    }
}
