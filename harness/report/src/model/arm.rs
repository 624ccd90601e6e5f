//! One arm of a row: what was measured of one runtime, and what may be said about it.

use crate::judge::{Estimate, Figure};
use crate::record::{Role, StartUp};
use loopswap_statistics as statistics;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// One runtime in a row.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ArmReport {
    /// Name of the runtime.
    pub runtime: String,
    /// What it is there for.
    pub role: Role,
    /// Whether it has a result.
    pub status: ArmStatus,
    /// Why it has none.
    pub reason: Option<String>,
    /// What to do about it.
    pub remedy: Option<String>,
    /// The end of what its process wrote to standard error, where it has no result.
    pub stderr: Option<String>,
    /// Where it did not finish: how long a granule would have taken, in nanoseconds.
    pub projected_ns: Option<u64>,
    /// Errors that it had, whether or not it has a result.
    pub errors: usize,
    /// Operations of a slice.
    pub ops_per_slice: Option<u64>,
    /// Complete generations with a result.
    pub generations: usize,
    /// How long its process took to start: medians over the generations in which it started alone. Absent in
    /// older reports.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start_up: Option<StartUp>,
    /// Wall time of one granule, in nanoseconds.
    pub time_ns: Option<Estimate>,
    /// Operations per second of wall time.
    pub rate: Option<Estimate>,
    /// Speed relative to the reference: 2 is twice as fast, paired within rounds. It is of median stretches
    /// where both arms have them, else of whole slices.
    pub speed_ratio: Option<Estimate>,
    /// The same by whole slices, as `time_ns` and `rate` are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub whole_ratio: Option<Estimate>,
    /// CPU economy relative to the reference: 2 is half the CPU time of the runner per operation.
    pub cpu_ratio: Option<Estimate>,
    /// 99th percentile of the response time relative to the reference: 2 waits half as long. Only of an
    /// open loop.
    #[serde(default)]
    pub response_ratio: Option<Estimate>,
    /// Two-sided signed-rank p-value of the ratio that the row is ranked by.
    pub p: Option<f64>,
    /// p of a difference of at most the smallest margin (1 %), 1 where the arm cannot have a verdict: what is
    /// adjusted. Absent in older reports, which adjusted `p`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub p_beyond: Option<f64>,
    /// The same, adjusted over the family of comparisons that the report states.
    pub p_adjusted: Option<f64>,
    /// What may be said about it, compared with the reference.
    pub verdict: Verdict,
    /// Smallest difference that would have had its verdict four times out of five, all other comparisons of
    /// the report being what they are, as a fraction of the quantity that the row is ranked by. Absent where
    /// no difference would have, and in a row without verdicts.
    pub smallest_visible: Option<f64>,
    /// CPU time per operation, in nanoseconds.
    pub cpu_ns_per_op: CpuPerOperation,
    /// How busy the runner was inside its slices.
    pub runner_busy: Option<Busy>,
    /// How busy the peers were meanwhile; only of peers that loopswap started.
    pub peer_busy: Option<Busy>,
    /// Latency of single operations in a typical generation.
    pub latency: Option<Latency>,
    /// The same percentiles with intervals. Reports of before 0.2 have them of an open loop only.
    #[serde(default)]
    pub percentiles: Option<Percentiles>,
    /// Why a percentile is missing, by its name: `p50`, `p90`, `p99`, `p999`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub percentiles_withheld: BTreeMap<String, String>,
    /// 99th percentile of the response time in one generation, in nanoseconds: centre and signed-rank
    /// interval over generations, as its ratio has them. Only of an open loop.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub response_p99_ns: Option<Estimate>,
    /// Largest resident memory of the runner, in bytes: median over generations.
    pub rss_peak_bytes: Option<u64>,
    /// What of that came after the case was prepared, divided by the operations under way at once,
    /// in bytes; only where there are at least 1 000.
    pub bytes_per_operation_in_flight: Option<f64>,
    /// Context switches per operation.
    pub switches_per_op: Option<Switches>,
    /// Further figures of the workload by name: medians over generations.
    pub notes: BTreeMap<String, f64>,
    /// What the runner does for one operation, by the name of the counter: `syscalls`, `allocations`,
    /// `allocated_bytes`, `polls`, `wakeups`, and others that a runner may know.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub counters_per_op: BTreeMap<String, CounterReport>,
    /// Why a counter is missing, and the way out.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub counters_unavailable: BTreeMap<String, String>,
}

impl ArmReport {
    /// The arm's name in a view: the control arm is not mistaken for the reference.
    #[must_use]
    pub fn label(&self) -> String {
        match self.role {
            Role::Control => format!("{} (control)", self.runtime),
            Role::Reference | Role::Contender => self.runtime.clone(),
        }
    }

    /// Whether it has a result.
    #[must_use]
    pub fn is_measured(&self) -> bool {
        self.status == ArmStatus::Measured
    }

