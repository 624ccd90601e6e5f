//! Two processes of the program at the same time, as the reference and its control are in every run.

use super::sheet::{Sheet, Stopped};
use super::stand::{LIMIT, Stand};
use crate::conversation::Trouble;
use crate::failure::Failure;
use crate::rule::Rule;

/// Slices that each does in turn.
const TURNS: usize = 3;

/// The checks of processes side by side.
pub(super) fn checks(stand: &Stand<'_>, row: usize, sheet: &mut Sheet<'_>) -> Result<(), Failure> {
    sheet.check(("together", "two-processes"), "two processes prepare at once, and do slices in turn", || {
        side_by_side(stand, row)
            .map_err(|trouble| Stopped::under(Rule::SideBySide, "beside another of its processes", trouble))
    })?;
    Ok(())
}

fn side_by_side(stand: &Stand<'_>, row: usize) -> Result<(), Trouble> {
    let stop = stand.program.stop;
    // Both are sent their case before the first is waited for.
    let mut runners = [stand.sent(row, LIMIT)?, stand.sent(row, LIMIT)?];
    runners.iter_mut().try_for_each(|runner| runner.ready(stop).map(drop))?;
    let asked = stand.asked(row, LIMIT, stand.smallest(row));
    for _ in 0..TURNS {
        runners.iter_mut().try_for_each(|runner| runner.slice(&asked, stop).map(drop))?;
    }
    runners.iter_mut().for_each(|runner| runner.talk.dismiss());
    runners.iter_mut().try_for_each(|runner| runner.end(stop).map(drop))
}
