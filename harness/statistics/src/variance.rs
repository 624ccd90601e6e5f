//! Where the noise comes from, and therefore what to buy: more generations or more rounds.

use crate::normal;

/// How the values of rounds scatter, divided by where it comes from. All in squared units of the
/// values (of log ratios, usually).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct VarianceSplit {
    /// Variance between generations, beyond what the scatter of their rounds explains.
    pub between_generations: f64,
    /// Variance between the rounds of one generation.
    pub between_rounds: f64,
    /// Generations that took part.
    pub generations: usize,
    /// Rounds of all of them.
    pub rounds: usize,
}

impl VarianceSplit {
    /// The share of the variance of a single round that is between generations; 0 if nothing scatters.
    pub fn share_of_generations(&self) -> f64 {
        let total = self.between_generations + self.between_rounds;
        if total > 0.0 { self.between_generations / total } else { 0.0 }
    }

    /// Rounds of a generation, on average.
    pub fn rounds_each(&self) -> f64 {
        self.rounds as f64 / self.generations as f64
    }

    /// The variance of a generation's value if it is the mean of `rounds` rounds.
    pub fn of_generation(&self, rounds: f64) -> f64 {
        self.between_generations + self.between_rounds / rounds
    }
}

/// Splits the scatter of `generations`, each a list of the values of its rounds, by a one-way analysis
/// of variance with random effects.
///
/// With MSB and MSW the mean squares between and within generations, rounds have the variance MSW and
/// generations (MSB − MSW) / n₀, where n₀ = (N − Σ nᵢ² / N) / (k − 1) for k generations of nᵢ rounds, N
/// in all: their common size if they have one. Lists of any sizes will do, empty ones are left out. The
/// difference can come out below zero where generations do not differ; it is then set to 0, which makes
/// the estimate a little too large on average where the truth is (near) zero. Searle, Casella &
/// McCulloch, "Variance components" (1992), 3.6 and 4.
///
/// `None` if fewer than two generations have a value, none has two, or a value is not finite.
pub fn split(generations: &[Vec<f64>]) -> Option<VarianceSplit> {
    let taking_part: Vec<&Vec<f64>> = generations.iter().filter(|rounds| !rounds.is_empty()).collect();
    let count = taking_part.len();
    let rounds: usize = taking_part.iter().map(|rounds| rounds.len()).sum();
    if count < 2 || rounds == count || taking_part.iter().any(|rounds| rounds.iter().any(|value| !value.is_finite())) {
        return None;
    }
    let (k, total) = (count as f64, rounds as f64);
    let mean = taking_part.iter().copied().flatten().sum::<f64>() / total;
    let (mut between, mut within, mut size_squares) = (0.0, 0.0, 0.0);
    for rounds in &taking_part {
        let size = rounds.len() as f64;
        let own_mean = rounds.iter().sum::<f64>() / size;
        between += size * (own_mean - mean).powi(2);
        within += rounds.iter().map(|value| (value - own_mean).powi(2)).sum::<f64>();
        size_squares += size * size;
    }
    let between_rounds = within / (total - k);
    let size = (total - size_squares / total) / (k - 1.0);
    let between_generations = ((between / (k - 1.0) - between_rounds) / size).max(0.0);
    Some(VarianceSplit { between_generations, between_rounds, generations: count, rounds })
}

/// How many generations of how many rounds to measure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Plan {
    /// Generations: fresh processes for every arm.
    pub generations: u32,
    /// Rounds in each of them.
    pub rounds: u32,
}

/// What measuring costs, in any unit, the same for both.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Price {
    /// A generation before its first round: starting and preparing its processes.
    pub generation: f64,
    /// Each of its rounds.
    pub round: f64,
}

impl Price {
    /// Whether both can be paid, and rounds are not for nothing.
    fn is_sensible(self) -> bool {
        self.generation.is_finite() && self.generation >= 0.0 && self.round.is_finite() && self.round > 0.0
    }
}

impl Plan {
    /// What it costs, in the unit of `price`.
    pub fn cost(&self, price: Price) -> f64 {
        f64::from(self.generations) * (price.generation + f64::from(self.rounds) * price.round)
    }
}

/// More rounds than this in one process teach little that another process would not teach better.
const ROUNDS_MAX: u32 = 40;

