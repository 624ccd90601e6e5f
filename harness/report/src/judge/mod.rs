//! The judge: does one side do better than another?
//!
//! It judges one [`Figure`] at a time: the time of an operation, its CPU time, or in an open loop the response
//! time. The two sides come from one of three sources:
//!
//! - a run: an arm and the reference of its row, paired round by round ([`pairs`], judged by [`run`]);
//! - a race: HEAD and both arms of BASE, likewise ([`race`]);
//! - two reports, of which only the estimates are left, and which nothing pairs ([`reports`]).
//!
//! What holds for all of them is here once: the numbers below, the control, serial correlation, and what whole
//! slices contradict. The arithmetic is that of [`loopswap_statistics`].

mod control;
mod estimate;
mod figure;
pub(crate) mod latency;
pub(crate) mod pairs;
pub(crate) mod race;
pub(crate) mod reports;
pub(crate) mod run;
pub(crate) mod samples;
mod serial;
pub(crate) mod whole;

pub use control::{ControlReport, ControlStatus};
pub(crate) use control::{Twins, twins};
pub use estimate::{Estimate, IntervalKind};
pub use figure::Figure;
pub use serial::SerialCorrelation;

use loopswap_statistics::{benjamini_hochberg, passing_p};

/// Accepted rate of false discoveries among the verdicts of a report.
pub(crate) const ALPHA: f64 = 0.05;
/// Level of every interval that is reported.
pub(crate) const LEVEL: f64 = 0.95;
/// Accepted rate of rows whose control is flagged by chance.
pub(crate) const CONTROL_ALPHA: f64 = 0.01;
/// Smallest difference that counts in a run, as a fraction; a race and two reports are told theirs.
pub(crate) const MARGIN_MIN: f64 = 0.01;
/// A scattering control raises the margin of its row up to this fraction.
pub(crate) const MARGIN_MAX: f64 = 0.10;
/// Arms are called the same only within this fraction, however wide the margin is.
pub(crate) const SAME_MAX: f64 = 0.05;
/// Power for which the smallest visible difference is stated.
pub(crate) const POWER: f64 = 0.8;
/// Fewer generations than this carry no verdict: they could never flag a control, since the smallest
/// p of seven is 2/128.
pub(crate) const GENERATIONS_MIN: usize = 8;

/// A p-value within its family.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Adjusted {
    /// The p-value, adjusted over the family.
    pub(crate) p: f64,
    /// The largest p-value that would have passed in its place.
    pub(crate) bar: f64,
}

/// Adjusts the p-values of one family (Benjamini and Hochberg, `rate` of false discoveries). One that cannot be a
/// finding, whatever its p, is `None` and counts as 1: it lends no significance to the others.
pub(crate) fn adjust(p_values: impl IntoIterator<Item = Option<f64>>, rate: f64) -> Vec<Adjusted> {
    let counted: Vec<f64> = p_values.into_iter().map(|p| p.unwrap_or(1.0)).collect();
    let adjusted = benjamini_hochberg(&counted).into_iter().zip(passing_p(&counted, rate));
    adjusted.map(|(p, bar)| Adjusted { p, bar }).collect()
}
