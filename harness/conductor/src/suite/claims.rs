//! `[[claim]]`: what a suite expects of its own report.

use super::case::SuiteCase;
use super::position::Position;
use crate::failure::Failure;
use loopswap_protocol::{listed, quoted};
use loopswap_report::claim::{Check, CheckError, Places, parse};
use loopswap_report::record::Claim;
use serde::Deserialize;
use std::collections::HashMap;
use toml::Spanned;

/// An entry as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct ClaimEntry {
    /// What it says, in words.
    says: String,
    /// How it is checked.
    check: Spanned<String>,
}

impl ClaimEntry {
    /// The claim, its cases under their whole names.
    pub(super) fn read(&self, at: &Position<'_>, cases: &CaseNames<'_>, runtimes: &[&str]) -> Result<Claim, Failure> {
        let (Check { figure, comparison, bound }, places) =
            parse(self.check.get_ref()).map_err(|error| self.refuse(at, &error))?;
        let Places { cases: of, runtimes: whose } = places;
        for (runtime, place) in &whose {
            if !runtimes.contains(&runtime.as_str()) {
                let what = format!("no runtime `{}` in this suite", quoted(runtime));
                return Err(at.error(self.place(at, *place), &what).there_are(runtime, runtimes.iter().copied()));
            }
        }
        for (case, place) in &of {
            cases.whole(case).map_err(|failure| at.prefix(self.place(at, *place), failure))?;
        }
        let figure = figure.rename_cases(|case| cases.whole(&case).unwrap_or(case));
        Ok(Claim { says: self.says.clone(), check: Check { figure, comparison, bound }.to_string() })
    }

    fn refuse(&self, at: &Position<'_>, error: &CheckError) -> Failure {
        let failure = at.error(self.place(at, error.at), &error.what);
        match &error.unknown {
            Some((word, names)) => failure.there_are(word, names.iter().copied()),
            None => failure,
        }
    }

    /// The position in the file of a place in the check. A check with escapes in it is only found as a whole.
    fn place(&self, at: &Position<'_>, place: usize) -> usize {
        let span = self.check.span();
        let written = at.text.get(span.clone()).unwrap_or_default();
        written.find(self.check.get_ref().as_str()).map_or(span.start, |begin| span.start + begin + place)
    }
}

/// The names of a suite's cases.
pub(super) struct CaseNames<'a> {
    all: &'a [SuiteCase],
    /// Every name, as often as it stands.
    named: HashMap<&'a str, Vec<&'a str>>,
    /// The names by workload.
    of_workload: HashMap<&'a str, Vec<&'a str>>,
}

impl<'a> CaseNames<'a> {
    pub(super) fn of(cases: &'a [SuiteCase]) -> CaseNames<'a> {
        let mut names = CaseNames { all: cases, named: HashMap::new(), of_workload: HashMap::new() };
        for SuiteCase { case, .. } in cases {
            let name = case.name.as_str();
            names.named.entry(name).or_default().push(name);
            names.of_workload.entry(case.workload.name).or_default().push(name);
        }
        names
    }

    /// The whole name of a case, which may be given by its workload if that has only one case.
    fn whole(&self, case: &str) -> Result<String, Failure> {
        let found = self.named.get(case).or_else(|| self.of_workload.get(case)).map_or(&[][..], Vec::as_slice);
        match found {
            [one] => Ok((*one).to_owned()),
            [] => {
                let names = self.all.iter().map(|chosen| chosen.case.name.as_str());
                Err(Failure::usage(format!("no case `{}` in this suite", quoted(case))).there_are(case, names))
            }
            several => Err(Failure::usage(format!("`{}` can be any of {} cases", quoted(case), several.len()))
                .help(format!("there are: {}", listed(several.iter().copied())))
                .help("a claim names one; a case that stands twice gets a name of its own with `workload` and `name`")),
        }
    }
}
