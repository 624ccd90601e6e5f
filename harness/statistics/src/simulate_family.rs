//! Reports on a simulated machine: how often the rule for verdicts is wrong, and what it finds.
//!
//! `examples/verdicts.rs` prints the tables. Rows are simulated as what inference sees of them, one log
//! ratio a generation and arm, so that the truth and the correlation are known.

use std::f64::consts::TAU;

use crate::control::control;
use crate::family::{Contender, FamilyRules, Judged, judge};
use crate::random::SplitMix64;
use crate::serial::serial;

/// The scatter of a generation's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scatter {
    /// Normal.
    Normal,
    /// Student's t with two degrees of freedom, which has no variance.
    HeavyTailed,
    /// Student's t with three degrees of freedom.
    Student3,
    /// The difference of two lognormal values with a standard deviation of 1 on the log scale.
    Lognormal,
    /// Two normal heaps, six of their standard deviations apart.
    TwoHeaps,
}

impl Scatter {
    /// All kinds.
    pub const ALL: [Self; 5] = [Self::Normal, Self::HeavyTailed, Self::Student3, Self::Lognormal, Self::TwoHeaps];

    /// The word for it in a table.
    pub fn name(self) -> &'static str {
        match self {
            Self::Normal => "normal",
            Self::HeavyTailed => "t, 2 degrees",
            Self::Student3 => "t, 3 degrees",
            Self::Lognormal => "lognormal",
            Self::TwoHeaps => "two heaps",
        }
    }

    fn draw(self, random: &mut SplitMix64) -> f64 {
        match self {
            Self::Normal => normal(random),
            Self::HeavyTailed => {
                let centred = 2.0 * (random.unit() + f64::EPSILON / 4.0) - 1.0;
                centred * (2.0 / (1.0 - centred * centred)).sqrt()
            }
            Self::Student3 => {
                let squares: f64 = (0..3).map(|_| normal(random).powi(2)).sum();
                normal(random) / (squares / 3.0).sqrt()
            }
            Self::Lognormal => normal(random).exp() - normal(random).exp(),
            Self::TwoHeaps => (if random.next_u64() >> 63 == 0 { 3.0 } else { -3.0 }) + normal(random),
        }
    }
}

fn normal(random: &mut SplitMix64) -> f64 {
    let radius = (-2.0 * (1.0 - random.unit()).ln()).sqrt();
    radius * (TAU * random.unit()).cos()
}

/// A row to simulate. Effects are log ratios.
#[derive(Clone, Debug, PartialEq)]
pub struct SimulatedRow {
    /// The true difference of each contender from the reference.
    pub effects: Vec<f64>,
    /// Scatter of a value, in standard deviations of the normal kind.
    pub spread: f64,
    /// Kind of scatter.
    pub scatter: Scatter,
    /// Correlation of neighbouring generations of every arm.
    pub rho: f64,
}

/// What a simulated report says: one list a row, one entry a contender.
#[derive(Clone, Debug, PartialEq)]
pub struct SimulatedReport {
    /// The judgement of each contender.
    pub judged: Vec<Vec<Option<Judged>>>,
    /// Correlation that each row was widened for, 0 where none was found.
    pub correlation: Vec<f64>,
    /// p of "no row drifts", over all rows together.
    pub serial_p: f64,
}

/// Simulates the rows with `generations` values an arm, each row with a control of its own, and judges them as
/// a report is: margin and trust from the control (flagged at 1 %, margin up to 10 %), then serial correlation, then
/// [`judge`]. `looks_at_order` false leaves the order of generations out, as if nobody had looked.
pub fn simulated_report(
    rows: &[SimulatedRow],
    generations: usize,
    rules: &FamilyRules,
    looks_at_order: bool,
    seed: u64,
) -> SimulatedReport {
    let mut random = SplitMix64::new(seed);
    let arms: Vec<Vec<Vec<f64>>> = rows.iter().map(|row| row.arms(generations, &mut random)).collect();
    let order = |series: &Vec<f64>| series.iter().map(|value| Some(*value)).collect();
    let found = serial(&arms.iter().map(|row| row.iter().map(order).collect()).collect::<Vec<Vec<_>>>());
    let correlation: Vec<f64> =
        found.allowed.iter().map(|allowed| if looks_at_order { *allowed } else { 0.0 }).collect();
    let contenders: Vec<Contender<'_>> = arms
        .iter()
        .zip(&correlation)
        .flat_map(|(row, correlation)| {
            let (twin, others) = row.split_last().map_or((&[][..], &[][..]), |(twin, others)| (&twin[..], others));
            let (margin, trusted) = trust(twin, rules);
            others.iter().map(move |values| Contender { values, margin, trusted, correlation: *correlation })
        })
        .collect();
    let mut judged = judge(&contenders, rules).into_iter();
    SimulatedReport {
        judged: rows.iter().map(|row| judged.by_ref().take(row.effects.len()).collect()).collect(),
        correlation,
        serial_p: found.all.map_or(1.0, |all| all.p),
    }
}

/// The margin of a row with this control, and whether it may have verdicts.
fn trust(twin: &[f64], rules: &FamilyRules) -> (f64, bool) {
    let Some(found) = control(twin, 0.01, rules.margin) else { return (rules.margin, false) };
    let reach = crate::estimate::estimate(twin, rules.level).map_or(f64::INFINITY, |found| found.bound());
    (reach.min(0.10_f64.ln_1p()).max(rules.margin), found.fine && twin.len() >= 8)
}

impl SimulatedRow {
    /// The values of the contenders, and of the control at the end.
    fn arms(&self, generations: usize, random: &mut SplitMix64) -> Vec<Vec<f64>> {
        let effects = self.effects.iter().chain([&0.0]);
        effects.map(|effect| self.values(*effect, generations, random)).collect()
    }

    /// `generations` values of a contender with this effect.
    pub fn values(&self, effect: f64, generations: usize, random: &mut SplitMix64) -> Vec<f64> {
        let fresh = (1.0 - self.rho * self.rho).sqrt();
        let mut level = self.scatter.draw(random);
        let mut next = || {
            level = self.rho * level + fresh * self.scatter.draw(random);
            effect + self.spread * level
        };
        (0..generations).map(|_| next()).collect()
    }
}
