//! Who else was on the machine during one round, as it stands in a record: a short array.

use serde::{Deserialize, Serialize};

/// One round: `[wall_ns, pressure_ns, foreign_ns, steal_ns, migrations]`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "(u64, Option<u64>, u64, u64, Option<u64>)", into = "(u64, Option<u64>, u64, u64, Option<u64>)")]
pub struct Round {
    /// Wall time of the round, in nanoseconds.
    pub wall_ns: u64,
    /// Time in which some task of the machine had to wait for a CPU, in nanoseconds (`some` of
    /// `/proc/pressure/cpu`, Documentation/accounting/psi.rst of Linux); none where the kernel does not tell.
    pub pressure_ns: Option<u64>,
    /// CPU time that others took on the CPUs of the run, in nanoseconds, in steps of 10 ms (`/proc/stat`
    /// less our own).
    pub foreign_ns: u64,
    /// CPU time that the hypervisor took, in nanoseconds, in steps of 10 ms (`steal` of `/proc/stat`).
    pub steal_ns: u64,
    /// How often a thread of a runner changed its CPU (`nr_migrations` of `/proc/PID/task/TID/sched`); none
    /// where the kernel does not tell.
    pub migrations: Option<u64>,
}

type Numbers = (u64, Option<u64>, u64, u64, Option<u64>);

impl From<Numbers> for Round {
    fn from((wall_ns, pressure_ns, foreign_ns, steal_ns, migrations): Numbers) -> Round {
        Round { wall_ns, pressure_ns, foreign_ns, steal_ns, migrations }
    }
}

impl From<Round> for Numbers {
    fn from(round: Round) -> Numbers {
        (round.wall_ns, round.pressure_ns, round.foreign_ns, round.steal_ns, round.migrations)
    }
}

impl Round {
    /// Share of the round in which some task waited for a CPU; none where the kernel does not tell.
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
        let round =
            Round { wall_ns: 15_000_000, pressure_ns: Some(12_000), foreign_ns: 0, steal_ns: 0, migrations: None };
        let text = serde_json::to_string(&round).expect("numbers");
        assert_eq!(text, "[15000000,12000,0,0,null]");
        assert_eq!(serde_json::from_str::<Round>(&text).expect("what was written"), round);
    }
}
