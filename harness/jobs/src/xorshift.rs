//! A computation that no compiler shortens, and another way to its result.

use std::hint::black_box;

/// One step of Marsaglia's 64-bit xorshift generator with the shifts 13, 7, 17 ("Xorshift RNGs",
/// 2003). Each step needs the one before, and a compiler cannot fold several into one, as it does
/// with a linear congruential generator.
fn step(mut state: u64) -> u64 {
    state ^= state << 13;
    state ^= state >> 7;
    state ^ (state << 17)
}

/// The state after `count` steps.
#[must_use]
pub fn steps(state: u64, count: u64) -> u64 {
    let mut state = black_box(state);
    for _ in 0..count {
        state = step(state);
    }
    black_box(state)
}

/// Takes a number of steps at once: a step is a linear map over the bits of the state, so that many steps are
/// the power of a 64 × 64 bit matrix, found by repeated squaring.
#[derive(Clone, Debug)]
pub struct Leap {
    /// The image of each bit.
    columns: [u64; 64],
}

impl Leap {
    /// The leap over `count` steps.
    #[must_use]
    pub fn new(mut count: u64) -> Self {
        let mut power: [u64; 64] = std::array::from_fn(|bit| step(1 << bit));
        let mut columns: [u64; 64] = std::array::from_fn(|bit| 1 << bit);
        while count > 0 {
            if count & 1 == 1 {
                columns = columns.map(|column| times(&power, column));
            }
            power = power.map(|column| times(&power, column));
            count >>= 1;
        }
        Leap { columns }
    }

    /// The state after these steps from `state`.
    #[must_use]
    pub fn over(&self, state: u64) -> u64 {
        times(&self.columns, state)
    }
}

/// A matrix, given by its columns, times a vector of bits.
fn times(columns: &[u64; 64], vector: u64) -> u64 {
    columns.iter().enumerate().filter(|(bit, _)| vector >> bit & 1 == 1).fold(0, |sum, (_, column)| sum ^ column)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_leap_comes_to_what_stepping_comes_to() {
        for seed in [1, 7, u64::MAX] {
            for count in [0, 1, 2, 3, 100, 12_345] {
                assert_eq!(Leap::new(count).over(seed), steps(seed, count), "{count} steps from {seed}");
            }
        }
        // The figure that PROTOCOL.md gives to authors of runners.
        assert_eq!(Leap::new(500_000).over(1), 0x0e33_9f95_6ef6_f46d);
    }
}
