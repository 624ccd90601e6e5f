//! Synthetic noise: what a machine does to measured times, with a known truth underneath.
//!
//! Real measurements never tell what the right answer would have been. A simulated machine does, so
//! the error rates of a rule can be counted: how often it finds a difference where there is none, how
//! often it misses one. The models are harsher than an idle machine, not kinder.

use std::f64::consts::TAU;

use crate::random::SplitMix64;

/// Standard deviation of the offset that a fresh process keeps for its generation (memory layout,
/// hash seeds), on the log scale.
const PROCESS_SPREAD: f64 = 0.007;
/// Standard deviation of an undisturbed slice.
const SLICE_SPREAD: f64 = 0.01;
/// Share of slices that something else disturbs.
const DISTURBED_SHARE: f64 = 0.05;
/// Mean of the extra time of a disturbed slice (exponentially distributed, never negative).
const DISTURBANCE: f64 = 0.10;
/// Turns that pass while the processes of the next generation start.
const TURNS_BETWEEN: u32 = 10;
/// Peak to peak of a drift: 10 to 14 %, as blocks of the same job showed on a virtual machine.
const DRIFT: (f64, f64) = (0.10, 0.14);
/// Turns after which a drift returns: one to four minutes of turns of 20 ms.
const DRIFT_TURNS: (f64, f64) = (3_000.0, 12_000.0);
/// Correlation of the environment from one turn to the next.
const RHO: f64 = 0.9;
/// Standard deviation of the correlated environment over a long time.
const CORRELATED_SPREAD: f64 = 0.05;
/// How far the two modes of a process lie apart.
const MODES_APART: f64 = 0.05;

/// A kind of noise. All have a fresh offset for each process and heavy-tailed slices (one in twenty is
/// disturbed and takes a tenth longer on average); they differ in the noise added to that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Noise {
    /// No further noise: slices are independent.
    Independent,
    /// The whole machine becomes slower and faster by 10 to 14 % over one to four minutes.
    Drifting,
    /// The whole machine wanders from turn to turn: a first-order autoregression, ρ = 0.9, with a
    /// standard deviation of 5 %.
    Correlated,
    /// A process is in one of two modes, 5 % apart, for as long as it lives; a coin decides.
    Bimodal,
}

impl Noise {
    /// All kinds, the mildest first.
    pub const ALL: [Self; 4] = [Self::Independent, Self::Drifting, Self::Correlated, Self::Bimodal];

    /// Its name in a report.
    pub fn name(self) -> &'static str {
        match self {
            Self::Independent => "independent",
            Self::Drifting => "drifting",
            Self::Correlated => "correlated",
            Self::Bimodal => "bimodal",
        }
    }
}

/// A simulated machine: it measures arms that all do the same work, one generation after the other.
///
/// Its time continues through all generations, turn by turn and through the pauses between generations, so a
/// disturbance at the end of one also affects the beginning of the next.
#[derive(Clone, Debug)]
pub struct Machine {
    noise: Noise,
    random: SplitMix64,
    environment: Environment,
}

/// State shared by all arms at one moment.
#[derive(Clone, Debug)]
enum Environment {
    Steady,
    Wave { amplitude: f64, phase: f64, step: f64 },
    Chain { level: f64 },
}

impl Machine {
    /// A machine with this noise. The same seed always gives the same times.
    pub fn new(noise: Noise, seed: u64) -> Self {
        let mut random = SplitMix64::new(seed);
        let mut between = |(low, high): (f64, f64)| low + (high - low) * random.unit();
        let environment = match noise {
            Noise::Independent | Noise::Bimodal => Environment::Steady,
            Noise::Drifting => Environment::Wave {
                amplitude: between(DRIFT) / 2.0,
                phase: between((0.0, TAU)),
                step: TAU / between(DRIFT_TURNS),
            },
            Noise::Correlated => Environment::Chain { level: CORRELATED_SPREAD * normal(&mut random) },
        };
        Self { noise, random, environment }
    }

    /// The log times of one generation of fresh processes: `[round][arm]`, for `arms` arms that take
    /// their turns as `order` says (one permutation of `0..arms` a round, as from
    /// [`order`](crate::order)). A turn of an arm that is not below `arms` is left out.
    pub fn generation(&mut self, order: &[Vec<usize>], arms: usize) -> Vec<Vec<f64>> {
        self.environment.pass(TURNS_BETWEEN, &mut self.random);
        let offsets: Vec<f64> = (0..arms).map(|_| self.process()).collect();
        let mut rounds = vec![vec![f64::NAN; arms]; order.len()];
        for (times, turns) in rounds.iter_mut().zip(order) {
            for &arm in turns {
                let shared = self.environment.pass(1, &mut self.random);
                if let Some(time) = times.get_mut(arm) {
                    *time = shared + offsets[arm] + slice(&mut self.random);
                }
            }
        }
        rounds
    }

