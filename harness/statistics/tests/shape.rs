//! How often are one heap called two, and two heaps seen?

use loopswap_statistics::{SplitMix64, bimodal};

use crate::noise::{heaps, normal, student_2};

fn flagged(n: usize, tries: usize, noise: impl Fn(&mut SplitMix64) -> f64) -> f64 {
    let mut random = SplitMix64::for_part(8, n as u64);
    let mut flagged = 0;
    for _ in 0..tries {
        let values: Vec<f64> = (0..n).map(|_| noise(&mut random)).collect();
        flagged += usize::from(bimodal(&values));
    }
    flagged as f64 / tries as f64
}

#[test]
fn normal_samples_are_rarely_called_bimodal() {
    for (n, tries) in [(8, 3000), (9, 3000), (10, 3000), (12, 3000), (20, 2000), (40, 600), (100, 200)] {
        let (even, tailed) = (flagged(n, tries, normal), flagged(n, tries, student_2));
        println!("n = {n}: normal {even:.4}, heavy-tailed {tailed:.4}");
        assert!(even < 0.02, "n = {n}: {even}");
        assert!(tailed < 0.03, "n = {n}, heavy-tailed: {tailed}");
    }
}

#[test]
fn far_heaps_are_seen() {
    for (n, power) in [(8, 0.6), (12, 0.85), (20, 0.95), (40, 0.99)] {
        let seen = flagged(n, 500, |random| heaps(random, 8.0));
        println!("n = {n}: two heaps seen {seen}");
        assert!(seen >= power, "n = {n}: {seen}");
    }
}
