//! `[[case]]`: a named case, every one of them, or a workload with parameters of the suite's own.

use super::case::SuiteCase;
use super::every::Every;
use super::position::{Position, SLICE};
use super::runtimes::EVERY;
use super::sweep::{Expansion, Sweep};
use crate::case::{Case, json};
use crate::failure::Failure;
use loopswap_protocol::{Params, WorkloadInfo, complete, quoted};
use loopswap_report::record::Placement;
use serde::Deserialize;
use serde::de::{Deserializer, Error as _};
use std::collections::BTreeMap;
use toml::Spanned;

/// An entry as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct CaseEntry {
    /// A named case: `redis/conns=64`, or `every` …
    case: Option<Spanned<String>>,
    /// Cases and workloads that `every` leaves out.
    #[serde(default)]
    except: Vec<Spanned<String>>,
    /// … or a workload with given parameters.
    workload: Option<Spanned<String>>,
    name: Option<Spanned<String>>,
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
    /// Where it begins in the text.
    #[serde(skip)]
    place: usize,
}

/// The entries of a suite, each with its place.
pub(super) fn entries<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<CaseEntry>, D::Error> {
    let found = Vec::<Spanned<CaseEntry>>::deserialize(deserializer)?;
    if found.is_empty() {
        return Err(D::Error::custom("a suite without cases measures nothing: add a [[case]]"));
    }
    Ok(found.into_iter().map(|entry| CaseEntry { place: entry.span().start, ..entry.into_inner() }).collect())
}

/// What a suite may name.
#[derive(Clone, Copy, Debug)]
pub struct Known<'a> {
    /// The runtimes by name.
    pub runtimes: &'a [String],
    /// Further ones, which are not among every runtime.
    pub guests: &'a [String],
    /// The workloads.
    pub workloads: &'a [WorkloadInfo],
    /// Their named cases.
    pub cases: &'a [Case],
}

impl Known<'_> {
    fn workload(&self, at: &Position<'_>, named: &Spanned<String>) -> Result<&WorkloadInfo, Failure> {
        let name = named.get_ref();
        self.workloads.iter().find(|info| info.name == *name).ok_or_else(|| {
            let names = self.workloads.iter().map(|info| info.name);
            at.error(named.span().start, &format!("unknown workload `{}`", quoted(name))).there_are(name, names)
        })
    }
}

impl CaseEntry {
    /// Its position in the text.
    pub(super) fn start(&self) -> usize {
        self.case.as_ref().or(self.workload.as_ref()).map_or(self.place, |named| named.span().start)
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
        let slice = self.slice.as_ref().map(|slice| at.time(Some(slice), "slice", SLICE)).transpose()?;
        let chosen = |case| SuiteCase { case, placement, slice, cpus: None, swept: None };
        if self.is_every() {
            return Ok(self.every(at, known)?.into_iter().map(chosen).collect());
        }
        if let Some(name) = self.except.first() {
            let what = format!("`except` names `{}`, but nothing to leave it out of", quoted(name.get_ref()));
            return Err(at.error(name.span().start, &what).help("`except` belongs to `case = \"every\"`"));
        }
        let chosen = chosen(self.one(at, known)?);
        let Self { params, sweep, cpus, .. } = self;
        Expansion { at, entry, params, sweep, cpus: cpus.as_ref() }.expand(&chosen)
    }

    fn is_every(&self) -> bool {
        self.case.as_ref().is_some_and(|case| case.get_ref() == EVERY)
    }

    fn every(&self, at: &Position<'_>, known: Known<'_>) -> Result<Vec<Case>, Failure> {
        if self.name.is_some() || !self.params.is_empty() || !self.sweep.is_empty() || self.cpus.is_some() {
            return Err(at
                .error(self.start(), "`case = \"every\"` stands for cases that have their names and parameters")
                .help("beside it stand `workload`, `except`, `placement` and `slice` only"));
        }
        let workload = self.workload.as_ref().map(|workload| known.workload(at, workload)).transpose()?;
        Every { workload, except: &self.except }.among(known.cases, at)
    }

    /// The one case that an entry names or makes, before its sweep.
    fn one(&self, at: &Position<'_>, known: Known<'_>) -> Result<Case, Failure> {
        if let (Some(_), None, Some(name)) = (&self.case, &self.workload, &self.name) {
            return Err(at
                .error(name.span().start, "`name` stands beside `case`, which names a case already")
                .help("leave it out, or give `workload`, `name` and `params`, for a case of your own"));
        }
        match (&self.case, &self.workload) {
            (Some(case), None) if self.params.is_empty() && self.sweep.is_empty() => {
                let name = case.get_ref();
                let found = known.cases.iter().find(|known| known.name == *name);
                found.cloned().ok_or_else(|| {
                    let names = known.cases.iter().map(|case| case.name.as_str());
                    at.error(case.span().start, &format!("unknown case `{}`", quoted(name))).there_are(name, names)
                })
            }
            (Some(case), _) => {
                let what = format!("`case = \"{}\"` names a case that has its parameters", quoted(case.get_ref()));
                Err(at
                    .error(case.span().start, &what)
                    .help("give `workload`, `name` and `params` instead, for a case of your own"))
            }
            (None, Some(workload)) => self.own_case(at, known, workload),
            (None, None) => Err(at
                .error(self.start(), "a [[case]] without `case` or `workload`")
                .help("give `case = \"workload/name\"`, or `workload` and `params`")),
        }
    }

    fn own_case(&self, at: &Position<'_>, known: Known<'_>, workload: &Spanned<String>) -> Result<Case, Failure> {
        let name = workload.get_ref();
        let info = known.workload(at, workload)?;
        let given: Params =
            self.params.iter().map(|(key, value)| (key.clone(), json(value.get_ref().clone()))).collect();
        let params = complete(info.params, &given).map_err(|(key, what)| {
            let start = self.params.get(&key).map_or(workload.span().start, |value| value.span().start);
            at.error(start, &format!("{name}: {what}"))
        })?;
        if let Some(own) = &self.name {
            at.nameable("name", own.get_ref(), own.span().start)?;
        }
        let of_params = || {
            let shown = self.params.keys().filter_map(|key| {
                let param = info.params.iter().find(|param| param.name == key)?;
                Some(format!("{key}={}", param.kind.show(&params[key])))
            });
            shown.collect::<Vec<_>>().join(",")
        };
        let own = self.name.as_ref().map_or_else(of_params, |name| name.get_ref().clone());
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

/// What to do about a case that is listed twice.
pub(super) fn told_apart(entries: &[CaseEntry]) -> &'static str {
    if entries.iter().any(CaseEntry::is_every) {
        "leave it out of `every` with `except`, or give one of them a `name` of its own, which goes with `workload` and \
         `params`"
    } else {
        "give one of them a `name` of its own, which goes with `workload` and `params`"
    }
}
