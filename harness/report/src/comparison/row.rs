//! One case on one runtime, HEAD against BASE.

use super::Side;
use crate::judge::{ControlReport, Estimate, Figure, SerialCorrelation};
use crate::words;
use loopswap_protocol::Headline;
use loopswap_statistics as statistics;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One case on one runtime, HEAD against BASE.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RowComparison {
    /// Name of the case.
    pub case: String,
    /// Name of the workload.
    pub workload: String,
    /// Name of the runtime.
    pub runtime: String,
    /// What one operation is.
    pub operation: String,
    /// Which figure leads.
    pub headline: Headline,
    /// What is found.
    pub verdict: Verdict,
    /// The finding and its reason, as a sentence.
    pub sentence: String,
    /// Time of one operation of BASE, in nanoseconds.
    pub base_ns: Option<Estimate>,
    /// Time of one operation of HEAD, in nanoseconds.
    pub head_ns: Option<Estimate>,
    /// 99th percentile of the response time of BASE, in nanoseconds: only of an open loop.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base_p99_ns: Option<Estimate>,
    /// The same of HEAD.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub head_p99_ns: Option<Estimate>,
    /// HEAD ÷ BASE of the time of one operation: above 1 is slower.
    pub ratio: Option<Estimate>,
    /// In a race, HEAD ÷ BASE by whole slices, as the times of both sides are; `ratio` is by median stretches
    /// where all arms have them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub whole_ratio: Option<Estimate>,
    /// How median stretches and whole slices contradict each other, as a sentence, where that leaves the row
    /// without a verdict.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contradiction: Option<String>,
    /// HEAD ÷ BASE of the runner's CPU time of one operation.
    pub cpu_ratio: Option<Estimate>,
    /// HEAD ÷ BASE of the 99th percentile of the response time: only of an open loop.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub response_ratio: Option<Estimate>,
    /// By which of the ratios the row is judged. Where two reports are compared: by the CPU time where the
    /// peer limits the row, since the time is then the peer's; by the response time in an open loop, since
    /// the time is then that of the rate, unless the rate is not reached. Threshold, p and smallest change are
    /// of that.
    #[serde(default)]
    pub judged_by: Figure,
    /// What the CPU time shows where the time shows nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cpu_witness: Option<CpuWitness>,
    /// Whether a look found a change, before any confirmation.
    pub suspect: bool,
    /// p of the look that ended the row, or of the comparison of two reports; two-sided.
    pub p: Option<f64>,
    /// Fraction beyond which a difference counts in this row: the largest of the margin, the floor and
    /// what the control shows.
    pub threshold: f64,
    /// Smallest change that would have had its verdict four times out of five, as a fraction; absent where no
    /// change would have.
    pub smallest_visible: Option<f64>,
    /// Whether generations resemble their neighbours (of a race: of the screening ones); p and intervals allow
    /// for what is found. Of two reports: of the side that allows for more, absent where neither does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub serial: Option<SerialCorrelation>,
    /// Generations that count, without those that confirm.
    pub generations: usize,
    /// Seconds spent on the row.
    pub wall_s: f64,
    /// The second opinion, where one was asked for.
    pub confirmation: Option<Confirmation>,
    /// BASE against itself.
    pub control: ControlReport,
    /// Rounds, and how many of them a neighbour disturbed.
    pub rounds: usize,
    /// Rounds that a neighbour disturbed.
    pub disturbed_rounds: usize,
    /// Those of them in which the CPU quota of a control group halted the race.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub throttled_rounds: usize,
    /// Whether the finding is the same without the disturbed rounds; absent where it could not be told.
    pub same_without_disturbed: Option<bool>,
    /// Counts per operation that differ, or were compared: exact, whatever the clock says.
    pub counters: Vec<CounterChange>,
    /// What went wrong, as sentences.
    pub errors: Vec<String>,
    /// Set where a person has accepted the change.
    pub acknowledged: Option<Acknowledged>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_zero(count: &usize) -> bool {
    *count == 0
}

/// What is found of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// HEAD is slower, beyond the threshold, and confirmed where confirmation was asked for.
    Regression,
    /// A target failed; there may be no figures.
    Error,
    /// The control differs from the reference: nothing is claimed.
    NotTrustworthy,
    /// Neither a change nor its absence is shown.
    Inconclusive,
    /// HEAD is faster.
    Improvement,
    /// The interval lies within the equivalence margin.
    Equivalent,
    /// There is nothing to compare: unsupported or skipped on both sides.
    NotMeasured,
}

impl From<statistics::Verdict> for Verdict {
    /// Of HEAD: better is faster, or whatever else it takes less of.
    fn from(found: statistics::Verdict) -> Verdict {
        match found {
            statistics::Verdict::Worse => Verdict::Regression,
            statistics::Verdict::Better => Verdict::Improvement,
            statistics::Verdict::Same => Verdict::Equivalent,
            statistics::Verdict::Undecided => Verdict::Inconclusive,
        }
    }
}

