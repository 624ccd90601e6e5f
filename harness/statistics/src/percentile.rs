//! The percentile of single operations in a typical generation, and how certain it is.

use crate::order_statistics::{MedianInterval, median_interval};

/// With fewer generations than this it is unknown how much generations differ.
pub const PERCENTILE_GENERATIONS_MIN: usize = 8;

/// How many operations of each generation must lie beyond the percentile, on average, with fewer than
/// [`MANY_GENERATIONS`]: with fewer operations in all, bursts look like chance.
const BEYOND_EACH_FEW: f64 = 2.0;
/// See [`BEYOND_EACH_FEW`].
const MANY_GENERATIONS: usize = 12;
/// The same for many generations: one, or this share of their number, since the error of a single generation
/// does not average out, and must become smaller as the interval does.
const BEYOND_EACH_SHARE: f64 = 1.0 / 15.0;
/// Misses that the sign test is allowed, as a share of those that the level allows: a generation's own
/// percentile is a little off if few operations lie beyond it.
const MISSES: f64 = 0.8;
/// If operations beyond the percentile come in bursts, each generation needs at least this many bursts: with
/// fewer, its percentile depends on whether it had one.
const BURSTS_EACH_MIN: f64 = 3.0;
/// The same as a share of the generations, for the same reason as [`BEYOND_EACH_SHARE`].
const BURSTS_EACH_SHARE: f64 = 1.0 / 5.0;
/// One in this many generations may have an unusual tail without the others being said to have bursts.
const ODD_ONE_IN: usize = 12;
/// Bursts do not matter if the interval is no wider than this, as a logarithm, once it is made to contain the
/// percentile of all operations together, each generation's about its own median: ± 15 % with up to
/// [`MANY_GENERATIONS`], and less as their number grows.
const BURSTS_WIDTH: f64 = 0.3;
/// With fewer operations beyond the percentile in each of the others, none is left out as unusual.
const ODD_BEYOND_MIN: f64 = 3.0;
/// The z beyond which chance does not explain the spread of the counts: one sample of independent operations
/// in twenty, and one in a hundred with [`ODD_BEYOND_MIN`] in each generation, where bursts show clearly.
const BURSTS_Z: [f64; 2] = [1.645, 2.326];

/// A percentile and its interval, in the unit of the values.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Percentile {
    /// The percentile of a typical generation: half of all generations have a lower one.
    pub value: f64,
    /// Lower bound of the interval, included; never above `value`.
    pub lower: f64,
    /// Upper bound of the interval, included; never below `value`.
    pub upper: f64,
    /// The coverage that was asked for.
    pub level: f64,
    /// How many generations have enough operations to take part.
    pub generations: usize,
    /// How many of their operations lie beyond the percentile, on its rarer side.
    pub beyond: f64,
}

/// Why there is no percentile.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum TooFew {
    /// Fewer than [`PERCENTILE_GENERATIONS_MIN`] generations have any operations.
    Generations {
        /// How many have.
        found: usize,
    },
    /// Fewer than [`PERCENTILE_GENERATIONS_MIN`] generations have enough operations each.
    Operations {
        /// How many the median generation has.
        each: u64,
        /// How many each would need.
        needed: u64,
    },
    /// The operations beyond the percentile come in bursts, and most generations have too few of those.
    Bursts {
        /// How many independent events the operations beyond the percentile come to in a generation.
        each: f64,
        /// How many each would need.
        needed: f64,
    },
}

