//! When a run must be over, no matter what its runners do, and how long it waits for them.

use loopswap_report::record::Plan;
use std::time::{Duration, Instant};

/// Least time that a run gets in addition to its budget: for the smoke pass, and for the generations that a
/// verdict needs.
const OVERTIME: Duration = Duration::from_secs(30);
/// A runner that follows the protocol ends a slice at its limit; one that does not gets this much longer.
const GRACE: Duration = Duration::from_secs(3);
/// Farther than any run goes, but still a moment that a clock can represent.
const FAR: Duration = Duration::from_secs(100 * 365 * 24 * 3600);

/// The moments of a run.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Times {
    /// When it began.
    pub(crate) began: Instant,
    /// The end of its budget: rows get no more generations than a verdict needs.
    pub(crate) budget: Instant,
    /// From here no new arm is tried: half of the overtime stays for measuring.
    pub(crate) trials: Instant,
    /// From here nothing is started or waited for.
    pub(crate) end: Instant,
}

impl Times {
    /// Those of a plan that begins now.
    pub(crate) fn of(plan: &Plan) -> Times {
        let budget = Duration::from_millis(plan.budget_ms).min(FAR);
        let overtime = overtime(budget, Duration::from_millis(plan.limit_ms));
        let began = Instant::now();
        let budget = began + budget;
        Times { began, budget, trials: budget + overtime / 2, end: budget + overtime }
    }

    /// Whether the run must be over.
    pub(crate) fn is_up(&self) -> bool {
        Instant::now() >= self.end
    }
}

/// What a run may take in addition to its budget: half of it, and at least the time to wait for a slice, so
/// that an arm that hangs is recorded as such.
fn overtime(budget: Duration, limit: Duration) -> Duration {
    (budget / 2).max(OVERTIME).max(patience(limit)).min(FAR)
}

/// How long to wait for a slice of a case with this limit.
pub(crate) fn patience(limit: Duration) -> Duration {
    limit * 5 / 4 + GRACE
}

/// A time in nanoseconds; the most that fit, if it is longer.
pub(crate) fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_overtime_is_half_the_budget_and_never_less_than_a_slice_is_waited_for() {
        let seconds = Duration::from_secs;
        assert_eq!(overtime(seconds(2), Duration::from_millis(200)), seconds(30));
        assert_eq!(overtime(seconds(2), seconds(60)), seconds(78));
        assert_eq!(overtime(seconds(1000), seconds(60)), seconds(500));
        assert_eq!(overtime(Duration::MAX, Duration::from_millis(u64::MAX)), FAR);
    }
}
