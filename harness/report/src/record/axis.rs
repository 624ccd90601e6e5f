//! An axis: rows that differ in one number, in the order of that number.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Rows of a sweep that differ in nothing but one number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Axis {
    /// Its name: that of its cases without the value, such as `redis/conns`.
    pub name: String,
    /// What is swept: a parameter of the workload, or `cpus`.
    pub parameter: String,
    /// What the number stands for.
    pub kind: AxisKind,
    /// The values, ascending, and the row of each.
    pub points: Vec<AxisPoint>,
}

/// What the number of an axis stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum AxisKind {
    /// How much is under way at once, how many CPUs there are, or how much is asked for: to scale is to do
    /// more operations a second.
    Load,
    /// How much one operation is (a size, a time): to scale is to get more of it done a second, so that an
    /// operation takes no longer.
    Work,
}

/// A value of an axis.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AxisPoint {
    /// The plain value: sizes in bytes, times in microseconds.
    pub value: u64,
    /// The value as a person writes it.
    pub shown: String,
    /// Index of the row in the plan.
    pub row: usize,
}
