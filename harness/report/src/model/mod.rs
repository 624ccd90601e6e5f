//! The report: what is computed from a record, as data that other programs may read.
//!
//! Fields are only ever added; their order in the file is the order here. A missing figure is `null`, never a
//! made-up zero.

mod arm;
mod axis;
mod claim;
mod explanation;
mod read;
mod row;

pub use arm::{ArmReport, ArmStatus, Busy, CounterReport, CpuPerOperation, Latency, Percentiles, Switches, Verdict};
pub use axis::{AxisReport, AxisValue, Curve, CurvePoint, CurveShape, CurveStep, StepPace};
pub use claim::{ClaimReport, ClaimVerdict};
pub use explanation::{ArmFacts, CheapestPlan, Disturbance, Explanation, GenerationValue, Thresholds};
pub use read::{ReadError, read_report, schema};
pub use row::{Limit, LimitKind, RowReport};

pub use crate::judge::{ControlReport, ControlStatus, Estimate, Figure, IntervalKind, SerialCorrelation};

use crate::record::{CpuChoice, Damage, EndReason, Environment, PeerIdentity};
use loopswap_protocol::RuntimeInfo;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Version of the report format; a reader takes reports up to its own.
pub const REPORT_SCHEMA: u32 = 1;

/// What one run of loopswap found: every row with its arms, what limited them, and what may be
/// said about them. Times are in nanoseconds, sizes in bytes, shares and differences are fractions
/// (0.01 is 1 %), unless a name says otherwise.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(title = "loopswap report")]
pub struct Report {
    /// Version of this format.
    pub schema: u32,
    /// Version of loopswap that measured.
    pub loopswap: String,
    /// When the run began, RFC 3339 in UTC.
    pub created: String,
    /// Name of the suite.
    pub suite: String,
    /// Seed of the order of rounds and of anything random in the cases.
    pub seed: u64,
    /// The runtime that the others are divided by.
    pub reference: String,
    /// Generations (fresh processes for every arm) planned for every row.
    pub generations: u32,
    /// Length aimed at for a slice, in milliseconds.
    pub slice_ms: u64,
    /// A slice that takes longer ends with *did not finish*, in milliseconds.
    pub limit_ms: u64,
    /// How the run ended.
    pub complete: EndReason,
    /// Wall time of the run, in seconds.
    pub wall_s: f64,
    /// Share of that wall time which lies inside timed slices.
    pub timed_share: Option<f64>,
    /// Time from sending a command to having its reply, less the slice itself.
    pub turn_around: Option<TurnAround>,
    /// The machine and the build.
    pub environment: Environment,
    /// Which CPUs were chosen for runners and peers, and why; absent in reports of before 0.2.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cpu_choice: Option<CpuChoice>,
    /// The runtimes that said hello.
    pub runtimes: Vec<RuntimeInfo>,
    /// The peers that served.
    pub peers: Vec<PeerIdentity>,
    /// Over which comparisons the p-values are adjusted, as a sentence.
    pub family: String,
    /// Whether generations resemble their neighbours, over all rows; `allowed` is what every row allows for.
    /// Absent where no row has enough generations, and in older reports.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub serial: Option<SerialCorrelation>,
    /// The report in a few numbers.
    pub summary: Summary,
    /// The rows, in the order of the suite.
    pub rows: Vec<RowReport>,
    /// The axes of the run, each with a curve for every runtime; absent where nothing is swept.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub axes: Vec<AxisReport>,
    /// What of the record could not be used; absent where all of it could.
    #[serde(default, skip_serializing_if = "Damage::is_none")]
    pub damage: Damage,
    /// The claims of the suite, in its order; absent where it makes none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub claims: Vec<ClaimReport>,
}

/// Time from sending a command to having its reply, less the slice itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TurnAround {
    /// Median, in nanoseconds.
    pub p50_ns: u64,
    /// 99th percentile, in nanoseconds.
    pub p99_ns: u64,
}

/// The report in a few numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Summary {
    /// Rows.
    pub rows: usize,
    /// Arms with a result, the reference and its control included.
    pub arms_measured: usize,
    /// Arms whose runtime cannot run on this machine now.
    pub skipped: usize,
    /// Arms whose runtime cannot do the case, by its nature.
    pub unsupported: usize,
    /// Arms whose slice outlasted the time limit.
    pub did_not_finish: usize,
    /// Arms with nothing but errors.
    pub failed: usize,
    /// Arms that the run ended before.
    pub not_reached: usize,
    /// Errors of any kind: failed checks, crashes, damaged data.
    pub errors: usize,
    /// Rows whose control arm differs from the reference: nothing is claimed in them.
    pub controls_flagged: usize,
    /// Rows with too few generations for the control to be judged.
    pub controls_too_few: usize,
    /// Smallest difference that would have had its verdict four times out of five, by the whole rule (adjusted
    /// over the family, beyond the margin), as a fraction: median over the rows that may have verdicts of the
    /// median over their contenders.
    pub smallest_visible: Option<f64>,
    /// Set where there is no such difference: in half of the rows not even the largest one could have a
    /// verdict, because there are too few generations for so large a family, or because they scatter too much.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub nothing_visible: bool,
}
