//! Bounds and their units.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;

/// What a figure is a number of, and so its unit in a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Quantity {
    /// How many times as much: no unit.
    Ratio,
    /// Nanoseconds.
    Time,
    /// Operations per second.
    Rate,
    /// Bytes.
    Memory,
    /// A number of things.
    Count,
}

impl Quantity {
    /// The units that a bound of it may have; if [`Unit::None`] is not among them, a unit is required.
    #[must_use]
    pub fn units(self) -> &'static [Unit] {
        match self {
            Quantity::Ratio => &[Unit::None, Unit::Percent],
            Quantity::Time => &[Unit::Nanoseconds, Unit::Microseconds, Unit::Milliseconds, Unit::Seconds],
            Quantity::Rate | Quantity::Count => &[Unit::None, Unit::Thousand, Unit::Million],
            Quantity::Memory => &[Unit::Bytes, Unit::KiB, Unit::MiB, Unit::GiB],
        }
    }
}

/// The unit of a bound as it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// A plain number.
    None,
    /// `%`
    Percent,
    /// `ns`
    Nanoseconds,
    /// `us`, or `µs`
    Microseconds,
    /// `ms`
    Milliseconds,
    /// `s`
    Seconds,
    /// `B`
    Bytes,
    /// `KiB`
    KiB,
    /// `MiB`
    MiB,
    /// `GiB`
    GiB,
    /// `k`
    Thousand,
    /// `M`
    Million,
}

impl Unit {
    /// As it is written; empty for a plain number.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Unit::None => "",
            Unit::Percent => "%",
            Unit::Nanoseconds => "ns",
            Unit::Microseconds => "us",
            Unit::Milliseconds => "ms",
            Unit::Seconds => "s",
            Unit::Bytes => "B",
            Unit::KiB => "KiB",
            Unit::MiB => "MiB",
            Unit::GiB => "GiB",
            Unit::Thousand => "k",
            Unit::Million => "M",
        }
    }

    /// One of this unit in the unit of its quantity.
    #[must_use]
    pub fn scale(self) -> f64 {
        match self {
            Unit::None | Unit::Nanoseconds | Unit::Bytes => 1.0,
            Unit::Percent => 0.01,
            Unit::Microseconds | Unit::Thousand => 1e3,
            Unit::Milliseconds | Unit::Million => 1e6,
            Unit::Seconds => 1e9,
            Unit::KiB => 1024.0,
            Unit::MiB => 1_048_576.0,
            Unit::GiB => 1_073_741_824.0,
        }
    }
}

/// The bound of a figure, as it is written.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bound {
    /// The number before the unit: finite, not negative.
    pub number: f64,
    /// Its unit.
    pub unit: Unit,
}

impl Bound {
    /// The bound in the unit of its quantity: nanoseconds, bytes, operations per second.
    #[must_use]
    pub fn value(&self) -> f64 {
        self.number * self.unit.scale()
    }
}

impl fmt::Display for Bound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Bound { number, unit } = self;
        let gap = if matches!(unit, Unit::None | Unit::Thousand | Unit::Million) { "" } else { " " };
        write!(f, "{number}{gap}{}", unit.name())
    }
}
