//! What replies are called, and whether one refuses a command.

use super::sheet::{Stopped, Tried};
use crate::child::ending;
use crate::conversation::{PROMPT, Trouble};
use crate::rule::Rule;
use crate::runner::Runner;
use loopswap_protocol::Reply;
use loopswap_report::record::FaultKind;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

/// The name of a reply.
pub(super) fn name(reply: &Reply) -> &'static str {
    match reply {
        Reply::Hello(_) => "hello",
        Reply::Ready(_) => "ready",
        Reply::Slice(_) => "slice",
        Reply::Paced(_) => "paced",
        Reply::Count(_) => "count",
        Reply::Unsupported { .. } => "unsupported",
        Reply::Unavailable(_) => "unavailable",
        Reply::Error { .. } => "error",
        Reply::Unfinished(_) => "unfinished",
        Reply::Bye { .. } => "bye",
    }
}

/// That a runner did something else than it should have, after `what` had been sent to it.
pub(super) fn wrong(runner: &mut Runner, rule: Rule, what: String) -> Stopped {
    runner.talk.trouble(rule, what).into()
}

/// Whether a runner refuses `what` it was sent: by `error`, or by its end.
pub(super) fn refused(runner: &mut Runner, what: &str, stop: &AtomicBool) -> Tried {
    let did = match runner.talk.receive(PROMPT, stop) {
        Ok(Reply::Error { .. } | Reply::Unsupported { .. } | Reply::Unavailable(_)) => return Ok(()),
        Ok(reply) => format!("it answers {what} with `{}`", name(&reply)),
        Err(Trouble::Runner { kind: FaultKind::Crashed, .. }) => match runner.talk.ended(Duration::ZERO)? {
            Some(status) if !status.success() => return Ok(()),
            Some(status) => format!("after {what} it {}, without a word", ending(status)),
            None => format!("after {what} it closes its output and stays"),
        },
        Err(trouble) => return Err(Stopped::under(Rule::Refuse, &format!("it passes over {what}"), trouble)),
    };
    Err(wrong(runner, Rule::Refuse, did))
}