/// The percentile (`quantile` between 0 and 1) of the operations of a typical generation, with an interval
/// that contains it with probability `level`, or nearly so.
///
/// Generations without operations are ignored. The estimand is the *median over the population of
/// generations* (fresh processes) of each generation's own percentile: half of all processes have a lower
/// one. That is not the percentile of all operations pooled: if processes differ, the far tail of the pool is
/// in a few rare slow processes, and a dozen processes say nothing about the rare ones that are missing.
///
/// - **A generation's percentile** is interpolated on the log scale between two of its operations by
///   type 8 of Hyndman & Fan, "Sample quantiles in statistical packages" (1996), which has the true
///   percentile as its median, nearly, for any distribution and from one operation beyond it on. (The
///   smallest value with enough below it, as of an HdrHistogram, is too low with few operations.)
/// - **The centre** is the median of these values, and **the interval** is that of the sign test between
///   two of them in order, interpolated for the level: it needs independent generations and nothing else,
///   no symmetry either, which a percentile that rests on one or two operations would not have.
///
/// # Errors
/// [`TooFew`] if the generations are not enough: fewer than 8 with at least two operations each beyond the
/// percentile (one, from 12 generations on; a 15th of their number, from 15 on), or with too few bursts, so
/// that all together show another percentile than one generation does. Bursts are searched beyond a common
/// multiple of each generation's own median, so that processes of different speed do not count as bursts, and
/// one generation in twelve may be unusual. The same if `quantile` or `level` is not strictly between 0 and
/// 1, reported as no generations.
pub fn percentile(generations: &[Generation], quantile: f64, level: f64) -> Result<Percentile, TooFew> {
    let inside = |share: f64| share > 0.0 && share < 1.0;
    if !inside(quantile) || !inside(level) {
        return Err(TooFew::Generations { found: 0 });
    }
    let mut sizes: Vec<u64> =
        generations.iter().map(|generation| generation.total).filter(|total| *total > 0).collect();
    if sizes.len() < PERCENTILE_GENERATIONS_MIN {
        return Err(TooFew::Generations { found: sizes.len() });
    }
    let rarer = quantile.min(1.0 - quantile);
    // 1 − 0.99 is not quite 0.01 in binary.
    let each = match sizes.len() {
        few if few < MANY_GENERATIONS => BEYOND_EACH_FEW,
        many => (many as f64 * BEYOND_EACH_SHARE).max(1.0),
    };
    let needed = (each / rarer * (1.0 - 1e-9)).ceil() as u64;
    let full: Vec<&Generation> = generations.iter().filter(|generation| generation.total >= needed).collect();
    if full.len() < PERCENTILE_GENERATIONS_MIN {
        sizes.sort_unstable();
        return Err(TooFew::Operations { each: sizes[sizes.len() / 2], needed });
    }
    let operations: f64 = full.iter().map(|generation| generation.total as f64).sum();
    let mut found = median_of(&full, quantile, 1.0 - MISSES * (1.0 - level));
    let wanted = BURSTS_EACH_MIN.max(full.len() as f64 * BURSTS_EACH_SHARE);
    if let Some(each) = bursts_each(&full, quantile).filter(|each| *each < wanted) {
        // They matter if all together show another percentile than one generation does, or if it may be
        // chance that they do not.
        let together = median_of(&full, 0.5, level).centre + Beyond::of(&full, quantile).edge;
        found.lower = found.lower.min(together);
        found.upper = found.upper.max(together);
        let count = full.len() as f64;
        let narrow = BURSTS_WIDTH * (MANY_GENERATIONS as f64 / count).min(1.0);
        if operations * rarer < ODD_BEYOND_MIN * count || found.upper - found.lower > narrow {
            return Err(TooFew::Bursts { each, needed: wanted });
        }
    }
    Ok(Percentile {
        value: found.centre.exp(),
        lower: found.lower.exp(),
        upper: found.upper.exp(),
        level,
        generations: full.len(),
        beyond: operations * rarer,
    })
}

/// The median of the generations' own percentiles, on the log scale.
fn median_of(generations: &[&Generation], quantile: f64, level: f64) -> MedianInterval {
    let mut logs: Vec<f64> = generations.iter().map(|generation| generation.log_quantile(quantile)).collect();
    logs.sort_unstable_by(f64::total_cmp);
    median_interval(&logs, level)
}

/// The operations of one generation in order.
#[derive(Clone, Debug, Default)]
pub struct Generation {
    /// Logarithm of a value, and how often it occurs, ascending.
    counted: Vec<(f64, u64)>,
    total: u64,
}

impl Generation {
    /// From a list of `(value, count)` in any order; values may repeat, and 0 counts as 1.
    pub fn new(recorded: impl IntoIterator<Item = (u64, u64)>) -> Self {
        let counted = recorded.into_iter().filter(|(_, count)| *count > 0);
        let mut counted: Vec<(f64, u64)> = counted.map(|(value, count)| ((value.max(1) as f64).ln(), count)).collect();
        counted.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
        let total = counted.iter().fold(0_u64, |total, (_, count)| total.saturating_add(*count));
        Self { counted, total }
    }

    /// How many operations it has.
    pub fn operations(&self) -> u64 {
        self.total
    }

    /// Its own percentile as [`percentile`] computes it, in the unit of the values; `None` if no operation
    /// lies beyond it. For one generation it says little: use the median of many.
    pub fn percentile(&self, quantile: f64) -> Option<f64> {
        let rarer = quantile.min(1.0 - quantile);
        let enough = rarer > 0.0 && self.total as f64 * rarer >= 1.0 - 1e-9;
        enough.then(|| self.log_quantile(quantile).exp())
    }

