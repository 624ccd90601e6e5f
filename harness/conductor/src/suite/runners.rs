//! `[[runner]]`: a suite's own runtimes.

use super::position::Position;
use crate::failure::Failure;
use loopswap_protocol::quoted;
use loopswap_report::record::OwnRunner;
use serde::Deserialize;
use std::collections::HashSet;
use toml::Spanned;

/// An entry as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RunnerEntry {
    /// The name of its runtime in this suite.
    name: Spanned<String>,
    /// Program and arguments.
    command: Spanned<Vec<String>>,
}

/// The runners of a suite, each under a name that neither another one has nor a runtime of the program.
pub(super) fn runners(
    at: &Position<'_>,
    entries: &[RunnerEntry],
    built_in: &[String],
) -> Result<Vec<OwnRunner>, Failure> {
    let mut runners: Vec<OwnRunner> = Vec::new();
    let mut names: HashSet<&str> = HashSet::new();
    for RunnerEntry { name: written, command } in entries {
        let (name, start) = (written.get_ref(), written.span().start);
        at.nameable("name", name, start)?;
        let shown = quoted(name);
        let taken = if built_in.contains(name) {
            Some(format!("`{shown}` is the name of a runtime of loopswap"))
        } else if !names.insert(name) {
            Some(format!("another runner is called `{shown}` too"))
        } else {
            None
        };
        if let Some(what) = taken {
            return Err(at
                .error(start, &what)
                .help("give the runner a name of its own, such as `mine`, and that name in `runtimes`"));
        }
        if command.get_ref().first().is_none_or(String::is_empty) {
            return Err(at
                .error(command.span().start, &format!("`command` of runner `{shown}` names no program"))
                .help("takes a list of program and arguments, such as [\"python3\", \"mine.py\"]"));
        }
        runners.push(OwnRunner { name: name.clone(), command: command.get_ref().clone() });
    }
    Ok(runners)
}

#[cfg(test)]
mod tests {
    use crate::suite::every::tests::workload;
    use crate::{Known, Suite};

    fn suite(runners: &str) -> Result<Suite, String> {
        let runtimes = ["tokio", "smol"].map(str::to_owned);
        let known = Known { runtimes: &runtimes, guests: &[], workloads: &[workload("redis")], cases: &[] };
        let text = format!(
            "about = \"\"\nreference = \"tokio\"\nruntimes = \"every\"\ncase = [{{ workload = \"redis\" }}]\n{runners}"
        );
        Suite::parse("mine", "mine.toml", &text, known).map_err(|failure| failure.to_string())
    }

    const ONE: &str = "[[runner]]\nname = \"one\"\ncommand = [\"one\", \"\"]\n";

    #[test]
    fn a_runner_has_a_name_of_its_own_and_a_program() {
        let good = suite(ONE).expect("a good suite");
        assert_eq!((good.runners[0].name.as_str(), good.runners[0].command.len()), ("one", 2));
        for (runners, place, what) in [
            (
                ONE.replace("\"one\"\nc", "\"smol\"\nc"),
                "mine.toml:6:8: ",
                "`smol` is the name of a runtime of loopswap",
            ),
            (ONE.repeat(2), "mine.toml:9:8: ", "another runner is called `one` too"),
            (ONE.replace("\"one\"\nc", "\" \"\nc"), "mine.toml:6:8: ", "`name = \" \"` is not a name"),
            (ONE.replace("[\"one\", \"\"]", "[]"), "mine.toml:7:11: ", "runner `one` names no program"),
            (ONE.replace("[\"one\", \"\"]", "[\"\", \"one\"]"), "mine.toml:7:11: ", "names no program"),
        ] {
            let message = suite(&runners).expect_err("it is refused");
            assert!(message.contains(place) && message.contains(what), "{message}");
        }
        let (other, twice) = (ONE.replace("\"one\"\nc", "\"smol\"\nc"), ONE.repeat(2));
        for runners in [other, twice] {
            let message = suite(&runners).expect_err("it is refused");
            assert!(message.contains("a name of its own"), "the way out: {message}");
        }
    }
}
