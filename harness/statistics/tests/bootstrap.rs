//! Do intervals over blocks cover a quantile where operations of a block belong together?

use loopswap_statistics::{SplitMix64, quantile_interval};

use crate::noise::normal;

/// One block of 40 operations: they share a typical time that differs by 10 % from block to block, and
/// each is like the one before it (ρ = 0.8). Times are counted in steps, as a histogram does.
fn block(random: &mut SplitMix64) -> Vec<(u64, u64)> {
    let shared = 0.1 * normal(random);
    let mut level = normal(random);
    let mut operation = || {
        level = 0.8 * level + 0.6 * normal(random);
        let time = (10.0 + shared + 0.2 * level).exp();
        ((time / 100.0) as u64 * 100, 1)
    };
    (0..40).map(|_| operation()).collect()
}

fn coverage(
    experiments: u32,
    quantile: f64,
    intervals: impl Fn(&[Vec<(u64, u64)>], &mut SplitMix64) -> Option<(u64, u64)>,
) -> f64 {
    // Known without dice: a sum of normal numbers, led through the exponential.
    let z = if quantile == 0.5 { 0.0 } else { 1.281_552 };
    let truth = ((10.0 + z * f64::sqrt(0.01 + 0.04)).exp() / 100.0) as u64 * 100;
    let mut random = SplitMix64::new(1989);
    let covered = (0..experiments).filter(|_| {
        let blocks: Vec<_> = (0..30).map(|_| block(&mut random)).collect();
        intervals(&blocks, &mut random).is_some_and(|(lower, upper)| lower <= truth && truth <= upper)
    });
    covered.count() as f64 / f64::from(experiments)
}

#[test]
fn intervals_over_blocks_cover_and_intervals_over_operations_do_not() {
    for quantile in [0.5, 0.9] {
        let share = coverage(250, quantile, |blocks, random| {
            quantile_interval(blocks, quantile, 0.95, 300, random).map(|found| (found.lower, found.upper))
        });
        println!("over blocks, quantile {quantile}: {share}");
        assert!((0.90..=0.99).contains(&share), "quantile {quantile}: {share}");
    }
    // The test can fail: as if each operation were a block of its own.
    let share = coverage(40, 0.5, |blocks, random| {
        let alone: Vec<Vec<(u64, u64)>> = blocks.iter().flatten().map(|operation| vec![*operation]).collect();
        quantile_interval(&alone, 0.5, 0.95, 300, random).map(|found| (found.lower, found.upper))
    });
    println!("over operations: {share}");
    assert!(share < 0.75, "{share}");
}
