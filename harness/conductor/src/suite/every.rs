//! `every` in a suite: all runtimes of the program, and all named cases but those left out.

use super::{CaseEntry, Known, Position, known_runtime};
use crate::{Case, Failure};
use loopswap_protocol::quoted;
use serde::Deserialize;
use serde::de::{Deserializer, Error, SeqAccess, Unexpected, Visitor};
use std::fmt;
use toml::Spanned;

/// The word. No case has this name, since those of workloads contain a slash.
const EVERY: &str = "every";

/// `runtimes` of a suite: `"every"`, or names.
pub(super) enum Runtimes {
    Every,
    Named(Vec<Spanned<String>>),
}

impl Runtimes {
    /// Their names, in the order of the suite or, of `every`, in that of `known`.
    pub(super) fn names(&self, at: &Position<'_>, known: &[String]) -> Result<Vec<String>, Failure> {
        let Runtimes::Named(names) = self else { return Ok(known.to_vec()) };
        let checked = names.iter().map(|name| {
            known_runtime(name.get_ref(), known)
                .map_err(|failure| at.prefix(name.span().start, failure))
                .map(|()| name.get_ref().clone())
        });
        checked.collect()
    }
}

impl<'de> Deserialize<'de> for Runtimes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(RuntimesVisitor)
    }
}

/// Reads [`Runtimes`]: an untagged enum would lose the places in the file.
struct RuntimesVisitor;

impl<'de> Visitor<'de> for RuntimesVisitor {
    type Value = Runtimes;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of names, or \"every\"")
    }

    fn visit_str<E: Error>(self, word: &str) -> Result<Runtimes, E> {
        if word == EVERY { Ok(Runtimes::Every) } else { Err(E::invalid_value(Unexpected::Str(word), &self)) }
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Runtimes, A::Error> {
        let mut names = Vec::new();
        while let Some(name) = list.next_element()? {
            names.push(name);
        }
        Ok(Runtimes::Named(names))
    }
}

impl CaseEntry {
    pub(super) fn is_every(&self) -> bool {
        self.case.as_ref().is_some_and(|case| case.get_ref() == EVERY)
    }

    /// Every named case, or every one of a workload, but those left out; in the order in which lists show them.
    pub(super) fn every(&self, at: &Position<'_>, known: Known<'_>) -> Result<Vec<Case>, Failure> {
        if self.name.is_some() || !self.params.is_empty() || !self.sweep.is_empty() || self.cpus.is_some() {
            return Err(at
                .error(self.start(), "`case = \"every\"` stands for cases that have their names and parameters")
                .help("beside it stand `workload`, `except`, `placement` and `slice` only"));
        }
        let workload = self.workload.as_ref().map(|workload| known.workload(at, workload)).transpose()?;
        let among = |case: &&Case| workload.is_none_or(|workload| case.workload.name == workload.name);
        let mut cases: Vec<Case> = known.cases.iter().filter(among).cloned().collect();
        for left_out in &self.except {
            let name = left_out.get_ref();
            let rest = |case: &&Case| case.name != *name && case.workload.name != name;
            let rest: Vec<Case> = cases.iter().filter(rest).cloned().collect();
            if rest.len() == cases.len() {
                let what = format!("`except` names `{}`, which is not among the cases here", quoted(name));
                let names = cases.iter().map(|case| case.name.as_str());
                return Err(at.error(left_out.span().start, &what).there_are(name, names));
            }
            cases = rest;
        }
        Ok(cases)
    }
}

/// What to do about a case that is listed twice.
pub(super) fn told_apart(entries: &[CaseEntry]) -> &'static str {
    if entries.iter().any(CaseEntry::is_every) {
        "leave it out of `every` with `except`, or give one of them a `name` of its own"
    } else {
        "give one of them a `name` of its own"
    }
}

#[cfg(test)]
mod tests {
    use crate::{Known, Suite, named_cases};
    use loopswap_protocol::{Headline, Shape, WorkloadInfo};

