//! Noise to simulate with, from fixed seeds: the same numbers in every test run.

use std::f64::consts::TAU;

use loopswap_statistics::SplitMix64;

/// Draws one value of some noise; all noises here are symmetric about zero unless they say not.
pub(crate) type Noise = fn(&mut SplitMix64) -> f64;

/// Symmetric noises of very different kinds.
pub(crate) const SYMMETRIC: [(&str, Noise); 3] =
    [("normal", normal), ("heavy-tailed", student_2), ("two heaps", two_heaps)];

pub(crate) fn sample(random: &mut SplitMix64, n: usize, noise: Noise) -> Vec<f64> {
    (0..n).map(|_| noise(random)).collect()
}

/// Standard normal (Box & Muller 1958).
pub(crate) fn normal(random: &mut SplitMix64) -> f64 {
    let radius = (-2.0 * (1.0 - random.unit()).ln()).sqrt();
    radius * (TAU * random.unit()).cos()
}

/// Student's t with two degrees of freedom: its variance is infinite (inverse of the distribution).
pub(crate) fn student_2(random: &mut SplitMix64) -> f64 {
    let centred = 2.0 * (random.unit() + f64::EPSILON / 4.0) - 1.0;
    centred * (2.0 / (1.0 - centred * centred)).sqrt()
}

/// Two equal normal heaps, six of their standard deviations apart.
pub(crate) fn two_heaps(random: &mut SplitMix64) -> f64 {
    heaps(random, 6.0)
}

/// Two equal normal heaps, `distance` of their standard deviations apart.
pub(crate) fn heaps(random: &mut SplitMix64, distance: f64) -> f64 {
    let side = if random.next_u64() >> 63 == 0 { 0.5 } else { -0.5 };
    side * distance + normal(random)
}