    /// Its ratio to the reference by this figure.
    pub(crate) fn ratio(&self, figure: Figure) -> Option<&Estimate> {
        match figure {
            Figure::Time => self.speed_ratio.as_ref(),
            Figure::Cpu => self.cpu_ratio.as_ref(),
            Figure::Response => self.response_ratio.as_ref(),
        }
    }

    /// The same, to be filled in.
    pub(crate) fn ratio_mut(&mut self, figure: Figure) -> &mut Option<Estimate> {
        match figure {
            Figure::Time => &mut self.speed_ratio,
            Figure::Cpu => &mut self.cpu_ratio,
            Figure::Response => &mut self.response_ratio,
        }
    }
}

/// Whether an arm has a result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ArmStatus {
    /// It has.
    Measured,
    /// A slice outlasted the time limit.
    DidNotFinish,
    /// Checks failed, or its process crashed, hung or talked nonsense.
    Failed,
    /// The runtime cannot do the case, by its nature.
    Unsupported,
    /// The runtime cannot run on this machine now.
    Skipped,
    /// The run, or a peer of the row, ended before it.
    NotReached,
}

impl ArmStatus {
    /// The word for it.
    pub(crate) fn word(self) -> &'static str {
        match self {
            ArmStatus::Measured => "measured",
            ArmStatus::DidNotFinish => "did not finish",
            ArmStatus::Failed => "failed",
            ArmStatus::Unsupported => "unsupported",
            ArmStatus::Skipped => "skipped",
            ArmStatus::NotReached => "not measured",
        }
    }
}

/// What may be said about an arm, compared with the reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// It does better, by more than the row's margin.
    Better,
    /// It does worse, by more than the row's margin.
    Worse,
    /// Any difference is smaller than the row's margin.
    Same,
    /// The generations do not settle it.
    Undecided,
    /// Nothing may be said: no result, the reference itself, a row that is not trustworthy, or figures that
    /// contradict each other.
    None,
}

impl From<statistics::Verdict> for Verdict {
    fn from(found: statistics::Verdict) -> Verdict {
        match found {
            statistics::Verdict::Better => Verdict::Better,
            statistics::Verdict::Worse => Verdict::Worse,
            statistics::Verdict::Same => Verdict::Same,
            statistics::Verdict::Undecided => Verdict::Undecided,
        }
    }
}

/// CPU time per operation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CpuPerOperation {
    /// Of the runner, in nanoseconds.
    pub runner: Option<Estimate>,
    /// Of all peers together, in nanoseconds; only of peers that loopswap started.
    pub peer: Option<Estimate>,
}

/// How busy a process was: median over generations of CPU time divided by wall time.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Busy {
    /// CPUs used: 1.5 is one CPU all the time and another half of it.
    pub used: f64,
    /// CPUs that it could have used: no more than it was given, nor than it has threads.
    pub of: usize,
}

impl Busy {
    /// The share used of what could have been used.
    #[must_use]
    pub fn share(&self) -> f64 {
        self.used / self.of.max(1) as f64
    }
}

/// Latency of single operations: percentiles of a typical generation, `null` where too few operations or
/// generations carry one. Reports of before 0.2 have those of all operations in one heap, however few.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Latency {
    /// Median, in nanoseconds.
    pub p50_ns: Option<u64>,
    /// 90th percentile, in nanoseconds.
    pub p90_ns: Option<u64>,
    /// 99th percentile, in nanoseconds.
    pub p99_ns: Option<u64>,
    /// 99.9th percentile, in nanoseconds.
    pub p999_ns: Option<u64>,
    /// Largest of all generations, in nanoseconds.
    pub max_ns: u64,
    /// Operations recorded in all generations.
    pub count: u64,
}

/// One counter, from slices that do nothing but count: it has no noise of time, so it is given with its
/// scatter instead of an interval.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CounterReport {
    /// Per operation: median over counting slices.
    pub value: f64,
    /// Largest distance of a slice from that, per operation: 0 where every slice came to the same.
    pub scatter: f64,
    /// Counting slices, one in each generation that counts.
    pub n: usize,
    /// How it was counted, where there is more than one way: `syscalls` by `tracepoint`, `ptrace` or
    /// `ptrace-difference`. Figures of two ways are not to be compared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
}

/// Percentiles of the latency of single operations in a typical generation, in nanoseconds: half of all
/// fresh processes have a lower one. None where too little carries it; the arm then says why.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Percentiles {
    /// Median.
    pub p50_ns: Option<Estimate>,
    /// 90th percentile.
    #[serde(default)]
    pub p90_ns: Option<Estimate>,
    /// 99th percentile.
    pub p99_ns: Option<Estimate>,
    /// 99.9th percentile.
    pub p999_ns: Option<Estimate>,
}

/// Context switches per operation, from counting slices.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Switches {
    /// The process gave the CPU up.
    pub voluntary: f64,
    /// The CPU was taken from it.
    pub involuntary: f64,
}
