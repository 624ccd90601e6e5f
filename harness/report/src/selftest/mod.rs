//! The self-test: whether the verdicts of a race can be believed on this host.
//!
//! Races of a build against itself, and against itself with a known amount of extra work, are counted by
//! what they found ([`tally`]). Fields are only ever added; shares are fractions, times are in seconds.

mod order;
mod read;
mod simulate;
mod tally;
mod view;

pub use read::read;
pub use simulate::simulate;
pub use tally::tally;
pub use view::table;

use crate::record::{Environment, Rules};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Version of the format of a self-test.
pub const SELFTEST_SCHEMA: u32 = 1;

/// What a self-test found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(title = "loopswap self-test")]
pub struct SelfTest {
    /// Version of this format: [`SELFTEST_SCHEMA`].
    pub selftest_schema: u32,
    /// Version of loopswap.
    pub loopswap: String,
    /// When it began, RFC 3339 in UTC.
    pub created: String,
    /// The machine and the build.
    pub environment: Environment,
    /// How long it took, in seconds.
    pub wall_s: f64,
    /// By what rules the races gave their verdicts.
    pub rules: Option<Rules>,
    /// Share of rounds that a neighbour disturbed, over all races.
    pub disturbed: f64,
    /// What was found, by body and extra work: one point of a curve each.
    pub settings: Vec<Setting>,
    /// The same over all bodies.
    pub overall: Vec<Setting>,
    /// How much the place within a round mattered.
    pub order: Option<OrderEffect>,
    /// The same rules on synthetic noise, where that was asked for.
    pub simulated: Vec<Simulated>,
}

/// Simulated races with one kind of noise and one amount of extra work. Shares are fractions of the races.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Simulated {
    /// The kind of noise.
    pub noise: String,
    /// Extra work of HEAD, as a fraction.
    pub effect: f64,
    /// Races played.
    pub races: u32,
    /// Suspect before any confirmation: false alarms where there is no extra work.
    pub suspect: f64,
    /// Suspect and confirmed.
    pub confirmed: f64,
    /// Equivalent.
    pub equivalent: f64,
    /// Inconclusive.
    pub inconclusive: f64,
    /// Generations of a race, without those that confirm: mean.
    pub generations_mean: f64,
    /// The same, 95th percentile.
    pub generations_p95: f64,
    /// How often a 95 % interval of 30 generations holds the truth.
    pub coverage_fixed: f64,
    /// How often that at the look which ended a race does.
    pub coverage_stopped: f64,
    /// Monte Carlo error of the two: one standard error.
    pub coverage_error: f64,
    /// How far the centre at the end of a race is from the truth on average, on the log scale.
    pub bias_stopped: f64,
}

impl SelfTest {
    /// A self-test without any findings yet.
    #[must_use]
    pub fn new(loopswap: &str, created: &str, environment: Environment) -> SelfTest {
        SelfTest {
            selftest_schema: SELFTEST_SCHEMA,
            loopswap: loopswap.to_owned(),
            created: created.to_owned(),
            environment,
            wall_s: 0.0,
            rules: None,
            disturbed: 0.0,
            settings: Vec::new(),
            overall: Vec::new(),
            order: None,
            simulated: Vec::new(),
        }
    }
}

/// Races of one body of work with one amount of extra work.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Setting {
    /// The case; `all` where several are summed up.
    pub body: String,
    /// Extra work of HEAD, as a fraction: 0 is a build against itself.
    pub effect: f64,
    /// Comparisons.
    pub comparisons: usize,
    /// Suspect before any confirmation.
    pub suspect: usize,
    /// Slower, confirmed.
    pub regression: usize,
    /// Faster, confirmed.
    pub improvement: usize,
    /// Equivalent.
    pub equivalent: usize,
    /// Inconclusive; each says how small a change it could have seen.
    pub inconclusive: usize,
    /// Inconclusive by time, and the CPU time of an operation shows a change (the second witness of a row).
    #[serde(default)]
    pub told_by_cpu: usize,
    /// Not trustworthy: the control differed.
    pub not_trustworthy: usize,
    /// Something failed.
    pub errors: usize,
    /// Comparisons whose 95 % interval holds the true ratio, of those with an interval.
    pub covered: usize,
    /// Comparisons with an interval.
    pub with_interval: usize,
    /// Seconds until the screening was decided: mean.
    pub mean_s: f64,
    /// The same, 95th percentile.
    pub p95_s: f64,
    /// Seconds with the confirmation: mean.
    pub mean_with_confirmation_s: f64,
    /// Regressions found, with their confirmation, within 10 s, and within 30 s.
    pub found_within_10_s: usize,
    /// Regressions found, with their confirmation, within 30 s.
    pub found_within_30_s: usize,
    /// Smallest change that was to be seen, as a fraction: median.
    pub smallest_visible: Option<f64>,
}

/// How much the place within a round mattered: HEAD first against HEAD last, in races without extra work.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct OrderEffect {
    /// How much longer HEAD takes when it comes first than when it comes last, as a fraction: median over
    /// generations.
    pub first_against_last: f64,
    /// Lower end of its 95 % interval.
    pub lower: f64,
    /// Upper end.
    pub upper: f64,
    /// Generations that could tell.
    pub generations: usize,
}
