//! The arithmetic behind every number that loopswap prints: how much faster one arm is than another, how
//! certain that is, and in which order the arms take their turns.
//!
//! One value enters here per *generation* (fresh processes for every arm): the logarithm of "time of this arm
//! / time of the reference arm". Generations are independent of each other and turns within one are not, so
//! everything below counts generations and nothing else. Logarithms make "twice as slow" and "twice as fast"
//! equally far from "the same"; [`Estimate::exp`] converts back to ratios at the end. No normal distribution
//! is assumed: the centre is the Hodges–Lehmann estimate, the interval and the p-value belong to Wilcoxon's
//! signed-rank test, and all three agree with each other (without ties, the interval excludes 0 exactly when
//! p ≤ 1 − level). The assumption is that generation values scatter *symmetrically* about their centre, which
//! a log ratio of two like things does by construction when they do not differ.
//!
//! The crate is pure: it does no input or output, reads no clock, and never sees the name of a
//! runtime or a workload. Functions return `None` when the numbers cannot carry an answer (an
//! empty sample, a value that is NaN or infinite), never a made-up one.
//!
//! ```
//! use loopswap_statistics::{Verdict, estimate, signed_rank};
//!
//! // Twelve generations, each about 7 % faster than the reference.
//! let log_ratios: Vec<f64> = (0..12).map(|i| 0.93_f64.ln() + f64::from(i - 6) * 0.002).collect();
//! let estimate = estimate(&log_ratios, 0.95).unwrap();
//! let p = signed_rank(&log_ratios).unwrap().p;
//!
//! assert!((estimate.exp().centre - 0.93).abs() < 0.01);
//! assert_eq!(Verdict::decide(&estimate, p, 0.05, 0.02), Verdict::Better);
//! ```

mod bimodal;
mod control;
mod curve;
mod estimate;
mod family;
mod interval;
mod latencies;
mod multiple;
mod noise;
mod normal;
mod order;
mod order_statistics;
mod percentile;
mod power;
mod quantiles;
mod race;
mod random;
mod rank_sums;
mod sequential;
mod serial;
mod signed_rank;
mod simulate;
mod simulate_family;
mod student;
mod unpaired;
mod variance;
mod verdict;
mod walsh;

pub use bimodal::{BIMODAL_GENERATIONS_MIN, bimodal};
pub use control::{Control, control};
pub use curve::{Bend, CurvePoint, Pace, SLOPE_FULL, Slope, bend, level_of_each};
pub use estimate::{Estimate, Ratio, estimate};
pub use family::{Contender, FamilyRules, Judged, judge};
pub use interval::{Interval, IntervalKind, interval};
pub use latencies::{Coverage, Operations, Setting, percentile_coverage};
pub use multiple::{benjamini_hochberg, holm, passing_p};
pub use noise::{Machine, Noise};
pub use order::{order, order_period};
pub use percentile::{Generation, PERCENTILE_GENERATIONS_MIN, Percentile, TooFew, percentile};
pub use power::smallest_detectable;
pub use quantiles::{median, median_absolute_deviation, quantile};
pub use race::{LookOutcome, RaceRules, Weighed, confirmed, generation_value, look, smallest_confirmed, weigh};
pub use random::SplitMix64;
pub use sequential::{Looks, SUSPECTS_MAX};
pub use serial::{SERIAL_P, Serial, SerialFindings, Widening, serial};
pub use signed_rank::{EXACT_GENERATIONS_MAX, Method, SignedRank, signed_rank, signed_rank_beyond};
pub use simulate::{Raced, Rate, Summary, Truth, fixed_sample, race, summarise};
pub use simulate_family::{Scatter, SimulatedReport, SimulatedRow, simulated_report};
pub use unpaired::{Asked, Bounded, Difference, difference};
pub use variance::{Plan, Price, VarianceSplit, cheapest_plan, split};
pub use verdict::Verdict;
pub use walsh::hodges_lehmann;
