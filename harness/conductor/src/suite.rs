//! A suite: a TOML file that names cases, runtimes, placement, budget and claims.

mod case;
mod claims;
mod entry;
mod every;
mod position;
mod runners;
mod runtimes;
mod sweep;

pub(crate) use self::case::CPUS;
pub use self::case::{SuiteCase, Swept, SweptValue};
use self::claims::{CaseNames, ClaimEntry};
pub use self::entry::Known;
use self::entry::{CaseEntry, entries, told_apart};
use self::position::{Position, SLICE};
use self::runners::{RunnerEntry, runners};
use self::runtimes::Runtimes;
pub use self::runtimes::known_runtime;
use crate::failure::Failure;
use loopswap_protocol::{quoted, sentence};
use loopswap_report::record::{Claim, OwnRunner, Placement, ROUNDS_MAX, ROWS_MAX};
use serde::Deserialize;
use std::collections::HashMap;
use std::time::Duration;
use toml::Spanned;

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
    /// The most rounds in a generation; without it as many as the budget has room for.
    pub rounds: Option<u32>,
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
    rounds: Option<Spanned<u32>>,
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
    runner: Vec<RunnerEntry>,
    #[serde(deserialize_with = "entries")]
    case: Vec<CaseEntry>,
    #[serde(default)]
    claim: Vec<ClaimEntry>,
}

impl SuiteFile {
    /// The cases of all entries; no two of them can be mistaken for each other.
    fn cases(&self, at: &Position<'_>, known: Known<'_>) -> Result<Vec<SuiteCase>, Failure> {
        let mut cases: Vec<SuiteCase> = Vec::new();
        // Where the cases of a name are in the list: one for each placement at most.
        let mut named: HashMap<String, Vec<usize>> = HashMap::new();
        for (index, entry) in self.case.iter().enumerate() {
            for chosen in entry.read(at, known, self.placement, index)? {
                let namesakes = named.entry(chosen.case.name.clone()).or_default();
                if let Some(what) = namesakes.iter().find_map(|other| chosen.mistaken_for(&cases[*other])) {
                    return Err(at.error(entry.start(), &what).help(told_apart(&self.case)));
                }
                if cases.len() == ROWS_MAX {
                    let what = format!("with this entry the suite comes to more than {ROWS_MAX} cases");
                    return Err(at.error(entry.start(), &what).help("make two suites of it"));
                }
                namesakes.push(cases.len());
                cases.push(chosen);
            }
        }
        Ok(cases)
    }
}

fn ten() -> Spanned<u32> {
    Spanned::new(0..0, 10)
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
        let runners = runners(&at, &file.runner, known.runtimes)?;
        let every: Vec<String> =
            known.runtimes.iter().cloned().chain(runners.iter().map(|runner| runner.name.clone())).collect();
        let all: Vec<String> = every.iter().chain(known.guests).cloned().collect();
        let runtimes = file.runtimes.names(&at, &every, &all)?;
        let reference = file.reference.get_ref().clone();
        known_runtime(&reference, &all).map_err(|failure| at.prefix(file.reference.span().start, failure))?;
        let generations = at.number(&file.generations, "generations", 1..=1000, "10")?;
        let most_rounds =
            file.rounds.as_ref().map(|most| at.number(most, "rounds", 1..=ROUNDS_MAX, "what the budget allows"));
        let cases = file.cases(&at, known)?;
        let mut names: Vec<&str> = runtimes.iter().map(String::as_str).collect();
        if !names.contains(&reference.as_str()) {
            names.push(&reference);
        }
        let of_cases = CaseNames::of(&cases);
        let claims = file.claim.iter().map(|entry| entry.read(&at, &of_cases, &names)).collect::<Result<_, _>>()?;
        Ok(Suite {
            name: name.to_owned(),
            about: file.about,
            reference,
            runtimes,
            generations,
            rounds: most_rounds.transpose()?,
            slice: at.time(file.slice.as_ref(), "slice", SLICE)?,
            limit: at.time(file.limit.as_ref(), "limit", Duration::from_secs(2))?,
            budget: at.time(file.budget.as_ref(), "budget", Duration::from_secs(90))?,
            smt: file.smt,
            runners,
            cases,
            claims,
        })
    }
}
