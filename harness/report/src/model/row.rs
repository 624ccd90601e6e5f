//! One row of a report: a case with all its arms.

use super::ArmReport;
use crate::judge::{ControlReport, Figure, SerialCorrelation};
use crate::record::{PeerIdentity, Placement, Role};
use loopswap_protocol::{Headline, Params};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One case with all its arms.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RowReport {
    /// Name of the case: `redis/conns=64`.
    pub case: String,
    /// Name of the workload.
    pub workload: String,
    /// Every parameter.
    pub params: Params,
    /// What one operation is, in the singular.
    pub operation: String,
    /// What one granule (the smallest slice) is, in the singular.
    pub granule: String,
    /// Operations of a granule.
    pub granule_ops: u64,
    /// Which figure leads: operations per second, the time of one granule, or the response time.
    pub headline: Headline,
    /// Operations per second that were meant to start (an open loop); none in a closed loop.
    #[serde(default)]
    pub rate_per_s: Option<u64>,
    /// What the latency figures show: `service time`, `response time at 1000/s`, `timer overshoot`.
    pub latency_name: String,
    /// Why the case exists.
    pub why: String,
    /// How to read it.
    pub read: String,
    /// What to beware of.
    pub traps: String,
    /// Which CPUs the runner and the peer got.
    pub placement: Placement,
    /// CPUs for runners.
    pub runner_cpus: Vec<usize>,
    /// CPUs for peers; empty where there are none.
    pub peer_cpus: Vec<usize>,
    /// Who served, one for each server.
    pub peers: Vec<PeerIdentity>,
    /// Complete generations.
    pub generations: usize,
    /// Rounds of a generation: median.
    pub rounds: f64,
    /// Length of a slice, in milliseconds: median.
    pub slice_ms: Option<f64>,
    /// Whether the machine tells the reference from itself.
    pub control: ControlReport,
    /// Smallest difference that this row calls one, as a fraction: at least 0.01, more where the
    /// control scatters more.
    pub margin: f64,
    /// Whether the generations of the row resemble their neighbours. Absent where there are too few.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub serial: Option<SerialCorrelation>,
    /// What limited the arms, and what else to doubt.
    pub limits: Vec<Limit>,
    /// What the arms are ordered by, and what their verdicts are about.
    pub ranked_by: Figure,
    /// The arms, best first; those without a result at the end.
    pub arms: Vec<ArmReport>,
    /// What went wrong with the row, or with arms that have a result all the same; one sentence each.
    pub errors: Vec<String>,
    /// For each of `errors` the runtime of the arm concerned, null where it is the whole row; empty in reports
    /// that were written before this was.
    #[serde(default)]
    pub error_arms: Vec<Option<String>>,
}

impl RowReport {
    /// The arms with a result, without the control: the runtimes of the row.
    pub(crate) fn runtimes(&self) -> impl Iterator<Item = &ArmReport> {
        self.arms.iter().filter(|arm| arm.is_measured() && arm.role != Role::Control)
    }
}

/// What limited some arms of a row, or why to doubt them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Limit {
    /// What it is.
    pub kind: LimitKind,
    /// The arms concerned, the control under the name of its runtime followed by ` (control)`.
    pub arms: Vec<String>,
    /// The limit as a sentence.
    pub sentence: String,
}

/// The kinds of limits and doubts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum LimitKind {
    /// The peer was busy: arms may differ more than their throughput shows.
    PeerBound,
    /// The runner was busy: what is measured is the runtime.
    ClientBound,
    /// Nobody was busy: the time goes into waiting and waking up.
    WakeUpBound,
    /// Neither end was busy nor idle all the time: each waited for the other now and then.
    Mixed,
    /// The rate of an open loop was not reached.
    Overloaded,
    /// Others used the CPUs meanwhile.
    NeighbourDisturbed,
    /// The CPU quota of a control group halted the run.
    Throttled,
    /// The generations fall into two heaps.
    Bimodal,
    /// The ratio shows what whole slices, or the figures that lead the row, contradict.
    Contradicted,
    /// Fewer generations than a verdict needs.
    TooFew,
    /// A percentile is missing: too few operations or generations carry it.
    NoPercentile,
    /// The 99th percentile tells the reference from itself.
    PercentileUnsteady,
}

impl LimitKind {
    /// Whether it says what bounded the throughput, rather than what to doubt.
    #[must_use]
    pub fn is_bound(self) -> bool {
        use LimitKind::{ClientBound, Mixed, Overloaded, PeerBound, WakeUpBound};
        matches!(self, PeerBound | ClientBound | WakeUpBound | Mixed | Overloaded)
    }
}
