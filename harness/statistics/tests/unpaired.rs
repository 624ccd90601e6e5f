//! Two samples at different times: does the interval of their difference cover, and how often is a difference
//! found where there is none?

use loopswap_statistics::{Bounded, SplitMix64, difference, estimate};

use crate::noise::{SYMMETRIC, sample};

const EXPERIMENTS: usize = 2000;

fn bounded(values: &[f64]) -> Bounded {
    let found = estimate(values, 0.95).unwrap();
    Bounded { centre: found.centre, lower: found.lower, upper: found.upper, level: found.level_reached }
}

#[test]
fn the_interval_of_a_difference_covers() {
    for (n_base, n_head) in [(8, 8), (12, 12), (10, 30)] {
        for (name, noise) in SYMMETRIC {
            let mut random = SplitMix64::for_part(41, n_base as u64);
            let (mut covered, mut early) = (0, 0);
            for _ in 0..EXPERIMENTS {
                // The head scatters twice as much, as another build may.
                let base = sample(&mut random, n_base, noise);
                let head: Vec<f64> = sample(&mut random, n_head, noise).iter().map(|value| 0.3 + 2.0 * value).collect();
                let found = difference(bounded(&base), bounded(&head), 0.95).unwrap();
                covered += usize::from(found.lower <= 0.3 && 0.3 <= found.upper);
                let none = difference(bounded(&base), bounded(&sample(&mut random, n_head, noise)), 0.95).unwrap();
                early += usize::from(none.p_beyond(0.0) <= 0.005);
            }
            let share = |hits: usize| hits as f64 / EXPERIMENTS as f64;
            println!(
                "n = {n_base} and {n_head}, {name}: covers {:.4}, p <= 0.005 in {:.4}",
                share(covered),
                share(early)
            );
            assert!((0.92..=0.985).contains(&share(covered)), "n = {n_base}, {name}: {covered}");
            assert!(share(early) <= 0.02, "n = {n_base}, {name}: {early}");
        }
    }
}
