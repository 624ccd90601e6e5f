//! Whole conversations, one about each case: prepare, slices of several sizes, a count, bye; and what the peers
//! say that they served.

use super::check::Finding;
use super::reply::wrong;
use super::sheet::{Sheet, Stopped, Tried};
use super::stand::{LIMIT, SLICE, Stand};
use crate::asked::{Asked, Sliced, Timed};
use crate::conversation::PROMPT;
use crate::failure::Failure;
use crate::filling::Filling;
use crate::rule::Rule;
use crate::runner::Runner;
use crate::server::disagreement;
use crate::time::patience;
use loopswap_protocol::{Count, Unfinished, quoted};
use loopswap_report::record::{Calibration, Row};
use std::time::Duration;

/// Length of a slice at a rate.
const PACED: Duration = Duration::from_millis(250);
/// One in this many operations is stamped, where stamps are asked for.
const STAMPED: u64 = 8;

/// The checks of all cases.
pub(super) fn checks(stand: &mut Stand<'_>, sheet: &mut Sheet<'_>) -> Result<(), Failure> {
    for index in 0..stand.plan.rows.len() {
        let name = stand.row(index).case.clone();
        let about = stand.workload(index).about;
        let time = sheet.check(("work", &name), about, || {
            served_by_peers(stand, index)?;
            conversation(stand, index).map_err(|stopped| match stand.peers.ended(&stand.plan.rows[index]) {
                Some(gone) => Stopped::Skipped(format!("a peer is gone: {gone}")),
                None => by_hand(stand, index, stopped),
            })
        })?;
        stand.works.extend(time.map(|time| (index, time)));
        if time.is_none() && stand.peers.ended(&stand.plan.rows[index]).is_some() {
            stand.peers.restart(&stand.plan)?;
        }
    }
    Ok(())
}

/// Whether the servers of a case are there, in their places.
fn served_by_peers(stand: &mut Stand<'_>, index: usize) -> Tried {
    let row = &stand.plan.rows[index];
    if let Some(kind) = stand.peers.lacking(row) {
        return Err(Stopped::Skipped(stand.peers.why_missing(kind, row)));
    }
    stand.peers.place(row).map_err(|error| Stopped::Skipped(format!("placing its peers on CPUs: {error}")))
}

/// The finding with the command that shows it, if the case can be piped into the program by hand.
fn by_hand(stand: &Stand<'_>, index: usize, stopped: Stopped) -> Stopped {
    let Row { case, peers, .. } = stand.row(index);
    match stopped {
        Stopped::Wrong { finding, hung } if peers.is_empty() => {
            let by_hand = Some(format!("loopswap spec {} | {}", quoted(case), stand.program.shown()));
            Stopped::Wrong { finding: Box::new(Finding { by_hand, ..*finding }), hung }
        }
        stopped => stopped,
    }
}

/// One conversation; returns the time of its smallest slice.
fn conversation(stand: &Stand<'_>, index: usize) -> Tried<Duration> {
    let row = stand.row(index);
    let before = stand.peers.served(row);
    let mut runner = stand.sent(index, LIMIT)?;
    let mut talk = Talk { stand, index, asked: 0, shortest: Duration::MAX };
    if let Err(stopped) = talk.slices(&mut runner) {
        return Err(left(stand, &mut runner, stopped));
    }
    let Talk { asked, shortest, .. } = talk;
    runner.end(stand.program.stop)?;
    runner.talk.silent(PROMPT, stand.program.stop)?;
    let wanted = asked * (stand.workload(index).requests)(&row.params);
    match disagreement(wanted, &before, &stand.peers.served(row)) {
        Some(what) => Err(wrong(&mut runner, Rule::Peers, what)),
        None => Ok(shortest),
    }
}

/// A conversation under way.
struct Talk<'s, 'a> {
    stand: &'s Stand<'a>,
    index: usize,
    /// Operations asked for so far.
    asked: u64,
    shortest: Duration,
}

impl Talk<'_, '_> {
    fn slices(&mut self, runner: &mut Runner) -> Tried {
        let (stand, stop) = (self.stand, self.stand.program.stop);
        let row = stand.row(self.index);
        let smallest = stand.smallest(self.index);
        runner.ready(stop)?;
        let Calibration { ops, .. } = match row.rate() {
            Some(rate) => Calibration { ops: (rate as f64 * PACED.as_secs_f64()).ceil() as u64, ns: 0 },
            None => Filling { smallest, target: SLICE, limit: LIMIT }
                .fill(runner, |runner, ops| self.slice(runner, &stand.asked(self.index, LIMIT, ops)))?,
        };
        if row.rate().is_none() {
            // Some connections or tasks get an operation more than others.
            self.slice(runner, &stand.asked(self.index, LIMIT, smallest + row.granule))?;
        }
        let stamp_one_in = if row.rate().is_none() { STAMPED } else { 0 };
        self.slice(runner, &Asked { counts: true, stamp_one_in, ..stand.asked(self.index, LIMIT, ops) })?;
        self.asked += ops;
        runner.count(Count { ops, tally: false, traced: false }, patience(LIMIT), stop)?;
        Ok(())
    }

    fn slice(&mut self, runner: &mut Runner, asked: &Asked) -> Tried<Timed> {
        self.asked += asked.ops;
        match runner.slice(asked, self.stand.program.stop)? {
            Sliced::Done(timed) => {
                self.shortest = self.shortest.min(Duration::from_nanos(timed.done.ns + timed.around_ns));
                Ok(timed)
            }
            Sliced::Unfinished(Unfinished { done, ops, .. }) => {
                let rule = Rule::Unfinished;
                self.stand.program.ends(runner, PROMPT, rule, "after `unfinished`")?;
                let limit = humantime::format_duration(LIMIT);
                Err(Stopped::Skipped(format!("unfinished: {done} of {ops} operations were done within {limit}")))
            }
        }
    }
}

/// Why a conversation ended early: a runner that cannot do the case must end in order, too.
fn left(stand: &Stand<'_>, runner: &mut Runner, stopped: Stopped) -> Stopped {
    match stopped {
        Stopped::Unsupported(why) => {
            let ended = stand.program.ends(runner, PROMPT, Rule::Exits, "after `unsupported`");
            ended.err().unwrap_or(Stopped::Unsupported(why))
        }
        stopped => stopped,
    }
}
