//! The named cases of every workload, and their parameters.

use crate::failure::Failure;
use loopswap_protocol::{Params, WorkloadInfo, complete};
use serde::Deserialize;
use std::collections::BTreeMap;

/// A workload with fixed parameters, and its prose.
#[derive(Clone, Debug)]
pub struct Case {
    /// Its workload.
    pub workload: WorkloadInfo,
    /// `workload/name`.
    pub name: String,
    /// Every parameter; a number per CPU may still stand as `"cpus"`.
    pub params: Params,
    /// Why it exists.
    pub why: String,
    /// How to read it.
    pub read: String,
    /// What to beware of.
    pub traps: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    #[serde(default)]
    params: BTreeMap<String, toml::Value>,
    why: String,
    read: String,
    traps: String,
}

/// Every named case of these workloads.
///
/// # Errors
/// When a workload's own `cases.toml` is wrong, which a test of the catalogue rules out.
pub fn named_cases(workloads: &[WorkloadInfo]) -> Result<Vec<Case>, Failure> {
    let mut cases = Vec::new();
    for workload in workloads {
        let wrong = |what: String| Failure::internal(format!("cases.toml of `{}`: {what}", workload.name));
        let entries: toml::Table = workload.cases.parse().map_err(|error| wrong(format!("{error}")))?;
        for (name, entry) in entries {
            let entry: Entry = entry.try_into().map_err(|error| wrong(format!("{name}: {error}")))?;
            let given = entry.params.into_iter().map(|(key, value)| (key, json(value))).collect();
            let params = complete(workload.params, &given).map_err(|(_, what)| wrong(format!("{name}: {what}")))?;
            let name = format!("{}/{name}", workload.name);
            let Entry { why, read, traps, .. } = entry;
            cases.push(Case { workload: *workload, name, params, why, read, traps });
        }
    }
    Ok(cases)
}

/// A TOML value as a JSON value; parameters are numbers, strings and booleans.
pub(crate) fn json(value: toml::Value) -> serde_json::Value {
    match value {
        toml::Value::Integer(number) => number.into(),
        toml::Value::Boolean(flag) => flag.into(),
        toml::Value::String(text) => text.into(),
        other => other.to_string().into(),
    }
}
