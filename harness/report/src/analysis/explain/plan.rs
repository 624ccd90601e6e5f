//! What to measure for a wanted precision.

use crate::judge::{GENERATIONS_MIN, LEVEL};
use crate::model::CheapestPlan;
use crate::record::{Closed, Generation, RowRecord};
use loopswap_statistics::{Price, VarianceSplit, cheapest_plan, median};

/// What the parts of a row took.
#[derive(Clone, Copy, Debug)]
pub(in crate::analysis) struct Costs {
    /// Wall time of a generation beyond its rounds, in nanoseconds: median.
    pub(in crate::analysis) generation_ns: f64,
    /// Wall time of a round of all arms, in nanoseconds: median.
    pub(in crate::analysis) round_ns: f64,
}

impl Costs {
    /// The costs of a measured row.
    pub(in crate::analysis) fn of(measured: &RowRecord) -> Costs {
        let typical = |of: fn(Closed, f64) -> f64| {
            let all: Vec<f64> = measured.generations.values().map(|found| of(found.closed, rounds(found))).collect();
            median(&all).unwrap_or(0.0)
        };
        Costs {
            generation_ns: typical(|closed, _| closed.wall_ns.saturating_sub(closed.timed_ns) as f64),
            round_ns: typical(|closed, rounds| closed.timed_ns as f64 / rounds),
        }
    }

    /// The cheapest plan whose 95 % interval reaches `precision` (a fraction) to either side, with at least
    /// as many generations as a verdict needs; `None` if `precision` is 0 or no time was measured.
    pub(in crate::analysis) fn plan(self, split: &VarianceSplit, precision: f64) -> Option<CheapestPlan> {
        let fewest = u32::try_from(GENERATIONS_MIN).unwrap_or(u32::MAX);
        let price = Price { generation: self.generation_ns, round: self.round_ns };
        let plan = cheapest_plan(split, price, precision.ln_1p(), LEVEL, fewest)?;
        Some(CheapestPlan { precision, generations: plan.generations, rounds: plan.rounds, wall_ns: plan.cost(price) })
    }
}

/// Rounds of a generation: those of the arm with the most.
fn rounds(generation: &Generation) -> f64 {
    generation.processes.values().map(|process| process.slices.len()).max().unwrap_or(0).max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plan_carries_a_verdict_and_costs_what_its_parts_do() {
        let costs = Costs { generation_ns: 100e6, round_ns: 10e6 };
        let split = |between_generations, between_rounds| VarianceSplit {
            between_generations,
            between_rounds,
            generations: 12,
            rounds: 48,
        };
        let still = costs.plan(&split(0.0, 0.0), 0.01).expect("a plan");
        assert_eq!((still.generations, still.rounds, still.wall_ns), (8, 1, 8.0 * 110e6));
        let processes = costs.plan(&split(1e-2, 1e-6), 0.01).expect("a plan");
        assert_eq!((processes.rounds, processes.wall_ns), (1, f64::from(processes.generations) * 110e6));
        assert!(processes.generations > 300, "{processes:?}");
        assert_eq!(costs.plan(&split(0.0, 10.0), 0.01).expect("a plan").rounds, 40);
        assert_eq!(costs.plan(&split(0.0, 1e-6), 0.01).expect("a plan").rounds, 1, "eight do, with any");
        assert_eq!(costs.plan(&split(1.0, 1.0), 0.0), None);
        assert_eq!(costs.plan(&split(1.0, 1.0), f64::NAN), None);
    }
}