    fn workload(name: &'static str) -> WorkloadInfo {
        WorkloadInfo {
            name,
            about: "",
            operation: "",
            granule: "",
            latency: "",
            params: &[],
            cases: "[one]\nwhy = \"\"\nread = \"\"\ntraps = \"\"\n[two]\nwhy = \"\"\nread = \"\"\ntraps = \"\"\n",
            peers: |_| Vec::new(),
            requests: |_| 0,
            shape: |_| Shape::new(1, 1),
            headline: |_| Headline::Time,
            parallel: |_| false,
        }
    }

    fn suite(runtimes: &str, entries: &str) -> Result<Suite, String> {
        let known_runtimes = ["tokio", "smol"].map(str::to_owned);
        let workloads = [workload("redis"), workload("cpu")];
        let cases = named_cases(&workloads).expect("good cases");
        let known = Known { runtimes: &known_runtimes, workloads: &workloads, cases: &cases };
        let text = format!("about = \"\"\nreference = \"tokio\"\nruntimes = {runtimes}\n{entries}");
        Suite::parse("mine", "mine.toml", &text, known).map_err(|failure| failure.to_string())
    }

    fn names(entries: &str) -> Vec<String> {
        let suite = suite("\"every\"", entries).expect("a good suite");
        suite.cases.into_iter().map(|chosen| chosen.case.name).collect()
    }

    #[track_caller]
    fn refused(runtimes: &str, entries: &str, says: &[&str]) {
        let message = suite(runtimes, entries).expect_err("it is refused");
        for part in says {
            assert!(message.contains(part), "`{part}` in: {message}");
        }
    }

    const EVERY: &str = "[[case]]\ncase = \"every\"\n";

    #[test]
    fn every_runtime_is_every_one_known_and_every_runner_of_the_suite() {
        let own = format!("[[runner]]\nname = \"own\"\ncommand = [\"own\"]\n{EVERY}");
        assert_eq!(suite("\"every\"", &own).expect("a good suite").runtimes, ["tokio", "smol", "own"]);
        assert_eq!(suite("[\"smol\"]", EVERY).expect("a good suite").runtimes, ["smol"]);
    }

    #[test]
    fn every_case_is_all_of_them_or_those_of_a_workload_but_those_left_out() {
        assert_eq!(names(EVERY), ["redis/one", "redis/two", "cpu/one", "cpu/two"]);
        assert_eq!(names(&format!("{EVERY}workload = \"cpu\"\n")), ["cpu/one", "cpu/two"]);
        assert_eq!(names(&format!("{EVERY}except = [\"redis\", \"cpu/one\"]\n")), ["cpu/two"]);
        let own = "[[case]]\ncase = \"redis/two\"\nslice = \"100ms\"\n";
        let all = names(&format!("{EVERY}except = [\"redis/two\"]\n{own}"));
        assert_eq!(all, ["redis/one", "cpu/one", "cpu/two", "redis/two"]);
    }

    #[test]
    fn what_cannot_be_meant_is_refused_with_its_place() {
        refused("\"all\"", EVERY, &["mine.toml:3:12", "a list of names, or \"every\""]);
        refused("[\"tokyo\"]", EVERY, &["mine.toml:3:13", "did you mean `tokio`?"]);
        let one = "[\"tokio\"]";
        refused(one, &format!("{EVERY}except = [\"cpu/three\"]"), &["mine.toml:6:11", "`cpu/three`", "cpu/two"]);
        refused(one, &format!("{EVERY}except = [\"cpu\", \"cpu/one\"]"), &["mine.toml:6:18", "not among the cases"]);
        refused(one, &format!("{EVERY}workload = \"cpu\"\nexcept = [\"redis\"]"), &["not among the cases"]);
        refused(one, &format!("{EVERY}workload = \"spu\""), &["mine.toml:6:12: unknown workload `spu`"]);
        refused(one, &format!("{EVERY}cpus = [1, 2]"), &["mine.toml:5:8", "`workload`, `except`"]);
        refused(one, "[[case]]\ncase = \"cpu/one\"\nexcept = [\"cpu/two\"]", &["belongs to `case = \"every\"`"]);
        refused(one, &format!("{EVERY}[[case]]\ncase = \"cpu/one\""), &["listed twice", "with `except`"]);
    }
}
