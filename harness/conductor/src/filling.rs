//! Finds how many operations fill a slice.

use crate::asked::Timed;
use crate::conversation::Trouble;
use crate::plausible::{self, Implausible};
use crate::rule::Rule;
use crate::runner::Runner;
use crate::schedule::LONG_SLICE;
use crate::time::patience;
use loopswap_report::record::Calibration;
use std::time::{Duration, Instant};

/// Most growth from one trial to the next: the first ones are cold and tell little.
const GROWTH: u64 = 16;
/// Trials of each size.
const TRIALS: usize = 2;
/// How long filling a slice may take, unless waiting for a slice may take longer. Half a dozen trials of
/// milliseconds each are enough.
const LONGEST: Duration = Duration::from_secs(30);

/// A slice that is to be filled.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Filling {
    /// Operations of the smallest slice.
    pub(crate) smallest: u64,
    /// Length aimed at.
    pub(crate) target: Duration,
    /// Time limit of a slice.
    pub(crate) limit: Duration,
}

impl Filling {
    /// Tries more and more operations until a slice is full enough; `slice` does a slice of so many.
    ///
    /// # Errors
    /// Those of `slice`, and when no number of operations fills one.
    pub(crate) fn fill<E: From<Trouble>>(
        self,
        runner: &mut Runner,
        mut slice: impl FnMut(&mut Runner, u64) -> Result<Timed, E>,
    ) -> Result<Calibration, E> {
        let Filling { smallest, target, limit } = self;
        let began = Instant::now();
        let mut ops = smallest;
        loop {
            let ns = trial(runner, ops, &mut slice)?;
            let filling = filling(ns, ops, smallest, target);
            // Full enough, or nothing smaller is possible.
            if u128::from(ns) * 2 >= target.as_nanos() || filling <= ops {
                let ns = (ns as f64 / ops as f64 * filling as f64) as u64;
                return Ok(Calibration { ops: filling, ns });
            }
            // Trials are shorter than a slice by the runner's own report, so this is many times what they need.
            let taken = began.elapsed();
            if taken > patience(limit).max(LONGEST) {
                let taken = humantime::format_duration(Duration::from_secs(taken.as_secs()));
                let told = plausible::time(ns);
                let what = format!(
                    "no number of operations fills a slice: after {taken}, {ops} of them take {told} by its own report"
                );
                return Err(runner.implausible(&Implausible::new(Rule::TooFast, what)).into());
            }
            ops = filling.min(ops.saturating_mul(GROWTH));
        }
    }
}

/// Time of a slice of `ops` operations: the fastest of a few. A neighbour's time slice or a cold start must not
/// make slices small for the whole run.
fn trial<E>(
    runner: &mut Runner,
    ops: u64,
    slice: &mut impl FnMut(&mut Runner, u64) -> Result<Timed, E>,
) -> Result<u64, E> {
    let mut ns = u64::MAX;
    let mut trials = 0;
    // A trial that reports far less than passed here is repeated until it is clear whether that was chance.
    while trials < TRIALS || runner.is_doubted() {
        let Timed { done, .. } = slice(runner, ops)?;
        ns = ns.min(done.ns);
        trials += 1;
        if Duration::from_nanos(done.ns) > LONG_SLICE {
            break;
        }
    }
    Ok(ns)
}

/// Operations that fill `target` at the speed seen: a multiple of the smallest slice, at least one.
fn filling(ns: u64, ops: u64, smallest: u64, target: Duration) -> u64 {
    let times = target.as_nanos() as f64 / (ns.max(1) as f64 / ops as f64 * smallest as f64);
    (times.round() as u64).max(1).saturating_mul(smallest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slice_is_filled_with_whole_granules() {
        let target = Duration::from_millis(10);
        assert_eq!(filling(1_000_000, 100, 1, target), 1000);
        assert_eq!(filling(1_000_000, 100, 100, target), 1000);
        assert_eq!(filling(300_000_000, 1000, 1000, target), 1000, "never less than one granule");
    }
}
