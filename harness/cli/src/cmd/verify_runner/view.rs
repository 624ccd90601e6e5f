//! A verification as text: a line for each check, then what was wrong, then the counts.

use loopswap_conductor::{Check, Finding, Outcome, Verification};
use loopswap_protocol::quoted;
use std::fmt::Write as _;

/// Width of the column of names.
const NAMES: usize = 30;

/// The line of a check: `ok`, `wrong`, or `skipped` with the reason.
pub(super) fn line(check: &Check) -> String {
    let (mark, more) = match &check.outcome {
        Outcome::Ok => ("ok", check.about.as_str()),
        Outcome::Wrong(_) => ("wrong", check.about.as_str()),
        Outcome::Skipped { reason } => ("skipped", reason.as_str()),
    };
    format!("{mark:<9}{:<NAMES$}  {more}\n", name(check))
}

/// The name of a check: a case has one already.
fn name(check: &Check) -> String {
    let name = quoted(&check.name);
    if check.group == "work" && check.name != "all" { name } else { format!("{}/{name}", check.group) }
}

/// What was wrong, and the counts.
pub(super) fn details(verification: &Verification) -> String {
    let mut text = String::new();
    for check in &verification.checks {
        if let Outcome::Wrong(finding) = &check.outcome {
            let _ = writeln!(text, "\nwrong: {}, {}", name(check), check.about);
            text += &about(finding);
        }
    }
    let Verification { ok, wrong, skipped, command, protocol, .. } = verification;
    let command = quoted(&command.join(" "));
    let _ = writeln!(text, "\n{command}: protocol {protocol}, {ok} ok, {wrong} wrong, {skipped} skipped");
    text
}

fn about(Finding { what, section, sentence, after, stderr, by_hand }: &Finding) -> String {
    let mut text = format!("  {what}\n");
    if !after.is_empty() {
        let _ = writeln!(text, "  after {after}");
    }
    let _ = writeln!(text, "  PROTOCOL.md, {section}: \"{sentence}\"");
    if let Some(by_hand) = by_hand {
        let _ = writeln!(text, "  by hand: {by_hand}");
    }
    let lines = stderr.lines().collect::<Vec<_>>();
    // The cause of a failure is mostly at its end.
    for line in &lines[lines.len().saturating_sub(8)..] {
        let _ = writeln!(text, "  | {line}");
    }
    text
}
