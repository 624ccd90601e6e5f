//! Verifies that a program keeps to the runner protocol: a whole conversation about every workload that it
//! names, with real peers, then everything that it may be sent beside that, and a pipe that closes at each step.
//!
//! Conversation, peers and the judgement of figures are those of a run. What is wrong is a [`Finding`], with the
//! sentence of the specification that the program did not keep.

mod cases;
mod check;
mod closes;
mod counters;
mod hello;
mod lines;
mod misuse;
mod program;
mod reply;
mod sheet;
mod stand;
mod together;
mod work;

pub use self::check::{Check, Finding, Outcome, Verification};
use self::program::Program;
use self::sheet::Sheet;
use self::stand::Stand;
use crate::case::Case;
use crate::failure::Failure;
use crate::peer::PeerSource;
use crate::plan::Filter;
use loopswap_protocol::Hello;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

/// What is verified, and with what.
pub struct Verifying<'a> {
    /// Program and arguments.
    pub command: &'a [String],
    /// Every named case.
    pub cases: &'a [Case],
    /// Which of them are tried; absent = those of every workload that the program names, if they are small.
    pub filter: Filter,
    /// How to get the servers.
    pub source: PeerSource,
    /// From when on nothing is waited for any more.
    pub budget: Duration,
    /// Set from outside when it is to stop.
    pub stop: &'a AtomicBool,
}

/// Verifies a program; `tell` gets every check as soon as it is over.
///
/// # Errors
/// When it is interrupted, when no case matches the filter, and when a server that the command line names cannot
/// be used.
pub fn verify(asked: Verifying<'_>, tell: &mut dyn FnMut(&Check)) -> Result<Verification, Failure> {
    let Verifying { command, cases, filter, source, budget, stop } = asked;
    // A budget of any length still has an end that a clock can represent.
    let end = Instant::now() + budget.min(Duration::from_secs(365 * 24 * 3600));
    let program = Program { command, stop, end };
    let mut sheet = Sheet::new(tell);
    let hello = hello::checks(&program, cases, &mut sheet)?;
    match &hello {
        None => sheet.rest_skipped("it does not say hello")?,
        Some(Hello { unavailable: Some(unavailable), .. }) => {
            let (reason, remedy) = (&unavailable.reason, &unavailable.remedy);
            sheet.rest_skipped(&format!("its runtime cannot run here: {reason}; {remedy}"))?;
        }
        Some(hello) => match cases::chosen(hello, cases, &filter)? {
            chosen if chosen.is_empty() => sheet.rest_skipped(&cases::none(hello))?,
            chosen => {
                cases::unknown(hello, cases, &mut sheet)?;
                checks(Stand::new(program, hello, chosen, source)?, hello, &mut sheet)?;
            }
        },
    }
    Ok(Verification::of(command, hello, sheet.into_checks()))
}

/// All checks of a program that has said hello.
fn checks(mut stand: Stand<'_>, hello: &Hello, sheet: &mut Sheet<'_>) -> Result<(), Failure> {
    work::checks(&mut stand, sheet)?;
    match stand.handiest() {
        None => sheet.rest_skipped("none of its cases works"),
        Some(row) => {
            counters::checks(&stand, row, hello, sheet)?;
            lines::checks(&stand, row, sheet)?;
            misuse::checks(&stand, row, sheet)?;
            closes::checks(&stand, row, sheet)?;
            together::checks(&stand, row, sheet)
        }
    }
}
