//! The order in which the arms take their turns, so that neither place nor neighbour favours one.
//!
//! A machine drifts (heat, a neighbour's work), and a turn may leave something behind for the next one
//! (caches, sockets in TIME_WAIT). If every arm has every place equally often, and follows every other arm
//! equally often, both cancel out.

use crate::random::SplitMix64;

/// How many rounds it takes until every arm has stood in every place equally often: `arms` for an
/// even number of arms, twice that for an odd number above one.
///
/// A generation whose number of rounds is a multiple of this is fully balanced.
pub fn order_period(arms: usize) -> usize {
    match arms {
        0 | 1 => 1,
        even if even.is_multiple_of(2) => even,
        odd => 2 * odd,
    }
}

/// The order of the arms in each of `rounds` rounds of one generation.
///
/// The result has `rounds` entries; each is a permutation of `0..arms`. Rounds come in mirrored
/// pairs (two arms: AB BA), which cancels a steady drift within each pair. The rounds of one
/// [`order_period`], counted from a multiple of it, are the rows of a Williams design: every arm
/// stands in every place equally often, and within the rounds every arm directly follows every
/// other equally often (Williams, "Experimental designs balanced for the estimation of residual
/// effects of treatments", 1949). Which arm plays which part, and the order of the mirrored pairs,
/// is drawn anew for each period.
///
/// The same arguments give the same order for ever, on every machine; more rounds only append.
pub fn order(seed: u64, generation: u64, rounds: usize, arms: usize) -> Vec<Vec<usize>> {
    let mut random = SplitMix64::for_part(seed, generation);
    let mut order = Vec::with_capacity(rounds);
    while order.len() < rounds {
        order.extend(period(&mut random, arms));
    }
    order.truncate(rounds);
    order
}

/// One balanced set of rounds.
fn period(random: &mut SplitMix64, arms: usize) -> Vec<Vec<usize>> {
    if arms <= 1 {
        return vec![(0..arms).collect()];
    }
    let mut parts: Vec<usize> = (0..arms).collect();
    random.shuffle(&mut parts);
    // The mirror image of a row is the row half way round if `arms` is even, so half of the rows
    // and their mirrors are all of them. If it is odd, mirrors are new rows and all are needed.
    let mut shifts: Vec<usize> = (0..order_period(arms) / 2).collect();
    random.shuffle(&mut shifts);
    let zigzag = zigzag(arms);
    let mut rounds = Vec::with_capacity(order_period(arms));
    for shift in shifts {
        let row: Vec<usize> = zigzag.iter().map(|place| parts[(place + shift) % arms]).collect();
        let mirrored = row.iter().rev().copied().collect();
        rounds.extend([row, mirrored]);
    }
    rounds
}

/// 0, 1, k − 1, 2, k − 2, …: a sequence whose steps are all different modulo k = `arms`, which is
/// what balances the neighbours.
fn zigzag(arms: usize) -> Vec<usize> {
    let at = |place: usize| match place {
        odd if odd % 2 == 1 => odd.div_ceil(2),
        even => (arms - even / 2) % arms,
    };
    (0..arms).map(at).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_arms_go_abba() {
        for seed in 0..20 {
            for block in order(seed, 0, 8, 2).chunks(2) {
                assert!(block == [[0, 1], [1, 0]] || block == [[1, 0], [0, 1]], "{block:?}");
            }
        }
    }

    #[test]
    fn places_and_neighbours_are_balanced() {
        for arms in 2..=9 {
            let period = order_period(arms);
            for block in order(42, 3, 4 * period, arms).chunks(period) {
                let mut places = vec![vec![0; arms]; arms];
                let mut follows = vec![vec![0; arms]; arms];
                for round in block {
                    round.iter().enumerate().for_each(|(place, &arm)| places[arm][place] += 1);
                    round.windows(2).for_each(|pair| follows[pair[0]][pair[1]] += 1);
                }
                let each = period / arms;
                assert!(places.iter().flatten().all(|&count| count == each), "{arms}: {places:?}");
                for (arm, after) in follows.iter().enumerate() {
                    let even = |(other, &count)| count == if other == arm { 0 } else { each };
                    assert!(after.iter().enumerate().all(even), "{arms}: {follows:?}");
                }
            }
        }
    }

    #[test]
    fn odd_rounds_mirror_even_ones() {
        for arms in 2..=7 {
            for pair in order(1, 2, 2 * arms, arms).chunks(2) {
                let mirrored: Vec<usize> = pair[0].iter().rev().copied().collect();
                assert_eq!(pair[1], mirrored);
            }
        }
    }

    #[test]
    fn recorded_seeds_keep_their_order() {
        // Golden, from a second implementation in Python of what is documented above. If this
        // fails, old records can no longer be replayed: do not update it.
        assert_eq!(order(1, 0, 4, 2), GOLDEN_TWO);
        assert_eq!(order(2024, 7, 4, 4), GOLDEN_FOUR);
        assert_eq!(order(u64::MAX, 1, 6, 3), GOLDEN_THREE);
    }

    const GOLDEN_TWO: [[usize; 2]; 4] = [[1, 0], [0, 1], [0, 1], [1, 0]];
    const GOLDEN_FOUR: [[usize; 4]; 4] = [[0, 3, 1, 2], [2, 1, 3, 0], [3, 2, 0, 1], [1, 0, 2, 3]];
    const GOLDEN_THREE: [[usize; 3]; 6] = [[1, 2, 0], [0, 2, 1], [2, 0, 1], [1, 0, 2], [0, 1, 2], [2, 1, 0]];

    #[test]
    fn seeds_and_generations_differ() {
        let first = order(5, 0, 12, 6);
        assert_eq!(first, order(5, 0, 12, 6));
        assert_ne!(first, order(5, 1, 12, 6));
        assert_ne!(first, order(6, 0, 12, 6));
    }

    #[test]
    fn more_rounds_only_append() {
        assert_eq!(order(9, 4, 7, 5)[..], order(9, 4, 23, 5)[..7]);
    }

    #[test]
    fn one_arm_or_none() {
        assert_eq!(order(1, 1, 3, 1), [[0], [0], [0]]);
        assert_eq!(order(1, 1, 2, 0), [[0_usize; 0]; 2]);
        assert!(order(1, 1, 0, 4).is_empty());
    }
}
