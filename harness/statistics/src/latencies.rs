//! Synthetic latencies: operations of processes that differ, with a known percentile underneath.

use crate::noise::normal as draw;
use crate::normal;
use crate::percentile::{Generation, percentile};
use crate::random::SplitMix64;

/// Share of operations in the slow mode of [`Operations::Bimodal`] and in bursts.
const SLOW_SHARE: f64 = 0.03;
/// Operations of a burst, on average.
const BURST: f64 = 10.0;
/// Nanoseconds of a typical operation.
const TYPICAL_NS: f64 = 100_000.0;

/// How the operations of one process are distributed, each about its process's speed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operations {
    /// Lognormal, standard deviation 0.3 of the logarithm.
    Lognormal,
    /// Three in a hundred take four times as long.
    Bimodal,
    /// Three in a hundred take five times as long, and come about ten in a row: a stall holds up everything
    /// in flight. Many slices have no burst at all.
    Bursts,
}

impl Operations {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Lognormal, Self::Bimodal, Self::Bursts];

    /// Its name in a table.
    pub fn name(self) -> &'static str {
        match self {
            Self::Lognormal => "lognormal",
            Self::Bimodal => "bimodal",
            Self::Bursts => "bursts",
        }
    }

    /// Logarithm of centre and standard deviation, of the common operations and of the slow ones, and the
    /// share of those.
    fn mixture(self) -> ([f64; 2], [f64; 2], f64) {
        match self {
            Self::Lognormal => ([0.0, 0.3], [0.0, 0.3], 0.0),
            Self::Bimodal => ([0.0, 0.1], [4.0_f64.ln(), 0.2], SLOW_SHARE),
            Self::Bursts => ([0.0, 0.2], [5.0_f64.ln(), 0.3], SLOW_SHARE),
        }
    }

    /// The percentile of the process in the middle of all, in nanoseconds.
    pub fn truth_ns(self, quantile: f64) -> f64 {
        let (common, slow, share) = self.mixture();
        let above = |[centre, spread]: [f64; 2], log: f64| normal::upper_tail((log - centre) / spread);
        let beyond = |log: f64| (1.0 - share) * above(common, log) + share * above(slow, log);
        let (mut low, mut high) = (-10.0, 10.0);
        for _ in 0..80 {
            let middle = f64::midpoint(low, high);
            *(if beyond(middle) > 1.0 - quantile { &mut low } else { &mut high }) = middle;
        }
        low.exp() * TYPICAL_NS
    }

    /// The latencies of a fresh process over `count` operations, as `(nanoseconds, 1)`: its speed differs
    /// from that of others with a standard deviation of `scatter` of the logarithm.
    pub fn generation(self, scatter: f64, count: usize, random: &mut SplitMix64) -> Vec<(u64, u64)> {
        let (common, slow, share) = self.mixture();
        let speed = scatter * draw(random);
        let mut is_slow = random.unit() < share;
        let mut operation = || {
            let turns = match self {
                Self::Lognormal | Self::Bimodal => [share, 1.0 - share],
                // Slow as often as the share says, and then for ten in a row.
                Self::Bursts => [share / (1.0 - share) / BURST, 1.0 / BURST],
            };
            is_slow = if is_slow { random.unit() >= turns[1] } else { random.unit() < turns[0] };
            let [centre, spread] = if is_slow { slow } else { common };
            (((speed + centre + spread * draw(random)).exp() * TYPICAL_NS).round() as u64, 1)
        };
        (0..count).map(|_| operation()).collect()
    }
}

/// The results of many samples with a known percentile.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Coverage {
    /// Samples.
    pub samples: u32,
    /// How many of these got an interval.
    pub answered: u32,
    /// How many of these intervals hold the truth.
    pub covered: u32,
    /// Half of the width of an interval, as a fraction of its value: mean.
    pub half_width: f64,
}

impl Coverage {
    /// The share of intervals that hold the truth; `None` if there was no interval.
    pub fn share(&self) -> Option<f64> {
        (self.answered > 0).then(|| f64::from(self.covered) / f64::from(self.answered))
    }
}

/// What a sample is drawn from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Setting {
    /// How the operations of a process are distributed.
    pub operations: Operations,
    /// Standard deviation of the logarithm of the processes' speeds.
    pub scatter: f64,
    /// Processes.
    pub generations: usize,
    /// Operations of each process.
    pub count: usize,
}

/// Draws `samples` samples and counts how often the 95 % interval of [`percentile`](crate::percentile()) holds
/// the truth. The same seed gives the same.
pub fn percentile_coverage(setting: Setting, quantile: f64, samples: u32, seed: u64) -> Coverage {
    let Setting { operations, scatter, generations, count } = setting;
    let mut random = SplitMix64::new(seed);
    let truth = operations.truth_ns(quantile);
    let mut coverage = Coverage { samples, answered: 0, covered: 0, half_width: 0.0 };
    for _ in 0..samples {
        let mut one = || Generation::new(operations.generation(scatter, count, &mut random));
        let sample: Vec<Generation> = (0..generations).map(|_| one()).collect();
        let Ok(found) = percentile(&sample, quantile, 0.95) else { continue };
        coverage.answered += 1;
        coverage.covered += u32::from(found.lower <= truth && truth <= found.upper);
        coverage.half_width += (found.upper - found.lower) / 2.0 / found.value;
    }
    coverage.half_width /= f64::from(coverage.answered.max(1));
    coverage
}
