//! Is the "smallest detectable" shift really found about four times in five?

use std::f64::consts::PI;

use loopswap_statistics::{SplitMix64, signed_rank, smallest_detectable};

use crate::noise::{Noise, SYMMETRIC, normal, sample};

/// Shifts fresh noise by what another sample of the same noise calls detectable, and returns how
/// often the test finds it.
fn power_seen(n: usize, alpha: f64, noise: Noise) -> f64 {
    let mut random = SplitMix64::for_part(31, n as u64);
    let (mut found, tries) = (0, 1000);
    for _ in 0..tries {
        let pilot = sample(&mut random, n, noise);
        let shift = smallest_detectable(&pilot, alpha, 0.8).unwrap();
        let mut values = sample(&mut random, n, noise);
        values.iter_mut().for_each(|value| *value += shift);
        found += usize::from(signed_rank(&values).unwrap().p <= alpha);
    }
    found as f64 / f64::from(tries)
}

#[test]
fn the_test_finds_the_detectable_shift_four_times_in_five() {
    for (n, alpha) in [(10, 0.05), (12, 0.05), (20, 0.05), (40, 0.05), (20, 0.0026)] {
        for (name, noise) in SYMMETRIC {
            let power = power_seen(n, alpha, noise);
            println!("n = {n}, alpha = {alpha}, {name}: power {power}");
            assert!((0.7..=0.95).contains(&power), "n = {n}, alpha = {alpha}, {name}: {power}");
        }
    }
}

#[test]
fn it_follows_the_textbook_formula_on_normal_noise() {
    let n = 400;
    let values = sample(&mut SplitMix64::new(11), n, normal);
    let textbook = (1.96 + 0.8416) * (PI / 3.0).sqrt() / (n as f64).sqrt();
    let found = smallest_detectable(&values, 0.05, 0.8).unwrap();
    assert!((found / textbook - 1.0).abs() < 0.1, "{found} is not about {textbook}");
}
