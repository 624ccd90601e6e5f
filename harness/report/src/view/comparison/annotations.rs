//! What a gate found, as workflow commands of GitHub Actions.

use super::words;
use crate::comparison::{FailOn, Finding, Gate};
use crate::words::clean;
use std::fmt::Write as _;

/// Rows that one line names; of the others only the number.
const NAMES_MAX: usize = 10;

/// One line for every regression, failure, changed count, improvement and accepted change, and one for
/// each other kind of finding.
///
/// The form is `::error title=…::message`; `%`, carriage return and line feed are escaped everywhere, `:`
/// and `,` in properties as well (the toolkit's `escapeData` and `escapeProperty`).
#[must_use]
pub fn github(gate: &Gate) -> String {
    let mut lines = String::new();
    let level = |on: FailOn, otherwise: &'static str| if gate.fail_on.contains(&on) { "error" } else { otherwise };
    let kinds = [
        (level(FailOn::Error, "warning"), "failed", &gate.errors),
        (level(FailOn::Regression, "warning"), "slower", &gate.regressions),
        (level(FailOn::Counters, "warning"), "counters changed", &gate.counters),
        ("notice", "faster", &gate.improvements),
        ("notice", "acknowledged", &gate.acknowledged),
        ("notice", "CPU time changed", &gate.notes),
    ];
    for (level, what, findings) in kinds {
        for Finding { case, runtime, sentence, .. } in findings {
            line(&mut lines, level, &format!("loopswap: {case} on {runtime} {what}"), sentence);
        }
    }
    let listed = |findings: &[Finding]| {
        let mut names: Vec<String> =
            findings.iter().take(NAMES_MAX).map(|found| format!("{} on {}", found.case, found.runtime)).collect();
        if findings.len() > NAMES_MAX {
            names.push(format!("and {} more", findings.len() - NAMES_MAX));
        }
        names.join(", ")
    };
    for (level, what, findings) in [
        (level(FailOn::Untrusted, "warning"), "not trustworthy", &gate.untrusted),
        (level(FailOn::Inconclusive, "notice"), "inconclusive", &gate.inconclusive),
    ] {
        if !findings.is_empty() {
            line(&mut lines, level, &format!("loopswap: {} {what}", findings.len()), &listed(findings));
        }
    }
    if !gate.missing.is_empty() {
        let said: Vec<String> = gate.missing.iter().map(words::missing).collect();
        let title = format!("loopswap: {} missing on one side", gate.missing.len());
        line(&mut lines, level(FailOn::Missing, "warning"), &title, &said.join("; "));
    }
    for claim in &gate.claims {
        line(&mut lines, level(FailOn::Claims, "warning"), "loopswap: a claim does not hold", &claim.sentence);
    }
    for warning in &gate.warnings {
        line(&mut lines, "warning", "loopswap: acknowledged changes", warning);
    }
    lines
}

/// Text for a log that a workflow writes, with nothing in it that the runner would take for a command: it looks
/// for `::` where a line begins, whatever blanks are before it, and for `##[` anywhere.
#[must_use]
pub fn inert(text: &str) -> String {
    let line = |line: &str| {
        let said = line.trim_start();
        let blanks = &line[..line.len() - said.len()];
        let said = said.strip_prefix("::").map_or_else(|| said.to_owned(), |rest| format!(": :{rest}"));
        format!("{blanks}{}", said.replace("##[", "## ["))
    };
    text.split('\n').map(line).collect::<Vec<_>>().join("\n")
}

/// The same of JSON, which keeps its values.
#[must_use]
pub fn inert_json(json: &str) -> String {
    json.replace("##[", "##\\u005b")
}

fn line(lines: &mut String, level: &str, title: &str, message: &str) {
    let title = data(&clean(title)).replace(':', "%3A").replace(',', "%2C");
    let _ = writeln!(lines, "::{level} title={title}::{}", data(message));
}

fn data(text: &str) -> String {
    inert(text).replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

#[cfg(test)]
mod tests {
    use super::{inert, inert_json, line};

    #[test]
    fn nothing_of_a_text_is_a_command() {
        let text = "redis/conns=1  ::notice::\n::stop-commands::x\n  ::add-mask::y\n\u{a0}::z ##[group]\n###[a]";
        let said = "redis/conns=1  ::notice::\n: :stop-commands::x\n  : :add-mask::y\n\u{a0}: :z ## [group]\n### [a]";
        assert_eq!(inert(text), said);
        assert_eq!(inert(":::a"), ": ::a");
        let json = serde_json::json!({"reason": "##[error]", "rows": [1]});
        let written = inert_json(&json.to_string());
        assert!(!written.contains("##["));
        assert_eq!(serde_json::from_str::<serde_json::Value>(&written).expect("JSON"), json);
    }

    #[test]
    fn nothing_of_a_message_ends_the_command() {
        let mut lines = String::new();
        line(&mut lines, "error", "redis/conns=64,size=1: 5 %", "12 % slower,\r\nsee: ::notice::\n::debug::x");
        let expected =
            "::error title=redis/conns=64%2Csize=1%3A 5 %25::12 %25 slower,%0D%0Asee: ::notice::%0A: :debug::x\n";
        assert_eq!(lines, expected);
    }
}