/// The cheapest plan whose interval of coverage `level` is expected to reach no further than
/// `wanted_half_width` from its centre (in the unit of the values).
///
/// For every number of rounds from 1 to 40 the generations follow from the precision, and the plan that is
/// cheapest at this `price` is taken. Where many generations
/// are needed that comes to the classical number of rounds,
/// `sqrt(cost of generation / cost of round · variance of rounds / variance of generations)`: Kalibera &
/// Jones, "Rigorous benchmarking in reasonable time" (2013), 9.3; Cochran, "Sampling techniques" (1977),
/// 10.6. Where the fewest do, more rounds than they need would be measured in vain.
///
/// Generations are counted for the mean of means with Student's t, and are never fewer than
/// `fewest_generations`, nor than a signed-rank interval of that level needs (1 − 2 / 2ⁿ ≥ `level`). A
/// median over rounds and a Hodges–Lehmann centre do better than that under heavy-tailed noise and up to
/// 20 % worse in width under normal noise that is all between rounds: it is a plan, not a promise.
///
/// `None` if a price is negative or not finite or that of a round is 0, if `wanted_half_width` is not
/// above 0, `level` is not strictly between 0 and 1, or the plan needs more than 2³² generations.
pub fn cheapest_plan(
    split: &VarianceSplit,
    price: Price,
    wanted_half_width: f64,
    level: f64,
    fewest_generations: u32,
) -> Option<Plan> {
    let sensible = wanted_half_width > 0.0 && level > 0.0 && level < 1.0;
    if !price.is_sensible() || !sensible {
        return None;
    }
    let fewest = (1.0 - (1.0 - level).log2()).ceil().max(2.0).max(f64::from(fewest_generations));
    let plan = |rounds: u32| {
        let squares = split.of_generation(f64::from(rounds)) / (wanted_half_width * wanted_half_width);
        let generations = generations(squares, level, fewest);
        (generations <= f64::from(u32::MAX)).then_some(Plan { generations: generations as u32, rounds })
    };
    let cost = |plan: &Plan| plan.cost(price);
    (1..=ROUNDS_MAX).filter_map(plan).min_by(|one, other| cost(one).total_cmp(&cost(other)))
}

