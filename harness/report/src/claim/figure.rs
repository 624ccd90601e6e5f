//! The figures that a claim can be about.

use super::Quantity;
use std::fmt;

/// One runtime on one case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arm {
    /// Name of the case; or a workload's name, if the suite has only one case of it.
    pub case: String,
    /// Name of the runtime.
    pub runtime: String,
}

/// What a claim is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Figure {
    /// How many times as much one arm takes as another.
    Ratio {
        /// The quantity.
        over: Over,
        /// The numerator.
        above: Arm,
        /// The denominator.
        below: Arm,
    },
    /// A figure of one arm.
    Of {
        /// Which figure.
        metric: Metric,
        /// The arm.
        arm: Arm,
    },
    /// How many runtimes of a case are of a kind.
    Runtimes {
        /// The kind.
        count: Count,
        /// Name of the case.
        case: String,
    },
}

/// The quantity of a ratio.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Over {
    /// Wall time: of an operation, or of a granule where two cases are compared.
    Time,
    /// CPU time of the runner for the same.
    Cpu,
}

/// A figure of one arm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Metric {
    /// Wall time of a granule.
    Time,
    /// Operations per second.
    Rate,
    /// CPU time of the runner per operation.
    Cpu,
    /// CPU time of the peers per operation.
    PeerCpu,
    /// Median latency of an operation, as its workload defines latency.
    P50,
    /// 90th percentile.
    P90,
    /// 99th percentile.
    P99,
    /// 99.9th percentile.
    P999,
    /// Median timer overshoot; only for workloads whose latency is that.
    Overshoot,
    /// Largest resident memory of the runner.
    Rss,
    /// The part of it added after the case was prepared, per operation in flight.
    BytesPerTask,
    /// Context switches per operation, voluntary or not.
    Switches,
}

/// A kind of runtimes to be counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Count {
    /// Those with a result and no error: every slice was checked and was right.
    Verified,
    /// Those with an error: a wrong result, a crash, no answer.
    Failed,
}

/// A function of the language by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Function {
    Ratio(Over),
    Of(Metric),
    Runtimes(Count),
}

impl Function {
    /// All functions.
    pub(super) const ALL: [Function; 16] = [
        Function::Ratio(Over::Time),
        Function::Ratio(Over::Cpu),
        Function::Of(Metric::Time),
        Function::Of(Metric::Rate),
        Function::Of(Metric::Cpu),
        Function::Of(Metric::PeerCpu),
        Function::Of(Metric::P50),
        Function::Of(Metric::P90),
        Function::Of(Metric::P99),
        Function::Of(Metric::P999),
        Function::Of(Metric::Overshoot),
        Function::Of(Metric::Rss),
        Function::Of(Metric::BytesPerTask),
        Function::Of(Metric::Switches),
        Function::Runtimes(Count::Verified),
        Function::Runtimes(Count::Failed),
    ];

    pub(super) fn name(self) -> &'static str {
        match self {
            Function::Ratio(Over::Time) => "ratio",
            Function::Ratio(Over::Cpu) => "cpu_ratio",
            Function::Of(Metric::Time) => "time",
            Function::Of(Metric::Rate) => "rate",
            Function::Of(Metric::Cpu) => "cpu",
            Function::Of(Metric::PeerCpu) => "peer_cpu",
            Function::Of(Metric::P50) => "p50",
            Function::Of(Metric::P90) => "p90",
            Function::Of(Metric::P99) => "p99",
            Function::Of(Metric::P999) => "p999",
            Function::Of(Metric::Overshoot) => "overshoot",
            Function::Of(Metric::Rss) => "rss",
            Function::Of(Metric::BytesPerTask) => "bytes_per_task",
            Function::Of(Metric::Switches) => "switches",
            Function::Runtimes(Count::Verified) => "verified",
            Function::Runtimes(Count::Failed) => "failed",
        }
    }

    /// Its arguments.
    pub(super) fn takes(self) -> &'static str {
        match self {
            Function::Ratio(_) => "(CASE, RUNTIME / RUNTIME) or (CASE @ RUNTIME / CASE @ RUNTIME)",
            Function::Of(_) => "(CASE, RUNTIME)",
            Function::Runtimes(_) => "(CASE)",
        }
    }
}

impl Figure {
    /// Its quantity.
    #[must_use]
    pub fn quantity(&self) -> Quantity {
        match self {
            Figure::Ratio { .. } => Quantity::Ratio,
            Figure::Runtimes { .. } => Quantity::Count,
            Figure::Of { metric, .. } => match metric {
                Metric::Rate => Quantity::Rate,
                Metric::Rss | Metric::BytesPerTask => Quantity::Memory,
                Metric::Switches => Quantity::Count,
                _ => Quantity::Time,
            },
        }
    }

    fn function(&self) -> Function {
        match self {
            Figure::Ratio { over, .. } => Function::Ratio(*over),
            Figure::Of { metric, .. } => Function::Of(*metric),
            Figure::Runtimes { count, .. } => Function::Runtimes(*count),
        }
    }

    /// The same figure with every case's name mapped through `rename`.
    #[must_use]
    pub fn rename_cases(self, rename: impl Fn(String) -> String) -> Figure {
        let arm = |Arm { case, runtime }| Arm { case: rename(case), runtime };
        match self {
            Figure::Ratio { over, above, below } => Figure::Ratio { over, above: arm(above), below: arm(below) },
            Figure::Of { metric, arm: whose } => Figure::Of { metric, arm: arm(whose) },
            Figure::Runtimes { count, case } => Figure::Runtimes { count, case: rename(case) },
        }
    }
}

impl fmt::Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.function().name();
        match self {
            Figure::Ratio { above, below, .. } if above.case == below.case => {
                write!(f, "{name}({}, {} / {})", Name(&above.case), Name(&above.runtime), Name(&below.runtime))
            }
            Figure::Ratio { above, below, .. } => {
                let [a, b] = [above, below].map(|arm| format!("{} @ {}", Name(&arm.case), Name(&arm.runtime)));
                write!(f, "{name}({a} / {b})")
            }
            Figure::Of { arm, .. } => write!(f, "{name}({}, {})", Name(&arm.case), Name(&arm.runtime)),
            Figure::Runtimes { case, .. } => write!(f, "{name}({})", Name(case)),
        }
    }
}

/// A name as it is written: in quotes if it would be read differently without.
struct Name<'a>(&'a str);

impl fmt::Display for Name<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if super::name::is_bare(self.0) { f.write_str(self.0) } else { write!(f, "\"{}\"", self.0) }
    }
}
