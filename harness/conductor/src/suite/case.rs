//! A case of a suite, and the sweep that it is part of.

use crate::case::Case;
use loopswap_protocol::quoted;
use loopswap_report::record::Placement;
use serde_json::Value;
use std::time::Duration;

/// The name of the axis of `cpus`.
pub(crate) const CPUS: &str = "cpus";

/// A case of a suite.
#[derive(Clone, Debug)]
pub struct SuiteCase {
    /// The case.
    pub case: Case,
    /// Which CPUs runner and peer get.
    pub placement: Placement,
    /// Length aimed at for a slice, if it differs from the suite's.
    pub slice: Option<Duration>,
    /// CPUs that runners get, if they do not get all that the placement gives them.
    pub cpus: Option<usize>,
    /// The sweep that it is part of.
    pub swept: Option<Swept>,
}

impl SuiteCase {
    /// Why this case could not be told from another in a report, if so.
    pub(super) fn mistaken_for(&self, other: &SuiteCase) -> Option<String> {
        let name = quoted(&self.case.name);
        if self.case.name != other.case.name {
            None
        } else if self.case.params != other.case.params {
            Some(format!("another case is called `{name}` too, with other parameters"))
        } else if (self.placement, self.cpus) == (other.placement, other.cpus) {
            Some(format!("`{name}` is listed twice, with the same placement"))
        } else {
            None
        }
    }

    /// The case with one more parameter of its sweep; the caller must apply the value.
    pub(super) fn with(&self, entry: usize, value: SweptValue) -> SuiteCase {
        let name = &self.case.name;
        let base = if name.ends_with('/') { name.clone() } else { format!("{name},") };
        let mut swept = self.swept.clone().unwrap_or(Swept { entry, base, values: Vec::new() });
        swept.values.push(value);
        let mut chosen = self.clone();
        chosen.case.name = swept.name(SweptValue::named);
        chosen.swept = Some(swept);
        chosen
    }

    /// The case on each of these numbers of CPUs; `entry` is its index in the suite.
    #[must_use]
    pub fn on_cpus(&self, entry: usize, counts: &[usize]) -> Vec<SuiteCase> {
        let on = |count: &usize| {
            let value = SweptValue { parameter: CPUS.into(), value: (*count).into(), shown: count.to_string() };
            SuiteCase { cpus: Some(*count), ..self.with(entry, value) }
        };
        counts.iter().map(on).collect()
    }
}

/// The sweep that a case is part of.
#[derive(Clone, Debug, PartialEq)]
pub struct Swept {
    /// The entry of the suite: cases of one entry belong together.
    pub entry: usize,
    /// The name of a case before its values: `redis/`, `redis/own,`.
    pub base: String,
    /// The swept parameters with their values in this case, in the order of the suite.
    pub values: Vec<SweptValue>,
}

/// One parameter of a sweep, and its value in a case.
#[derive(Clone, Debug, PartialEq)]
pub struct SweptValue {
    /// The parameter, or `cpus`.
    pub parameter: String,
    /// Its plain value.
    pub value: Value,
    /// The value as written in the case's name.
    pub shown: String,
}

impl Swept {
    /// The name with `show` of each value: that of the case, or of one of its axes.
    pub(crate) fn name(&self, show: impl Fn(&SweptValue) -> String) -> String {
        let values: Vec<String> = self.values.iter().map(show).collect();
        format!("{}{}", self.base, values.join(","))
    }
}

impl SweptValue {
    /// `conns=64`.
    pub(crate) fn named(&self) -> String {
        format!("{}={}", self.parameter, self.shown)
    }
}