/// How many generations make an interval narrow enough, if `squares` is the variance of one of them divided
/// by the square of half the width.
fn generations(squares: f64, level: f64, fewest: f64) -> f64 {
    let wide = |t: f64| (squares * t * t).ceil().max(fewest);
    let mut generations = wide(normal::quantile(0.5 + level / 2.0));
    // Beyond that Student's t is the normal quantile.
    let few = |generations: f64| generations < 1e4;
    // Student's t depends on the number that it leads to, and changes it by a few at most.
    while few(generations) && generations < wide(normal::student_quantile(0.5 + level / 2.0, generations - 1.0)) {
        generations += 1.0;
    }
    generations
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::SplitMix64;

    fn close(a: f64, b: f64) -> bool {
        (a - b).abs() <= 1e-12 * (1.0 + a.abs())
    }

    /// Uniform with variance 1.
    fn noise(random: &mut SplitMix64) -> f64 {
        (random.unit() - 0.5) * 12.0_f64.sqrt()
    }

    #[test]
    fn by_hand() {
        // Means 2 and 6 about 4: MSB = 3 · (4 + 4) = 24, MSW = 1, n₀ = 3.
        let found = split(&[vec![1.0, 2.0, 3.0], vec![5.0, 6.0, 7.0]]).unwrap();
        assert!(close(found.between_rounds, 1.0) && close(found.between_generations, 23.0 / 3.0), "{found:?}");
        assert!(close(found.share_of_generations(), 23.0 / 26.0));
        // Unequal: N = 4, Σ n² = 10, n₀ = 1.5; grand mean 3, MSB = 3 + 9 = 12, MSW = 1.
        let found = split(&[vec![1.0, 2.0, 3.0], vec![], vec![6.0]]).unwrap();
        assert!(close(found.between_rounds, 1.0) && close(found.between_generations, 11.0 / 1.5), "{found:?}");
        assert_eq!((found.generations, found.rounds, found.rounds_each()), (2, 4, 2.0));
        assert!(close(found.of_generation(4.0), 11.0 / 1.5 + 0.25));
    }

    #[test]
    fn generations_that_do_not_differ_have_no_variance() {
        let found = split(&[vec![1.0, 3.0], vec![3.0, 1.0], vec![1.0, 3.0]]).unwrap();
        assert_eq!((found.between_generations, found.between_rounds), (0.0, 2.0));
        let still = split(&[vec![1.0, 1.0], vec![1.0, 1.0]]).unwrap();
        assert_eq!((still.between_rounds, still.share_of_generations()), (0.0, 0.0));
    }

    #[test]
    fn too_little_is_not_split() {
        for generations in
            [vec![], vec![vec![1.0, 2.0]], vec![vec![1.0], vec![2.0]], vec![vec![1.0, f64::NAN], vec![2.0]]]
        {
            assert_eq!(split(&generations), None, "{generations:?}");
        }
    }

    #[test]
    fn the_parts_of_a_simulation_are_found() {
        let mut random = SplitMix64::new(1992);
        let mut generation = |index: usize| {
            let shared = 2.0 * noise(&mut random);
            (0..2 + index % 7).map(|_| shared + noise(&mut random)).collect::<Vec<f64>>()
        };
        let generations: Vec<Vec<f64>> = (0..2000).map(&mut generation).collect();
        let found = split(&generations).unwrap();
        assert!((found.between_generations / 4.0 - 1.0).abs() < 0.1, "{found:?}");
        assert!((found.between_rounds - 1.0).abs() < 0.1, "{found:?}");
    }

    fn price(generation: f64, round: f64) -> Price {
        Price { generation, round }
    }

    fn of(between_generations: f64, between_rounds: f64) -> VarianceSplit {
        VarianceSplit { between_generations, between_rounds, generations: 20, rounds: 100 }
    }

    #[test]
    fn no_other_number_of_rounds_is_much_cheaper() {
        for (generations, rounds) in [(1.0, 1.0), (1.0, 30.0), (0.1, 5.0), (4.0, 0.5)] {
            for cost in [0.5, 3.0, 20.0] {
                let split = of(generations, rounds);
                let plan = cheapest_plan(&split, price(cost, 1.0), 0.1, 0.95, 0).unwrap();
                let reached = (split.of_generation(f64::from(plan.rounds)) / f64::from(plan.generations)).sqrt() * 1.96;
                assert!(reached <= 0.1, "{plan:?} reaches {reached}");
                for rounds in 1..=ROUNDS_MAX {
                    let generations = (split.of_generation(f64::from(rounds)) * (1.96_f64 / 0.1).powi(2)).ceil() as u32;
                    let other = Plan { generations, rounds }.cost(price(cost, 1.0));
                    assert!(plan.cost(price(cost, 1.0)) <= 1.1 * other, "{plan:?} against {rounds} rounds");
                }
            }
        }
    }

    #[test]
    fn plans_at_the_edges() {
        // All between generations: one round each. None: as many rounds as there may be.
        let plan = |split, half_width, level, fewest| cheapest_plan(&split, price(5.0, 1.0), half_width, level, fewest);
        assert_eq!(plan(of(1.0, 0.0), 0.5, 0.95, 0).unwrap().rounds, 1);
        assert_eq!(plan(of(0.0, 1.0), 0.01, 0.95, 0).unwrap().rounds, ROUNDS_MAX);
        // Nothing scatters: as few as the level allows, six for 95 % and eight for 99 %, or as are asked for.
        assert_eq!(plan(of(0.0, 0.0), 0.5, 0.95, 0), Some(Plan { generations: 6, rounds: 1 }));
        assert_eq!(plan(of(0.0, 0.0), 0.5, 0.99, 0).unwrap().generations, 8);
        assert_eq!(plan(of(0.0, 0.0), 0.5, 0.95, 12), Some(Plan { generations: 12, rounds: 1 }));
        // Where the fewest do, no more rounds than they need: t of 6 generations is 2.57, of 8 it is 2.36,
        // and 1 / (6 · 0.25 / 2.57²) = 4.4, 1 / (8 · 0.25 / 2.36²) = 2.8.
        assert_eq!(plan(of(0.0, 1.0), 0.5, 0.95, 0), Some(Plan { generations: 6, rounds: 5 }));
        assert_eq!(plan(of(0.0, 1.0), 0.5, 0.95, 8), Some(Plan { generations: 8, rounds: 3 }));
        // 1.96² · 4 / 0.25 = 61.5, and t of 63 generations makes it 64.
        assert_eq!(plan(of(4.0, 0.0), 0.5, 0.95, 0).unwrap().generations, 64);
        for (cost, round, width, level) in
            [(-1.0, 1.0, 1.0, 0.9), (1.0, 0.0, 1.0, 0.9), (1.0, 1.0, 0.0, 0.9), (1.0, 1.0, 1.0, 1.0)]
        {
            assert_eq!(cheapest_plan(&of(1.0, 1.0), price(cost, round), width, level, 0), None);
        }
        assert_eq!(cheapest_plan(&of(1.0, 1.0), price(1.0, 1.0), 1e-9, 0.95, 0), None);
    }
}
