//! Calls a target with one input after another.

use crate::{Mutator, Target};
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::time::{Duration, Instant};

/// An input that takes longer is reported: nothing that people write does.
const SLOW: Duration = Duration::from_secs(2);

/// A fault, and the first input that showed it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// What happened, and where in the sources.
    pub what: String,
    /// The input.
    pub input: Vec<u8>,
    /// How often.
    pub times: u64,
}

/// The outcome of a target.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// Inputs tried.
    pub executions: u64,
    /// Each fault once.
    pub found: Vec<Found>,
    /// The longest time of one input.
    pub slowest: Duration,
}

/// Tries one input.
///
/// # Errors
/// How it panicked, and where.
pub fn attempt(target: &Target, input: &[u8]) -> Result<(), String> {
    static LAST: Mutex<String> = Mutex::new(String::new());
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map_or_else(String::new, ToString::to_string);
        if let Ok(mut last) = LAST.lock() {
            *last = format!("{place}: {}", panic.payload_as_str().unwrap_or("a panic"));
        }
    }));
    let done = catch_unwind(AssertUnwindSafe(|| (target.run)(input)));
    std::panic::set_hook(before);
    done.map_err(|_| LAST.lock().map_or_else(|_| String::new(), |last| last.clone()))
}

/// Tries `executions` inputs, fewer if `time` is over; those of `seed` from number `first` on.
#[must_use]
pub fn fuzz(target: &Target, seed: u64, first: u64, executions: u64, time: Option<Duration>) -> Outcome {
    let (seeds, began) = ((target.seeds)(), Instant::now());
    let mut found: BTreeMap<String, Found> = BTreeMap::new();
    let mut outcome = Outcome { executions: 0, found: Vec::new(), slowest: Duration::ZERO };
    while outcome.executions < executions && time.is_none_or(|time| began.elapsed() < time) {
        let input = Mutator::new(seed, first + outcome.executions, &seeds, target.words).draw();
        let called = Instant::now();
        let tried = attempt(target, &input);
        let took = called.elapsed();
        outcome.slowest = outcome.slowest.max(took);
        let fault = match tried {
            Err(what) => Some(what),
            Ok(()) => (took > SLOW).then(|| "takes longer than two seconds".to_owned()),
        };
        if let Some(what) = fault {
            // The place decides; the rest of the message has numbers of the input.
            let place = what.split(": ").next().unwrap_or_default().to_owned();
            found.entry(place).or_insert(Found { what, input, times: 0 }).times += 1;
        }
        outcome.executions += 1;
    }
    outcome.found = found.into_values().collect();
    outcome
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_is_found_once_and_can_be_shown_again() {
        let target = Target {
            name: "odd",
            seeds: || vec![b"12".to_vec()],
            words: &[],
            run: |input| assert!(!input.starts_with(b"18446744073709551615"), "too large"),
        };
        let outcome = fuzz(&target, 1, 0, 2000, None);
        assert_eq!((outcome.executions, outcome.found.len()), (2000, 1));
        let found = &outcome.found[0];
        assert!(found.times > 1 && found.what.ends_with("too large"), "{found:?}");
        assert_eq!(attempt(&target, &found.input).expect_err("the same"), found.what);
        assert_eq!(attempt(&target, b"12"), Ok(()));
    }
}
