//! Other load on the machine during one round, as a record stores it: a short array.

use super::Throttled;
use serde::{Deserialize, Serialize};

/// One round: `[wall_ns, pressure_ns, foreign_ns, steal_ns, migrations]`, followed by `throttled_periods,
/// throttled_ns` if a control group has a CPU quota.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<Option<u64>>", into = "Vec<Option<u64>>")]
pub struct Round {
    /// Wall time of the round, in nanoseconds.
    pub wall_ns: u64,
    /// Time in which some task of the machine had to wait for a CPU, in nanoseconds (`some` of
    /// `/proc/pressure/cpu`, Documentation/accounting/psi.rst of Linux); `None` if the kernel does not tell.
    pub pressure_ns: Option<u64>,
    /// CPU time that others took on the CPUs of the run, in nanoseconds, in steps of 10 ms (`/proc/stat`
    /// less our own).
    pub foreign_ns: u64,
    /// CPU time that the hypervisor took, in nanoseconds, in steps of 10 ms (`steal` of `/proc/stat`).
    pub steal_ns: u64,
    /// How often a thread of a runner changed its CPU (`nr_migrations` of `/proc/PID/task/TID/sched`); `None`
    /// if the kernel does not tell.
    pub migrations: Option<u64>,
    /// How often the CPU quota halted the run; `None` without a quota.
    pub throttled: Option<Throttled>,
}

impl TryFrom<Vec<Option<u64>>> for Round {
    type Error = String;

    fn try_from(numbers: Vec<Option<u64>>) -> Result<Round, String> {
        let length = numbers.len();
        let wrong =
            || format!("a round of {length} numbers, where `null` stands for what is not known: it has 5, or 7");
        let throttled = match numbers[..] {
            [_, _, _, _, _] => None,
            [_, _, _, _, _, Some(periods), Some(ns)] => Some(Throttled { periods, ns }),
            _ => return Err(wrong()),
        };
        match numbers[..] {
            [Some(wall_ns), pressure_ns, Some(foreign_ns), Some(steal_ns), migrations, ..] => {
                Ok(Round { wall_ns, pressure_ns, foreign_ns, steal_ns, migrations, throttled })
            }
            _ => Err(wrong()),
        }
    }
}

impl From<Round> for Vec<Option<u64>> {
    fn from(round: Round) -> Vec<Option<u64>> {
        let Round { wall_ns, pressure_ns, foreign_ns, steal_ns, migrations, throttled } = round;
        let mut numbers = vec![Some(wall_ns), pressure_ns, Some(foreign_ns), Some(steal_ns), migrations];
        numbers.extend(throttled.into_iter().flat_map(|throttled| [Some(throttled.periods), Some(throttled.ns)]));
        numbers
    }
}

impl Round {
    /// Share of the round in which some task waited for a CPU; `None` if the kernel does not tell.
    #[must_use]
    pub fn pressure(&self) -> Option<f64> {
        Some(self.pressure_ns? as f64 / self.wall_ns.max(1) as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_round_is_a_short_array_and_comes_back() {
        let round = Round { wall_ns: 15_000_000, pressure_ns: Some(12_000), ..Round::default() };
        let text = serde_json::to_string(&round).expect("numbers");
        assert_eq!(text, "[15000000,12000,0,0,null]");
        assert_eq!(serde_json::from_str::<Round>(&text).expect("what was written"), round);
    }

    #[test]
    fn a_quota_adds_two_numbers_and_anything_else_is_refused() {
        let read = |text: &str| serde_json::from_str::<Round>(text);
        let halted = Round { wall_ns: 9, throttled: Some(Throttled { periods: 2, ns: 7 }), ..Round::default() };
        let text = serde_json::to_string(&halted).expect("numbers");
        assert_eq!(text, "[9,null,0,0,null,2,7]");
        assert_eq!(read(&text).expect("what was written"), halted);
        for wrong in ["[]", "[1,2,3,4]", "[1,2,3,4,5,6]", "[1,2,3,4,5,6,null]", "[null,2,3,4,5]", "[1,2,3,4,5,6,7,8]"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