    /// The offset of a fresh process.
    fn process(&mut self) -> f64 {
        let mode = match self.noise {
            Noise::Bimodal if self.random.below(2) == 1 => MODES_APART,
            _ => 0.0,
        };
        mode + PROCESS_SPREAD * normal(&mut self.random)
    }
}

impl Environment {
    /// Lets `turns` turns pass and returns what the machine adds to a log time then.
    fn pass(&mut self, turns: u32, random: &mut SplitMix64) -> f64 {
        match self {
            Self::Steady => 0.0,
            Self::Wave { amplitude, phase, step } => {
                *phase += f64::from(turns) * *step;
                *amplitude * phase.sin()
            }
            Self::Chain { level } => {
                // Several steps of the chain at once have the same distribution as one after the other.
                let kept = RHO.powf(f64::from(turns));
                *level = kept * *level + (1.0 - kept * kept).sqrt() * CORRELATED_SPREAD * normal(random);
                *level
            }
        }
    }
}

/// The noise of one slice by itself.
fn slice(random: &mut SplitMix64) -> f64 {
    let disturbance = if random.unit() < DISTURBED_SHARE { -DISTURBANCE * (1.0 - random.unit()).ln() } else { 0.0 };
    SLICE_SPREAD * normal(random) + disturbance
}

/// A standard normal number (Box & Muller, "A note on the generation of random normal deviates", 1958).
pub(crate) fn normal(random: &mut SplitMix64) -> f64 {
    let radius = (-2.0 * (1.0 - random.unit()).ln()).sqrt();
    radius * (TAU * random.unit()).cos()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{median, order};

    /// The log times of arm 0 of `generations` generations of 40 rounds, one list a generation.
    fn alone(noise: Noise, generations: usize) -> Vec<Vec<f64>> {
        let mut machine = Machine::new(noise, 5);
        let rounds = vec![vec![0]; 40];
        let mut one = || machine.generation(&rounds, 1).into_iter().map(|round| round[0]).collect();
        (0..generations).map(|_| one()).collect()
    }

    fn lag_1(values: &[f64]) -> f64 {
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
        values.windows(2).map(|pair| (pair[0] - mean) * (pair[1] - mean)).sum::<f64>() / squares
    }

    #[test]
    fn a_seed_is_replayed() {
        for noise in Noise::ALL {
            let times = |seed| Machine::new(noise, seed).generation(&order(1, 0, 6, 3), 3);
            assert_eq!(times(7), times(7));
            assert_ne!(times(7), times(8));
            assert!(times(7).iter().flatten().all(|time| time.is_finite()));
        }
    }

    #[test]
    fn a_generation_goes_on_where_the_last_one_ended() {
        // The drift is in the medians of generations: neighbours are similar, the total spread is wide.
        let medians: Vec<f64> = alone(Noise::Drifting, 400).iter().filter_map(|times| median(times)).collect();
        assert!(lag_1(&medians) > 0.75, "{}", lag_1(&medians));
        let spread =
            medians.iter().fold(f64::NEG_INFINITY, |a, b| a.max(*b)) - medians.iter().fold(9.0, |a, b| b.min(a));
        assert!((0.10..0.20).contains(&spread), "{spread}");
        // Fresh processes and slices alone do not resemble their neighbours.
        let medians: Vec<f64> = alone(Noise::Independent, 400).iter().filter_map(|times| median(times)).collect();
        assert!(lag_1(&medians).abs() < 0.2, "{}", lag_1(&medians));
    }

    #[test]
    fn slices_are_correlated_where_they_should_be() {
        let mean = |noise| alone(noise, 100).iter().map(|times| lag_1(times)).sum::<f64>() / 100.0;
        assert!(mean(Noise::Correlated) > 0.4, "{}", mean(Noise::Correlated));
        assert!(mean(Noise::Independent).abs() < 0.1, "{}", mean(Noise::Independent));
    }

    #[test]
    fn a_process_keeps_its_mode() {
        let medians: Vec<f64> = alone(Noise::Bimodal, 200).iter().filter_map(|times| median(times)).collect();
        assert!(crate::bimodal(&medians));
        let upper = medians.iter().filter(|value| **value > MODES_APART / 2.0).count();
        assert!((70..130).contains(&upper), "{upper}");
    }
}
