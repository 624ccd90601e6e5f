//! Whether it matters when in a round an arm has its turn.

use super::OrderEffect;
use crate::record::{Generation, Record, Role, Row};
use loopswap_statistics::{estimate, median, order};

/// HEAD first against HEAD last, over all rows that `counts` says are of a build against itself.
pub(super) fn effect<'a>(
    records: impl Iterator<Item = &'a Record>,
    counts: impl Fn(&Row) -> bool,
) -> Option<OrderEffect> {
    let mut differences = Vec::new();
    for record in records {
        for (index, (row, measured)) in record.rows().enumerate() {
            let head = row.place_of(Role::Contender);
            let Some(head) = head.filter(|_| counts(row)) else { continue };
            for (number, generation) in measured.generations.iter().filter(|(_, generation)| !generation.confirms) {
                let rounds = rounds(generation);
                let orders = order(record.header.plan.seed ^ index as u64, u64::from(*number), rounds, row.arms.len());
                differences.extend(first_against_last(generation, &orders, head));
            }
        }
    }
    let found = estimate(&differences, 0.95)?;
    Some(OrderEffect {
        first_against_last: found.centre.exp_m1(),
        lower: found.lower.exp_m1(),
        upper: found.upper.exp_m1(),
        generations: differences.len(),
    })
}

fn rounds(generation: &Generation) -> usize {
    generation.processes.values().map(|process| process.slices.len()).min().unwrap_or(0)
}

/// Log time of HEAD where it came first less where it came last, in one generation.
fn first_against_last(generation: &Generation, orders: &[Vec<usize>], head: usize) -> Option<f64> {
    let slices = &generation.processes.get(&head)?.slices;
    let at = |place: fn(usize) -> usize| -> Option<f64> {
        let logs: Vec<f64> = orders
            .iter()
            .zip(slices)
            .filter(|(order, _)| order.get(place(order.len())) == Some(&head))
            .map(|(_, slice)| (slice.typical_ns as f64 / slice.ops as f64).ln())
            .filter(|log| log.is_finite())
            .collect();
        median(&logs)
    };
    Some(at(|_| 0)? - at(|arms| arms - 1)?)
}