    /// Type 8 of Hyndman & Fan; the generation must not be empty.
    fn log_quantile(&self, quantile: f64) -> f64 {
        let total = self.total as f64;
        let place = ((total + 1.0 / 3.0) * quantile + 1.0 / 3.0).clamp(1.0, total);
        let (below, weight) = (place.floor(), place.fract());
        let lower = self.at(below as u64);
        if weight > 0.0 { lower + weight * (self.at(below as u64 + 1) - lower) } else { lower }
    }

    /// The value at a place from 1 on.
    fn at(&self, place: u64) -> f64 {
        let mut passed = 0_u64;
        let reached = self.counted.iter().find(|(_, count)| {
            passed = passed.saturating_add(*count);
            passed >= place
        });
        reached.or(self.counted.last()).map_or(0.0, |(value, _)| *value)
    }
}

/// How many independent events per generation the operations beyond the quantile amount to, if they are
/// spread over the generations less evenly than chance would spread them; `None` if they are not.
///
/// For independent operations the counts scatter like Poisson's, with a variance equal to their mean. If it
/// is `d` times that, `n` operations are worth `n / d` independent ones.
fn bursts_each(generations: &[&Generation], quantile: f64) -> Option<f64> {
    let counts = Beyond::of(generations, quantile).counts;
    let mut by_rate: Vec<usize> = (0..generations.len()).collect();
    let rate = |index: &usize| counts[*index] / generations[*index].total as f64;
    by_rate.sort_unstable_by(|a, b| rate(b).total_cmp(&rate(a)));
    let odd = generations.len() / ODD_ONE_IN;
    let rest: Vec<&Generation> = by_rate[odd..].iter().map(|index| generations[*index]).collect();
    let rest_counts = Beyond::of(&rest, quantile).counts;
    if rest_counts.iter().sum::<f64>() >= ODD_BEYOND_MIN * rest.len() as f64 {
        events_each(&rest, &rest_counts)
    } else {
        events_each(generations, &counts)
    }
}

/// The number of independent events per generation that `counts` amount to, if chance does not explain their
/// spread.
fn events_each(generations: &[&Generation], counts: &[f64]) -> Option<f64> {
    let operations: f64 = generations.iter().map(|one| one.total as f64).sum();
    let counted: f64 = counts.iter().sum();
    let squares = |(count, one): (&f64, &&Generation)| {
        let expected = counted * one.total as f64 / operations;
        (count - expected).powi(2) / expected
    };
    let free = generations.len() as f64 - 1.0;
    let dispersion = counts.iter().zip(generations).map(squares).sum::<f64>() / free;
    // Wilson & Hilferty, "The distribution of chi-square" (1931).
    let ninth = 2.0 / (9.0 * free);
    let each = counted / generations.len() as f64;
    let by_chance = (1.0 - ninth + BURSTS_Z[usize::from(each >= ODD_BEYOND_MIN)] * ninth.sqrt()).powi(3);
    (dispersion > by_chance).then(|| each / dispersion)
}

/// The share of all operations that is farthest from its generation's median, on the rarer side of a
/// quantile.
struct Beyond {
    /// How many of them each generation has. If many are equally far, each generation gets its part of them.
    counts: Vec<f64>,
    /// Distance of the nearest of them, on the log scale.
    edge: f64,
}

