//! `sweep` and `cpus` of a `[[case]]`: one case for each value, or for each combination of values.

use super::case::{SuiteCase, SweptValue};
use super::position::Position;
use crate::case::json;
use crate::failure::Failure;
use loopswap_protocol::{Kind, Param, quoted};
use std::collections::BTreeMap;
use toml::Spanned;

/// Cases that one entry of a suite may become.
const CASES_MAX: usize = 64;
/// Most CPUs that may be asked for.
const CPUS_MAX: u64 = 4096;

/// `sweep = { conns = [1, 64] }` as it is written.
pub(super) type Sweep = BTreeMap<String, Spanned<Vec<Spanned<toml::Value>>>>;

/// What an entry of a suite says of its sweep.
pub(super) struct Expansion<'a> {
    pub(super) at: &'a Position<'a>,
    /// Index of the entry.
    pub(super) entry: usize,
    /// The parameters that it sets itself.
    pub(super) params: &'a BTreeMap<String, Spanned<toml::Value>>,
    pub(super) sweep: &'a Sweep,
    pub(super) cpus: Option<&'a Spanned<Vec<Spanned<u64>>>>,
}

impl Expansion<'_> {
    /// The case as it is, or those of its sweep.
    pub(super) fn expand(&self, chosen: &SuiteCase) -> Result<Vec<SuiteCase>, Failure> {
        let (at, entry) = (self.at, self.entry);
        let mut parameters: Vec<_> = self.sweep.iter().collect();
        // In the order of the file: a table sorts them by name.
        parameters.sort_by_key(|(_, values)| values.span().start);
        let mut cases = vec![chosen.clone()];
        for (name, values) in parameters {
            let swept = self.values(chosen, name, values)?;
            cases = cases
                .iter()
                .flat_map(|case| {
                    swept.iter().map(move |value| {
                        let mut case = case.with(entry, value.clone());
                        case.case.params.insert(name.clone(), value.value.clone());
                        case
                    })
                })
                .collect();
            many(at, values.span().start, cases.len())?;
        }
        if let Some(counts) = self.cpus {
            many(at, counts.span().start, counts.get_ref().len())?;
            let numbers = cpu_counts(at, counts)?;
            cases = cases.iter().flat_map(|case| case.on_cpus(entry, &numbers)).collect();
            many(at, counts.span().start, cases.len())?;
        }
        Ok(cases)
    }

    /// The values of one parameter, checked.
    fn values(
        &self,
        chosen: &SuiteCase,
        name: &str,
        values: &Spanned<Vec<Spanned<toml::Value>>>,
    ) -> Result<Vec<SweptValue>, Failure> {
        let (at, workload) = (self.at, chosen.case.workload);
        let start = values.span().start;
        let Some(param) = workload.params.iter().find(|param| param.name == name) else {
            let names = workload.params.iter().map(|param| param.name);
            let what = format!("{}: there is no parameter `{}` to sweep", workload.name, quoted(name));
            return Err(at.error(start, &what).there_are(name, names));
        };
        if let Some(given) = self.params.get(name) {
            let what = format!("`{name}` is swept, and `params` sets it too");
            return Err(at.error(given.span().start, &what).help("take it out of one of them"));
        }
        many(at, start, values.get_ref().len())?;
        if values.get_ref().len() < 2 {
            let what = format!("a sweep of `{name}` has fewer than two values");
            return Err(at.error(start, &what).help("give one value in `params`"));
        }
        let mut swept: Vec<SweptValue> = Vec::new();
        for value in values.get_ref() {
            let found = plain(workload.name, param, value).map_err(|what| at.error(value.span().start, &what))?;
            if swept.iter().any(|other| other.value == found.value) {
                return Err(alike(at, value.span().start, &quoted(&found.named())));
            }
            swept.push(found);
        }
        Ok(swept)
    }
}

/// One value of a sweep.
fn plain(workload: &str, param: &Param, value: &Spanned<toml::Value>) -> Result<SweptValue, String> {
    let given = json(value.get_ref().clone());
    let Param { name, kind, .. } = param;
    let accepted = kind
        .accept(&given)
        .map_err(|takes| format!("{workload}: `{name} = {}`: {takes}", quoted(&given.to_string())))?;
    if matches!(kind, Kind::PerCpu { .. }) && !accepted.is_u64() {
        let given = quoted(&given.to_string());
        return Err(format!("{workload}: `{name} = {given}` is not a number that a sweep can be ordered by"));
    }
    let shown = match (value.get_ref(), kind) {
        // As it is written: sizes are rounded where they are shown, and two values must not get one name.
        (toml::Value::String(text), _) => text.split_whitespace().collect(),
        (_, Kind::Bytes { .. }) => accepted.to_string(),
        _ => kind.show(&accepted).replace(' ', ""),
    };
    Ok(SweptValue { parameter: (*name).to_owned(), value: accepted, shown })
}

fn cpu_counts(at: &Position<'_>, counts: &Spanned<Vec<Spanned<u64>>>) -> Result<Vec<usize>, Failure> {
    if counts.get_ref().is_empty() {
        return Err(at.error(counts.span().start, "`cpus` has no values").help("takes numbers such as [1, 2]"));
    }
    let mut numbers: Vec<usize> = Vec::new();
    for count in counts.get_ref() {
        let given = *count.get_ref();
        let number = usize::try_from(given).ok().filter(|_| (1..=CPUS_MAX).contains(&given)).ok_or_else(|| {
            at.error(count.span().start, &format!("`cpus = {given}`: takes whole numbers from 1 to {CPUS_MAX}"))
        })?;
        if numbers.contains(&number) {
            return Err(alike(at, count.span().start, &format!("cpus={number}")));
        }
        numbers.push(number);
    }
    Ok(numbers)
}

fn alike(at: &Position<'_>, start: usize, value: &str) -> Failure {
    at.error(start, &format!("a sweep has the value `{value}` twice"))
}

fn many(at: &Position<'_>, start: usize, cases: usize) -> Result<(), Failure> {
    if cases <= CASES_MAX {
        return Ok(());
    }
    let what = format!("the sweep makes {cases} cases of one");
    Err(at.error(start, &what).help(format!("takes up to {CASES_MAX}: leave values out, or make it two entries")))
}
