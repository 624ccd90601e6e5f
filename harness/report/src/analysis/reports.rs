//! Two stored reports as a comparison. They were not measured side by side, so any change of the machine
//! between the two runs looks like a change of the build: the *drift allowance* is for that.

mod alike;
mod caveats;
mod figure;
mod pair;
mod row;
mod verdicts;

pub use alike::Incomparable;

use crate::comparison::{COMPARISON_SCHEMA, Comparison, Kind};
use crate::model::Report;
use crate::record::{Build, EndReason, Rules};
use pair::{Pairs, pairs};

/// How two reports are to be compared. Fractions: 0.01 is 1 %.
#[derive(Clone, Debug, PartialEq)]
pub struct Options {
    /// What the person called BASE.
    pub base: String,
    /// What the person called HEAD.
    pub head: String,
    /// When the comparison is made (RFC 3339, UTC).
    pub created: String,
    /// Version of the loopswap that compares.
    pub loopswap: String,
    /// Changes of the time of an operation below this fraction are ignored.
    pub margin: f64,
    /// Changes below this many nanoseconds an operation are ignored.
    pub floor_ns: f64,
    /// Two builds are equivalent if the interval, widened by the drift, lies within this fraction.
    pub equivalence: f64,
    /// How much two runs of the same build may differ because they were made at different times.
    pub drift: f64,
    /// Accepted share of false discoveries.
    pub false_discovery_rate: f64,
    /// Whether the reports may come from two hosts. Each runtime is then compared by its ratio to the
    /// reference of its own report, not by its time.
    pub across_hosts: bool,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            base: "BASE".into(),
            head: "HEAD".into(),
            created: String::new(),
            loopswap: String::new(),
            margin: 0.01,
            floor_ns: 0.0,
            equivalence: 0.05,
            drift: 0.10,
            false_discovery_rate: 0.05,
            across_hosts: false,
        }
    }
}

impl Options {
    fn rules(&self) -> Rules {
        Rules {
            margin: self.margin,
            floor_ns: self.floor_ns,
            equivalence: self.equivalence,
            looks: Vec::new(),
            suspect_p: self.false_discovery_rate,
            confirm_generations: 0,
            false_discovery_rate: self.false_discovery_rate,
            drift: self.drift,
        }
    }
}

/// By what rules rows are judged, and whether by ratios to the reference of their own report.
struct Terms {
    rules: Rules,
    across_hosts: bool,
}

/// Compares two reports, every case on every runtime.
///
/// The time of an operation on either side (if the peer limits it: the runner's CPU time; in an open loop:
/// the 99th percentile of the response time) is given as a centre and its signed-rank interval. Their
/// difference on the log scale, and its interval, are computed from those two intervals alone
/// ([`loopswap_statistics::difference`]); p is that of "no more than the drift allowance", adjusted after
/// Benjamini and Hochberg over all rows. It is a change if the adjusted p is at most the false-discovery rate
/// and the centre is beyond the largest of the margin, the floor, the drift allowance and what the control of
/// either report shows.
///
/// # Errors
/// When the reports, or a case that both have, were not measured under the same conditions.
pub fn of_reports(base: &Report, head: &Report, options: &Options) -> Result<Comparison, Incomparable> {
    alike::reports(base, head, options.across_hosts)?;
    let Pairs { both, missing } = pairs(base, head)?;
    let terms = Terms { rules: options.rules(), across_hosts: options.across_hosts };
    let mut drafts: Vec<row::Draft> = both.iter().map(|pair| row::draft(pair, &terms)).collect();
    let family = verdicts::judge(&mut drafts, &terms.rules);
    let rows: Vec<_> = drafts.into_iter().map(|draft| draft.row).collect();
    let caveats = caveats::caveats(base, head, &rows, options);
    Ok(Comparison {
        comparison_schema: COMPARISON_SCHEMA,
        loopswap: options.loopswap.clone(),
        created: options.created.clone(),
        kind: Kind::Compare,
        suite: if base.suite == head.suite { head.suite.clone() } else { format!("{} and {}", base.suite, head.suite) },
        seed: None,
        base: Build { label: options.base.clone(), program: String::new(), environment: base.environment.clone() },
        head: Build { label: options.head.clone(), program: String::new(), environment: head.environment.clone() },
        complete: EndReason::Finished,
        wall_s: 0.0,
        rules: terms.rules,
        family,
        caveats,
        rows,
        missing,
        claims: head.claims.clone(),
    })
}
