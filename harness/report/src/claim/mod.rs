//! Claims: expectations on a report that can be checked, as a small language.
//!
//! ```text
//! ratio(http-fetch/three-images, sequential / tokio) >= 2.5     how many times longer sequential takes
//! ratio(cpu/yielding @ tokio / cpu/one-go @ tokio) >= 0.95      the same over two cases
//! time(sleep/tasks=1000, smol) <= 20ms                          a figure of one arm, with its unit
//! failed(redis/conns=64) <= 0                                   a count over the runtimes of a case
//! ```
//! A name ends at a blank, a bracket or `@`, and at a comma followed by a blank: so names keep their own
//! commas, slashes and equals signs (`http-fetch/size=4KiB,conns=64`). Any other name must be in double
//! quotes. The slash between two arms has a blank on both sides.

mod figure;
mod name;
mod parse;
mod unit;

pub use figure::{Arm, Count, Figure, Metric, Over};
pub use parse::{CheckError, Place, Places, parse};
pub use unit::{Bound, Quantity, Unit};

use std::fmt;

/// A figure, an operator, and a bound.
#[derive(Clone, Debug, PartialEq)]
pub struct Check {
    /// The figure.
    pub figure: Figure,
    /// The operator.
    pub comparison: Comparison,
    /// The bound.
    pub bound: Bound,
}

/// How a figure is compared with its bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// `>=`
    AtLeast,
    /// `>`
    MoreThan,
    /// `<=`
    AtMost,
    /// `<`
    LessThan,
}

impl Comparison {
    /// All of them; those that begin with another one come first.
    pub const ALL: [Comparison; 4] =
        [Comparison::AtLeast, Comparison::MoreThan, Comparison::AtMost, Comparison::LessThan];

    /// As it is written.
    #[must_use]
    pub fn sign(self) -> &'static str {
        match self {
            Comparison::AtLeast => ">=",
            Comparison::MoreThan => ">",
            Comparison::AtMost => "<=",
            Comparison::LessThan => "<",
        }
    }

    /// Whether `value` satisfies the comparison with `bound`.
    #[must_use]
    pub fn holds(self, value: f64, bound: f64) -> bool {
        match self {
            Comparison::AtLeast => value >= bound,
            Comparison::MoreThan => value > bound,
            Comparison::AtMost => value <= bound,
            Comparison::LessThan => value < bound,
        }
    }
}

impl fmt::Display for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.figure, self.comparison.sign(), self.bound)
    }
}