impl Beyond {
    fn of(generations: &[&Generation], quantile: f64) -> Self {
        let side = if quantile < 0.5 { -1.0 } else { 1.0 };
        let mut away: Vec<(f64, u64, usize)> = Vec::new();
        for (index, generation) in generations.iter().enumerate() {
            let median = generation.log_quantile(0.5);
            away.extend(generation.counted.iter().map(|(value, count)| (side * (value - median), *count, index)));
        }
        away.sort_unstable_by(|a, b| b.0.total_cmp(&a.0));
        let operations: f64 = generations.iter().map(|generation| generation.total as f64).sum();
        let mut left = operations * quantile.min(1.0 - quantile);
        let mut found = Beyond { counts: vec![0.0; generations.len()], edge: 0.0 };
        for equal in away.chunk_by(|a, b| a.0 == b.0) {
            let there: f64 = equal.iter().map(|(_, count, _)| *count as f64).sum();
            let share = (left / there).min(1.0);
            for (_, count, index) in equal {
                found.counts[*index] += share * *count as f64;
            }
            found.edge = side * equal[0].0;
            left -= there;
            if left <= 0.0 {
                break;
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(generations: &[Vec<(u64, u64)>], quantile: f64, level: f64) -> Result<Percentile, TooFew> {
        let generations: Vec<Generation> = generations.iter().cloned().map(Generation::new).collect();
        percentile(&generations, quantile, level)
    }

    fn generation(number: u64) -> Vec<(u64, u64)> {
        (0..500).map(|value| (1000 + 10 * value + number, 1)).collect()
    }

    fn generations(count: u64) -> Vec<Vec<(u64, u64)>> {
        (0..count).map(generation).collect()
    }

    #[test]
    fn a_generations_percentile_is_type_8() {
        // quantile(1:10, c(0.5, 0.9), type = 8) in R -> 5.5, 9.633333; ours interpolates logarithms.
        let ten: Vec<(u64, u64)> = (1..=10).map(|value| (value, 1)).collect();
        let close = |quantile: f64, expected: f64| {
            let found = Generation::new(ten.clone()).percentile(quantile).unwrap();
            assert!((found / expected - 1.0).abs() < 1e-9, "{quantile}: {found}");
        };
        close(0.5, (5.0_f64 * 6.0).sqrt());
        close(0.9, 9.0 * (10.0_f64 / 9.0).powf(0.633_333_333_333));
        assert_eq!(Generation::new(ten.clone()).percentile(0.99), None);
        assert_eq!(Generation::default().percentile(0.5), None);
    }

    #[test]
    fn order_repetition_and_empty_generations_do_not_matter() {
        let plain: Vec<Vec<(u64, u64)>> =
            (0..12).map(|number| (1..200).map(|value| (100 * value + number, 1 + value % 3)).collect()).collect();
        let mut untidy: Vec<Vec<(u64, u64)>> = plain
            .iter()
            .map(|one| one.iter().rev().flat_map(|(value, count)| [(*value, 1), (*value, count - 1)]).collect())
            .collect();
        untidy.insert(3, vec![]);
        untidy.push(vec![(7, 0)]);
        assert_eq!(asked(&plain, 0.9, 0.95), asked(&untidy, 0.9, 0.95));
    }

    #[test]
    fn equal_generations_have_no_width_and_different_ones_have() {
        let equal = asked(&vec![generation(0); 12], 0.99, 0.95).unwrap();
        assert_eq!((equal.lower, equal.upper, equal.generations), (equal.value, equal.value, 12));
        assert!((equal.beyond - 60.0).abs() < 1e-9, "{equal:?}");
        let apart: Vec<Vec<(u64, u64)>> = (1..=12).map(|speed| vec![(100 * speed, 1000)]).collect();
        let found = asked(&apart, 0.99, 0.95).unwrap();
        // Between the third and the fourth of twelve: 96.1 % and 85.4 % are the sign test's levels there.
        assert!((300.0..310.0).contains(&found.lower) && (990.0..=1000.0).contains(&found.upper), "{found:?}");
    }

    #[test]
    fn too_little_says_what_is_missing() {
        assert_eq!(asked(&generations(7), 0.5, 0.95), Err(TooFew::Generations { found: 7 }));
        assert_eq!(asked(&[], 0.5, 0.95), Err(TooFew::Generations { found: 0 }));
        assert!(asked(&generations(8), 0.99, 0.95).is_ok());
        assert_eq!(asked(&generations(8), 0.999, 0.95), Err(TooFew::Operations { each: 500, needed: 2000 }));
        // The three operations of a short slice have a median, but no 99th percentile other than their
        // largest.
        let short = vec![vec![(80, 1), (90, 1), (100, 1)]; 12];
        assert!(asked(&short, 0.5, 0.95).is_ok());
        assert_eq!(asked(&short, 0.99, 0.95), Err(TooFew::Operations { each: 3, needed: 100 }));
        for nonsense in [0.0, 1.0, f64::NAN] {
            assert!(asked(&generations(12), nonsense, 0.95).is_err());
            assert!(asked(&generations(12), 0.5, nonsense).is_err());
        }
    }

    #[test]
    fn a_tail_in_few_generations_is_bursts_and_slow_processes_are_none() {
        let calm = |slow: u64| -> Vec<(u64, u64)> { (0..500).map(|value| (slow * (1000 + value), 1)).collect() };
        let mut bursts: Vec<Vec<(u64, u64)>> = vec![calm(1); 12];
        bursts.iter_mut().take(4).for_each(|one| one.push((90_000, 20)));
        assert!(matches!(asked(&bursts, 0.99, 0.95), Err(TooFew::Bursts { .. })), "four of twelve");
        bursts.iter_mut().skip(1).for_each(|one| one.truncate(500));
        assert!(asked(&bursts, 0.99, 0.95).is_ok(), "one odd generation is no pattern");
        let speeds: Vec<Vec<(u64, u64)>> = (1..=12).map(calm).collect();
        assert!(asked(&speeds, 0.99, 0.95).is_ok(), "each is as even as the other");
    }
}
