//! `[[case]]`: a named case, or a workload with parameters of the suite's own.

use super::case::SuiteCase;
use super::position::Position;
use super::sweep::{Expansion, Sweep};
use crate::case::{Case, json};
use crate::failure::Failure;
use loopswap_protocol::{Params, WorkloadInfo, complete, quoted};
use loopswap_report::record::Placement;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::time::Duration;
use toml::Spanned;

/// An entry as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct CaseEntry {
    /// A named case: `redis/conns=64` …
    case: Option<Spanned<String>>,
    /// … or a workload with given parameters.
    workload: Option<Spanned<String>>,
    name: Option<String>,
    #[serde(default)]
    params: BTreeMap<String, Spanned<toml::Value>>,
    /// Values of parameters: a case for each, or for each combination.
    #[serde(default)]
    sweep: Sweep,
    /// Numbers of CPUs that runners get: a case for each.
    cpus: Option<Spanned<Vec<Spanned<u64>>>>,
    placement: Option<Placement>,
    #[serde(default)]
    slice: Option<Spanned<String>>,
}

/// What a suite may name.
#[derive(Clone, Copy, Debug)]
pub struct Known<'a> {
    /// The runtimes by name.
    pub runtimes: &'a [String],
    /// The workloads.
    pub workloads: &'a [WorkloadInfo],
    /// Their named cases.
    pub cases: &'a [Case],
}

impl CaseEntry {
    /// Its position in the text.
    pub(super) fn start(&self) -> usize {
        self.case.as_ref().or(self.workload.as_ref()).map_or(0, |named| named.span().start)
    }

    /// The cases of an entry: one, or those of its sweep.
    pub(super) fn read(
        &self,
        at: &Position<'_>,
        known: Known<'_>,
        placement: Placement,
        entry: usize,
    ) -> Result<Vec<SuiteCase>, Failure> {
        let placement = self.placement.unwrap_or(placement);
        let slice = self.slice.as_ref().map(|slice| at.time(Some(slice), "slice", Duration::ZERO)).transpose()?;
        let case = match (&self.case, &self.workload) {
            (Some(case), None) if self.params.is_empty() && self.sweep.is_empty() => {
                let name = case.get_ref();
                let found = known.cases.iter().find(|known| known.name == *name);
                found.cloned().ok_or_else(|| {
                    let names = known.cases.iter().map(|case| case.name.as_str());
                    at.error(case.span().start, &format!("unknown case `{}`", quoted(name))).there_are(name, names)
                })?
            }
            (Some(case), _) => {
                let what = format!("`case = \"{}\"` names a case that has its parameters", quoted(case.get_ref()));
                return Err(at
                    .error(case.span().start, &what)
                    .help("give `workload`, `name` and `params` instead, for a case of your own"));
            }
            (None, Some(workload)) => self.own_case(at, known, workload)?,
            (None, None) => {
                return Err(Failure::usage(format!("{}: a [[case]] without `case` or `workload`", quoted(at.path)))
                    .help("give `case = \"workload/name\"`, or `workload` and `params`"));
            }
        };
        let chosen = SuiteCase { case, placement, slice, cpus: None, swept: None };
        let Self { params, sweep, cpus, .. } = self;
        Expansion { at, entry, params, sweep, cpus: cpus.as_ref() }.expand(&chosen)
    }

    fn own_case(&self, at: &Position<'_>, known: Known<'_>, workload: &Spanned<String>) -> Result<Case, Failure> {
        let name = workload.get_ref();
        let info = known.workloads.iter().find(|info| info.name == *name).ok_or_else(|| {
            let names = known.workloads.iter().map(|info| info.name);
            at.error(workload.span().start, &format!("unknown workload `{}`", quoted(name))).there_are(name, names)
        })?;
        let given: Params =
            self.params.iter().map(|(key, value)| (key.clone(), json(value.get_ref().clone()))).collect();
        let params = complete(info.params, &given).map_err(|(key, what)| {
            let start = self.params.get(&key).map_or(workload.span().start, |value| value.span().start);
            at.error(start, &format!("{name}: {what}"))
        })?;
        if let Some(own) = &self.name {
            at.nameable("name", own, workload.span().start)?;
        }
        let own = self.name.clone().unwrap_or_else(|| {
            let shown = self.params.keys().filter_map(|key| {
                let param = info.params.iter().find(|param| param.name == key)?;
                Some(format!("{key}={}", param.kind.show(&params[key])))
            });
            shown.collect::<Vec<_>>().join(",")
        });
        // A sweep adds the rest of the name.
        let own =
            if own.is_empty() && self.sweep.is_empty() && self.cpus.is_none() { "default".to_owned() } else { own };
        Ok(Case {
            workload: *info,
            name: format!("{name}/{own}"),
            params,
            why: format!("A case of the suite's own: {}.", info.about),
            read: String::new(),
            traps: String::new(),
        })
    }
}
