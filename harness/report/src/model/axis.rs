//! An axis of a report: what each runtime does along it, and where that bends.

use super::ArmStatus;
use crate::judge::Estimate;
use crate::record::AxisKind;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Rows that differ in one number, and what every runtime does along it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AxisReport {
    /// Its name: that of its cases without the value, such as `redis/conns`.
    pub name: String,
    /// What is swept: a parameter of the workload, or `cpus`.
    pub parameter: String,
    /// What the number stands for.
    pub kind: AxisKind,
    /// What one operation is, in the singular.
    pub operation: String,
    /// The values, ascending, and the case of each.
    pub values: Vec<AxisValue>,
    /// One for each runtime.
    pub curves: Vec<Curve>,
}

/// A value of an axis.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AxisValue {
    /// The plain value: sizes in bytes, times in microseconds.
    pub value: u64,
    /// The value as a person writes it.
    pub shown: String,
    /// Name of the case.
    pub case: String,
}

/// One runtime along an axis.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Curve {
    /// Name of the runtime.
    pub runtime: String,
    /// One for each value of the axis.
    pub points: Vec<CurvePoint>,
    /// What may be said of the whole.
    pub shape: CurveShape,
    /// The last value up to which every step brings in proportion; none where already the first does not.
    pub scales_to: Option<u64>,
    /// From this value on the next step brings less for certain. Where steps between `scales_to` (or the first
    /// value) and this one are unclear, the bend lies somewhere from the one to the other.
    pub bends_at: Option<u64>,
    /// From this value on the next step costs.
    pub falls_from: Option<u64>,
    /// The finding as a sentence.
    pub sentence: String,
}

/// What may be said of a curve.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum CurveShape {
    /// Every step brings in proportion.
    Scales,
    /// From some value on a step brings less.
    Bends,
    /// No step is known to bring less, but not every one is known to bring in proportion.
    Undecided,
    /// Fewer than two values have a result that can carry an answer.
    TooFew,
}

/// A runtime at one value of an axis.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CurvePoint {
    /// The value.
    pub value: u64,
    /// Whether the runtime has a result there.
    pub status: ArmStatus,
    /// Operations per second of wall time.
    pub rate: Option<Estimate>,
    /// What the step to this value brought, from the nearest smaller one with a result.
    pub step: Option<CurveStep>,
}

/// What one step of an axis brought. The intervals of all steps of a curve hold together in 95 %.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CurveStep {
    /// The value that it begins at.
    pub from: u64,
    /// Operations per second at this value divided by those at `from`.
    pub ratio: f64,
    /// Slope on log scales: 1 where twice the value brings twice as much of what the axis is about (operations
    /// a second, or for an axis of work the value times that), 0 where it brings nothing.
    pub slope: f64,
    /// Lower bound of the slope's interval.
    pub slope_lower: f64,
    /// Upper bound of the slope's interval.
    pub slope_upper: f64,
    /// What may be said about the step.
    pub pace: StepPace,
}

/// What may be said about a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum StepPace {
    /// It brings in proportion: the slope is at least 0.8.
    Scales,
    /// It brings less.
    Bends,
    /// It costs: the slope is below 0.
    Falls,
    /// The interval of the slope leaves it open, or one of its rows was disturbed or is not trustworthy.
    Unclear,
}
