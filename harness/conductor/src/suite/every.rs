//! `case = "every"` of a suite: all named cases, or all of a workload, but those left out.

use super::position::Position;
use crate::case::Case;
use crate::failure::Failure;
use loopswap_protocol::{WorkloadInfo, quoted};
use toml::Spanned;

/// Which cases `every` stands for.
pub(super) struct Every<'a> {
    /// The workload whose cases these are; without it, those of every workload.
    pub(super) workload: Option<&'a WorkloadInfo>,
    /// Cases and workloads that are left out.
    pub(super) except: &'a [Spanned<String>],
}

impl Every<'_> {
    /// The cases, in the order in which lists show them.
    pub(super) fn among(&self, cases: &[Case], at: &Position<'_>) -> Result<Vec<Case>, Failure> {
        let meant = |case: &&Case| self.workload.is_none_or(|workload| case.workload.name == workload.name);
        let mut cases: Vec<Case> = cases.iter().filter(meant).cloned().collect();
        for left_out in self.except {
            let name = left_out.get_ref();
            let rest = |case: &&Case| case.name != *name && case.workload.name != name;
            let rest: Vec<Case> = cases.iter().filter(rest).cloned().collect();
            if rest.len() == cases.len() {
                let what = format!("`except` names `{}`, which is not among the cases here", quoted(name));
                let names = cases.iter().map(|case| case.name.as_str());
                return Err(at.error(left_out.span().start, &what).there_are(name, names));
            }
            if rest.is_empty() {
                let what = format!("without `{}` no case is left of `every`", quoted(name));
                return Err(at.error(left_out.span().start, &what).help("take names out of `except`"));
            }
            cases = rest;
        }
        Ok(cases)
    }
}

#[cfg(test)]
pub(super) mod tests {
    use crate::{Known, Suite, named_cases};
    use loopswap_protocol::{Headline, Shape, WorkloadInfo};

    /// A workload with two cases and nothing else.
    pub(in crate::suite) fn workload(name: &'static str) -> WorkloadInfo {
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
        let known = Known { runtimes: &known_runtimes, guests: &[], workloads: &workloads, cases: &cases };
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
        refused(one, &format!("{EVERY}except = [\"cpu\", \"redis\"]"), &["mine.toml:6:18", "no case is left"]);
        refused(one, "case = []", &["mine.toml:4:", "a suite without cases measures nothing"]);
        refused(one, &format!("{EVERY}[[case]]\nslice = \"1ms\""), &["mine.toml:6:1: a [[case]] without `case`"]);
        let named = "[[case]]\ncase = \"cpu/one\"\nname = \"mine\"";
        refused(one, named, &["mine.toml:6:8: `name` stands beside `case`", "`workload`, `name` and `params`"]);
        let twice = "[[case]]\ncase = \"cpu/one\"\n[[case]]\ncase = \"cpu/one\"";
        refused(one, twice, &["listed twice", "which goes with `workload`"]);
        refused(one, "[[case]]\ncase = \"cpu/one\"\nslice = \"0s\"", &["mine.toml:6:9", "such as \"10ms\""]);
        refused(one, &format!("{EVERY}workload = \"spu\""), &["mine.toml:6:12: unknown workload `spu`"]);
        refused(one, &format!("{EVERY}cpus = [1, 2]"), &["mine.toml:5:8", "`workload`, `except`"]);
        refused(one, "[[case]]\ncase = \"cpu/one\"\nexcept = [\"cpu/two\"]", &["belongs to `case = \"every\"`"]);
        refused(one, &format!("{EVERY}[[case]]\ncase = \"cpu/one\""), &["listed twice", "with `except`"]);
    }
}
