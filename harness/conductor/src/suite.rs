//! A suite: a TOML file that names cases, runtimes, placement, budget and claims.

mod claims;
mod every;
mod sweep;

use self::claims::ClaimEntry;
use self::every::Runtimes;
pub(crate) use self::sweep::CPUS;
use self::sweep::Sweep;
pub use self::sweep::{Swept, SweptValue};
use crate::case::json;
use crate::{Case, Failure};
use loopswap_protocol::{Params, QUOTED_MAX, WorkloadInfo, complete, quoted, sentence};
use loopswap_report::record::{Claim, OwnRunner, Placement};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::time::Duration;
use toml::Spanned;

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
    fn mistaken_for(&self, other: &SuiteCase) -> Option<String> {
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
}

/// A suite, checked against what is known.
#[derive(Clone, Debug)]
pub struct Suite {
    /// Its name: the file's, without its extension.
    pub name: String,
    /// One sentence.
    pub about: String,
    /// The runtime that the others are divided by.
    pub reference: String,
    /// Names of the runtimes, in order.
    pub runtimes: Vec<String>,
    /// Generations of every row.
    pub generations: u32,
    /// Length aimed at for a slice.
    pub slice: Duration,
    /// Time limit of a slice.
    pub limit: Duration,
    /// Time for the whole run.
    pub budget: Duration,
    /// Whether all threads of a core are measured on, not one.
    pub smt: bool,
    /// The suite's own runners: foreign programs that speak the protocol.
    pub runners: Vec<OwnRunner>,
    /// The cases.
    pub cases: Vec<SuiteCase>,
    /// What it claims of them.
    pub claims: Vec<Claim>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct SuiteFile {
    about: String,
    reference: Spanned<String>,
    runtimes: Runtimes,
    #[serde(default = "ten")]
    generations: Spanned<u32>,
    #[serde(default)]
    slice: Option<Spanned<String>>,
    #[serde(default)]
    limit: Option<Spanned<String>>,
    #[serde(default)]
    budget: Option<Spanned<String>>,
    #[serde(default)]
    placement: Placement,
    #[serde(default)]
    smt: bool,
    #[serde(default)]
    runner: Vec<OwnRunner>,
    case: Vec<CaseEntry>,
    #[serde(default)]
    claim: Vec<ClaimEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct CaseEntry {
    /// A named case: `redis/conns=64`, or `every` …
    case: Option<Spanned<String>>,
    /// Cases and workloads that `every` leaves out.
    #[serde(default)]
    except: Vec<Spanned<String>>,
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

fn ten() -> Spanned<u32> {
    Spanned::new(0..0, 10)
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

impl Known<'_> {
    fn workload(&self, at: &Position<'_>, named: &Spanned<String>) -> Result<&WorkloadInfo, Failure> {
        let name = named.get_ref();
        self.workloads.iter().find(|info| info.name == *name).ok_or_else(|| {
            let names = self.workloads.iter().map(|info| info.name);
            at.error(named.span().start, &format!("unknown workload `{}`", quoted(name))).there_are(name, names)
        })
    }
}

impl Suite {
    /// Reads a suite from the text of the file `path` (used in messages only).
    ///
    /// # Errors
    /// With file, line and column, what is wrong and what is known instead.
    pub fn parse(name: &str, path: &str, text: &str, known: Known<'_>) -> Result<Suite, Failure> {
        let at = Position { path, text };
        let file: SuiteFile = toml::from_str(text).map_err(|error| {
            let place = error.span().map_or_else(|| quoted(path), |span| at.name(span.start));
            Failure::usage(format!("{place}: {}", sentence(error.message().trim_end())))
        })?;
        let runners = file.runner.clone();
        runners.iter().try_for_each(|runner| at.nameable("runner", &runner.name, 0))?;
        let all: Vec<String> =
            known.runtimes.iter().cloned().chain(runners.iter().map(|runner| runner.name.clone())).collect();
        let runtimes = file.runtimes.names(&at, &all)?;
        let reference = file.reference.get_ref().clone();
        known_runtime(&reference, &all).map_err(|failure| at.prefix(file.reference.span().start, failure))?;
        let generations = *file.generations.get_ref();
        if !(1..=1000).contains(&generations) {
            let what = format!("`generations = {generations}` is out of bounds");
            return Err(at.error(file.generations.span().start, &what).help("takes 1 to 1000 (default 10)"));
        }
        let mut cases: Vec<SuiteCase> = Vec::new();
        for (index, entry) in file.case.iter().enumerate() {
            for chosen in entry.read(&at, known, file.placement, index)? {
                if let Some(what) = cases.iter().find_map(|other| chosen.mistaken_for(other)) {
                    return Err(at.error(entry.start(), &what).help(every::told_apart(&file.case)));
                }
                cases.push(chosen);
            }
        }
        let mut names: Vec<&str> = runtimes.iter().map(String::as_str).collect();
        if !names.contains(&reference.as_str()) {
            names.push(&reference);
        }
        let claims = file.claim.iter().map(|entry| entry.read(&at, &cases, &names)).collect::<Result<_, _>>()?;
        Ok(Suite {
            name: name.to_owned(),
            about: file.about,
            reference,
            runtimes,
            generations,
            slice: at.time(file.slice.as_ref(), "slice", Duration::from_millis(10))?,
            limit: at.time(file.limit.as_ref(), "limit", Duration::from_secs(2))?,
            budget: at.time(file.budget.as_ref(), "budget", Duration::from_secs(90))?,
            smt: file.smt,
            runners,
            cases,
            claims,
        })
    }
}

/// Reports that a runtime is unknown, and which ones are known.
///
/// # Errors
/// When `name` is not among `runtimes`.
pub fn known_runtime(name: &str, runtimes: &[String]) -> Result<(), Failure> {
    if runtimes.iter().any(|known| known == name) {
        return Ok(());
    }
    let names = runtimes.iter().map(String::as_str);
    Err(Failure::usage(format!("unknown runtime `{}`", quoted(name))).there_are(name, names))
}

impl CaseEntry {
    /// Its position in the text.
    fn start(&self) -> usize {
        self.case.as_ref().or(self.workload.as_ref()).map_or(0, |named| named.span().start)
    }

    /// The cases of an entry: one, or those of its sweep.
    fn read(
        &self,
        at: &Position<'_>,
        known: Known<'_>,
        placement: Placement,
        entry: usize,
    ) -> Result<Vec<SuiteCase>, Failure> {
        let placement = self.placement.unwrap_or(placement);
        let slice = self.slice.as_ref().map(|slice| at.time(Some(slice), "slice", Duration::ZERO)).transpose()?;
        let chosen = |case| SuiteCase { case, placement, slice, cpus: None, swept: None };
        if self.is_every() {
            return Ok(self.every(at, known)?.into_iter().map(chosen).collect());
        }
        if let Some(name) = self.except.first() {
            let what = format!("`except` names `{}`, but nothing to leave it out of", quoted(name.get_ref()));
            return Err(at.error(name.span().start, &what).help("`except` belongs to `case = \"every\"`"));
        }
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
        self.expand(at, &chosen(case), entry)
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

/// Converts byte offsets of a text into positions.
struct Position<'a> {
    path: &'a str,
    text: &'a str,
}

impl Position<'_> {
    /// `path:line:column` of a byte offset, both counted from 1.
    fn name(&self, offset: usize) -> String {
        let before = self.text.get(..offset).unwrap_or(self.text);
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or("").chars().count() + 1;
        format!("{}:{line}:{column}", quoted(self.path))
    }

    fn error(&self, offset: usize, what: &str) -> Failure {
        Failure::usage(format!("{}: {what}", self.name(offset)))
    }

    /// Refuses a name that could not be shown as it is.
    fn nameable(&self, field: &str, name: &str, offset: usize) -> Result<(), Failure> {
        if !name.trim().is_empty() && quoted(name) == name {
            return Ok(());
        }
        let what = format!("`{field} = \"{}\"` is not a name that can be shown", quoted(name));
        Err(self.error(offset, &what).help(format!("takes 1 to {QUOTED_MAX} printable characters")))
    }

    fn prefix(&self, offset: usize, mut failure: Failure) -> Failure {
        failure.what = format!("{}: {}", self.name(offset), failure.what);
        failure
    }

    fn time(&self, given: Option<&Spanned<String>>, name: &str, default: Duration) -> Result<Duration, Failure> {
        let Some(given) = given else { return Ok(default) };
        match humantime::parse_duration(given.get_ref()) {
            Ok(time) if time >= Duration::from_millis(1) && time <= Duration::from_secs(86_400) => Ok(time),
            _ => Err(self
                .error(
                    given.span().start,
                    &format!("`{name} = \"{}\"` is not a time that can be used", quoted(given.get_ref())),
                )
                .help(format!("takes \"1ms\" to \"1day\", such as \"{}\"", humantime::format_duration(default)))),
        }
    }
}
