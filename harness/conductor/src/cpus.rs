//! Which CPUs the rows of a plan get.

use crate::pin;
use crate::suite::SuiteCase;
use loopswap_machine::{Choice, CpuTopology, Wish};
use loopswap_report::record::{CpuChoice, Placement};
use std::path::Path;

/// The CPUs that a run may use, and their layout.
#[derive(Clone, Debug, Default)]
pub struct Cpus {
    /// The CPUs, in order.
    pub allowed: Vec<usize>,
    /// Their layout.
    pub topology: CpuTopology,
}

impl Cpus {
    /// Those of this machine that this process may use.
    #[must_use]
    pub fn here() -> Cpus {
        Cpus { allowed: pin::allowed(), topology: CpuTopology::read(Path::new("/")) }
    }

    /// The choice if no case asks for a number of CPUs.
    #[must_use]
    pub fn choice(&self) -> CpuChoice {
        self.choose(&[], false)
    }

    /// The choice for all these cases: rows of one run have the same CPUs, or they could not be compared.
    pub(crate) fn choose(&self, cases: &[&SuiteCase], smt: bool) -> CpuChoice {
        let most = |with_peers: bool| {
            let split = cases.iter().filter(|chosen| chosen.placement == Placement::Split);
            let these =
                split.filter(|SuiteCase { case, .. }| (case.workload.peers)(&case.params).is_empty() != with_peers);
            these.filter_map(|chosen| chosen.cpus).max().unwrap_or(0)
        };
        let wish = Wish { smt, beside: most(true), alone: most(false) };
        let Choice { runner, peer, alone, idle, why, caveats } = self.topology.choose(&self.allowed, wish);
        CpuChoice { machine: self.topology.describe(), smt, runner, peer, alone, idle, why, caveats }
    }
}

/// CPUs of runners and of peers, among those that were chosen from the allowed ones.
pub(crate) fn split(
    placement: Placement,
    choice: &CpuChoice,
    allowed: &[usize],
    has_peers: bool,
) -> (Vec<usize>, Vec<usize>) {
    let (runner, peer) = match placement {
        Placement::Split if has_peers => (choice.runner.clone(), choice.peer.clone()),
        Placement::Split => (choice.alone.clone(), Vec::new()),
        Placement::SameCore => (choice.runner[..1].to_vec(), choice.runner[..1].to_vec()),
        Placement::Free => (allowed.to_vec(), allowed.to_vec()),
    };
    (runner, if has_peers { peer } else { Vec::new() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn split_gives_runner_and_peer_cores_of_their_own() {
        let of = |placement, allowed: &[usize], has_peers| {
            let cpus = Cpus { allowed: allowed.to_vec(), topology: CpuTopology::default() };
            split(placement, &cpus.choose(&[], false), allowed, has_peers)
        };
        assert_eq!(of(Placement::Split, &[0, 1], true), (vec![0], vec![1]));
        assert_eq!(of(Placement::Split, &[0, 1, 2], true), (vec![0, 1], vec![2]));
        assert_eq!(of(Placement::Split, &[3], true), (vec![3], vec![3]));
        assert_eq!(of(Placement::Split, &[0, 1], false), (vec![0, 1], vec![]));
        assert_eq!(of(Placement::SameCore, &[0, 1], true), (vec![0], vec![0]));
        assert_eq!(of(Placement::SameCore, &[0, 1], false), (vec![0], vec![]));
        assert_eq!(of(Placement::Free, &[0, 1], true), (vec![0, 1], vec![0, 1]));
        assert_eq!(of(Placement::Free, &[0, 1], false), (vec![0, 1], vec![]));
    }
}
