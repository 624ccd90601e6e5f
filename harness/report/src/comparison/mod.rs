//! The comparison of two builds, or of two stored reports: what `race` and `compare` write and `gate`
//! judges.
//!
//! Fields are only ever added; their order in the file is the order here. A missing figure is `null`, never a
//! made-up zero.

mod accept;
mod explanation;
mod fail_on;
mod gate;
mod read;
mod row;

pub use accept::{Accepted, accept};
pub use explanation::{Look, RaceExplanation, RaceThresholds, RaceValue};
pub use fail_on::{FailOn, Outcome};
pub use gate::{FalseClaim, Finding, Gate, judge};
pub use read::{read_comparison, schema};
pub use row::{Acknowledged, Confirmation, CounterChange, CpuWitness, Direction, Missing, RowComparison, Verdict};

pub use crate::record::{Build, Rules, Side};

use crate::model::{ClaimReport, ClaimVerdict};
use crate::record::EndReason;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Version of the format of a comparison.
pub const COMPARISON_SCHEMA: u32 = 1;

/// HEAD against BASE, row by row. Times are in nanoseconds, ratios are HEAD ÷ BASE of the time of one
/// operation: above 1 is slower.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(title = "loopswap comparison")]
pub struct Comparison {
    /// Version of this format: [`COMPARISON_SCHEMA`].
    pub comparison_schema: u32,
    /// Version of loopswap that computed it.
    pub loopswap: String,
    /// When the run began, or the reports were compared (RFC 3339, UTC).
    pub created: String,
    /// How the two sides were measured.
    pub kind: Kind,
    /// Name of the suite.
    pub suite: String,
    /// Seed of the order of rounds; absent where two reports were compared.
    pub seed: Option<u64>,
    /// The side that is divided by.
    pub base: Build,
    /// The side that is judged.
    pub head: Build,
    /// Whether the run came to its end; `finished` for reports.
    pub complete: EndReason,
    /// How long the run took, in seconds; 0 for reports.
    pub wall_s: f64,
    /// By what rules verdicts were given.
    pub rules: Rules,
    /// What the false-discovery control spans, as a sentence.
    pub family: String,
    /// What limits the whole comparison, as sentences: drift between two runs, two hosts.
    pub caveats: Vec<String>,
    /// One entry for each case and runtime that both sides have.
    pub rows: Vec<RowComparison>,
    /// Cases and runtimes that one side lacks.
    pub missing: Vec<Missing>,
    /// What the suite of HEAD claims, as judged in its own report; none in a race, which has no report.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub claims: Vec<ClaimReport>,
}

/// How the two sides were measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Interleaved, slice by slice, in one run.
    Race,
    /// Two runs, one after the other.
    Compare,
}

impl Comparison {
    /// Claims of HEAD that do not hold.
    pub fn false_claims(&self) -> impl Iterator<Item = &ClaimReport> {
        self.claims.iter().filter(|claim| claim.verdict == ClaimVerdict::False)
    }

    /// Rows of one verdict.
    pub fn with(&self, verdict: Verdict) -> impl Iterator<Item = &RowComparison> {
        self.rows.iter().filter(move |row| row.verdict == verdict)
    }
}
