//! Does the interval of a percentile hold the truth where processes differ? The whole table is what
//! `cargo run --release -p loopswap-statistics --example percentiles` prints.

use loopswap_statistics::{Coverage, Operations, Setting, SplitMix64, percentile_coverage};

const SAMPLES: u32 = 100;
/// Of 100 samples at 92 %, two standard errors of the dice below.
const COVERED_MIN: f64 = 0.92 - 2.0 * 0.027;

fn covered(operations: Operations, quantile: f64, scatter: f64, generations: usize, count: usize) -> Coverage {
    let setting = Setting { operations, scatter, generations, count };
    let found = percentile_coverage(setting, quantile, SAMPLES, 2024);
    println!(
        "{} {quantile}, {count} operations, scatter {scatter}, {generations} generations: {found:?}",
        operations.name()
    );
    found
}

#[test]
fn the_interval_covers_where_processes_differ() {
    for operations in [Operations::Lognormal, Operations::Bimodal] {
        for generations in [8, 12] {
            for (quantile, count) in [(0.5, 40), (0.99, 200)] {
                for scatter in [0.0, 0.3] {
                    let found = covered(operations, quantile, scatter, generations, count);
                    assert!(found.share().is_some_and(|share| share >= COVERED_MIN), "{found:?}");
                    assert!(found.answered * 10 >= found.samples * 8, "few are refused: {found:?}");
                }
            }
        }
    }
}

#[test]
fn bursts_too_few_to_tell_are_refused_and_enough_of_them_are_covered() {
    for generations in [8, 12] {
        // One burst in three generations or so: what a generation shows is whether it had one.
        let few = covered(Operations::Bursts, 0.99, 0.1, generations, 250);
        assert!(few.answered * 10 <= few.samples, "{few:?}");
        // The median is not in a burst but a common operation.
        let common = covered(Operations::Bursts, 0.5, 0.1, generations, 50);
        assert!(common.share().is_some_and(|share| share >= COVERED_MIN), "{common:?}");
    }
}

/// The test can fail: the same with all operations in one heap, each as if it were independent.
#[test]
fn an_interval_over_operations_would_not_cover() {
    let mut random = SplitMix64::new(7);
    let truth = Operations::Lognormal.truth_ns(0.5);
    let covered = (0..SAMPLES).filter(|_| {
        let mut heap: Vec<u64> = (0..12)
            .flat_map(|_| Operations::Lognormal.generation(0.1, 50, &mut random))
            .map(|(value, _)| value)
            .collect();
        heap.sort_unstable();
        // Of 600, the sign test's bounds are about 300 ± 1.96 · √600 / 2.
        (heap[275] as f64) <= truth && truth <= heap[324] as f64
    });
    let share = covered.count() as f64 / f64::from(SAMPLES);
    println!("over operations: {share}");
    assert!(share < 0.8, "{share}");
}