/// A change of the CPU time per operation in a row of a race whose time is undecided: a note, no verdict.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CpuWitness {
    /// Two-sided p of the screening generations.
    pub p: f64,
    /// Fraction beyond which a difference of the CPU time counts.
    pub threshold: f64,
    /// Whether generations in fresh processes and with a new seed agree; absent where there are none.
    pub confirmed: Option<bool>,
    /// The change, as a sentence.
    pub sentence: String,
}

/// A second opinion in fresh processes, with a new seed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Confirmation {
    /// HEAD ÷ BASE of the time of one operation.
    pub ratio: Option<Estimate>,
    /// Two-sided p.
    pub p: f64,
    /// p adjusted over all rows of the comparison.
    pub p_adjusted: f64,
    /// Its generations.
    pub generations: usize,
    /// Its seed.
    pub seed: u64,
    /// Whether it agrees.
    pub confirmed: bool,
}

/// A count per operation on both sides.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CounterChange {
    /// `syscalls`, `allocations`, `allocated_bytes`, `polls`, `wakeups`.
    pub name: String,
    /// Of BASE, per operation: median over counting slices.
    pub base: f64,
    /// Of HEAD, per operation.
    pub head: f64,
    /// Largest distance of a counting slice from the median of its side, per operation: 0 = exact.
    pub scatter: f64,
    /// Whether the difference is beyond the scatter.
    pub changed: bool,
    /// How both sides were counted, where there is more than one way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
}

impl CounterChange {
    /// The change in words: "syscalls 6 to 7 per operation".
    pub(crate) fn said(&self) -> String {
        let name = self.name.replace('_', " ");
        let [base, head] = words::apart(self.base, self.head);
        format!("{name} {base} to {head} per operation")
    }
}

/// A change that a person has accepted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Acknowledged {
    /// Why.
    pub why: String,
    /// Until when (a date, RFC 3339).
    pub until: String,
    /// What of the row is accepted.
    #[serde(default)]
    pub directions: Vec<Direction>,
}

/// The changes that a person can accept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Direction {
    /// HEAD takes more time, or in an open loop answers later.
    Slower,
    /// HEAD takes less time, or in an open loop answers sooner.
    Faster,
    /// A count per operation differs.
    Counters,
}

impl Direction {
    /// All there is.
    pub const ALL: [Direction; 3] = [Direction::Slower, Direction::Faster, Direction::Counters];

    /// The word in a file and on the command line.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Direction::Slower => "slower",
            Direction::Faster => "faster",
            Direction::Counters => "counters",
        }
    }

    /// What it means, in words.
    #[must_use]
    pub fn says(self) -> &'static str {
        match self {
            Direction::Slower => "HEAD takes more time, or answers later",
            Direction::Faster => "HEAD takes less time, or answers sooner",
            Direction::Counters => "A count per operation differs",
        }
    }
}

impl RowComparison {
    /// That generations resemble their neighbours, where that is allowed for.
    pub(crate) fn correlated(&self) -> Option<String> {
        self.serial.as_ref().and_then(SerialCorrelation::allowance)
    }

    /// The ratio that the row is judged by.
    #[must_use]
    pub fn judged(&self) -> Option<&Estimate> {
        match self.judged_by {
            Figure::Cpu => self.cpu_ratio.as_ref(),
            Figure::Time => self.ratio.as_ref(),
            Figure::Response => self.response_ratio.as_ref(),
        }
    }

    /// The figures of BASE and HEAD that lead the row: what an operation waits in an open loop, its time in a
    /// closed one.
    #[must_use]
    pub fn sides(&self) -> [Option<&Estimate>; 2] {
        match (&self.base_p99_ns, &self.head_p99_ns) {
            (None, None) => [self.base_ns.as_ref(), self.head_ns.as_ref()],
            (base, head) => [base.as_ref(), head.as_ref()],
        }
    }

    /// Whether the row is of an open loop.
    #[must_use]
    pub fn is_open_loop(&self) -> bool {
        self.base_p99_ns.is_some() || self.head_p99_ns.is_some()
    }

    /// The changes that are shown in the row.
    #[must_use]
    pub fn changes(&self) -> Vec<Direction> {
        let time = match self.verdict {
            Verdict::Regression => Some(Direction::Slower),
            Verdict::Improvement => Some(Direction::Faster),
            _ => None,
        };
        let counters = self.changed_counters().next().map(|_| Direction::Counters);
        time.into_iter().chain(counters).collect()
    }

    /// The counts per operation that differ.
    pub fn changed_counters(&self) -> impl Iterator<Item = &CounterChange> {
        self.counters.iter().filter(|counter| counter.changed)
    }

    /// Whether a person has accepted such a change of this row.
    #[must_use]
    pub fn is_acknowledged(&self, direction: Direction) -> bool {
        self.acknowledged.as_ref().is_some_and(|accepted| accepted.directions.contains(&direction))
    }
}

/// A case on a runtime that one side lacks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Missing {
    /// Name of the case.
    pub case: String,
    /// Name of the runtime.
    pub runtime: String,
    /// The side that lacks it.
    pub lacking: Side,
    /// Why, where it is known.
    pub why: Option<String>,
}
