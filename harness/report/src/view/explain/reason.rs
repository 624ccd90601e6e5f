//! Why a verdict is what it is: each condition, and whether it is met.

use super::{change, yes};
use crate::judge::ControlStatus;
use crate::model::{ArmFacts, ArmReport, Explanation, RowReport, Verdict};
use crate::words::{p_value as p, percent};

/// The p-values, from the first to the adjusted one.
pub(super) fn p_values(facts: &Explanation, report: &ArmReport) -> Option<String> {
    let (none, beyond, adjusted) = (report.p?, report.p_beyond?, report.p_adjusted?);
    let rank = facts.p_values.iter().filter(|other| **other <= beyond).count();
    let counted = if beyond < 1.0 { "" } else { ", where it cannot have a verdict" };
    Some(format!(
        "p {} of no difference (two-sided signed rank); {} of at most {}{counted}, number {rank} of {} by size; adjusted {}",
        p(none),
        p(beyond),
        percent(facts.thresholds.margin.0),
        facts.p_values.len(),
        p(adjusted)
    ))
}

/// What the order of the generations shows.
pub(super) fn order(row: &RowReport) -> Option<String> {
    let found = row.serial?;
    let so = if found.allowed > 0.0 {
        format!("the interval is widened for a correlation of {:.2}", found.allowed)
    } else {
        "taken as independent".into()
    };
    Some(format!("neighbouring generations of the row: lag-1 {:.2}, p {}; {so}", found.lag1, p(found.p)))
}

/// The rule, condition by condition.
pub(super) fn reasons(facts: &Explanation, arm: &ArmFacts, report: &ArmReport) -> Vec<String> {
    let Some(logs) = &arm.logs else { return vec!["it shares no generation with the reference".into()] };
    match facts.row.control.status {
        ControlStatus::Fine => {}
        ControlStatus::NotTrustworthy => return vec!["no verdict: the control of the row is not fine".into()],
        ControlStatus::TooFew => {
            let least = facts.thresholds.generations;
            return vec![format!("no verdict: fewer than {least} generations, or no control")];
        }
    }
    let margin = facts.row.margin;
    let log = margin.ln_1p();
    let within = logs.reaches_level() && logs.lower.abs().max(logs.upper.abs()) <= log;
    let same_max = facts.thresholds.same.ln_1p();
    let narrow = logs.lower.abs().max(logs.upper.abs()) <= same_max;
    let significant = report.p_adjusted.is_some_and(|p| p <= facts.thresholds.alpha);
    let excludes = logs.lower > 0.0 || logs.upper < 0.0;
    let beyond = logs.value.abs() > log;
    let same = format!(
        "the same, if the whole interval lies within the margin of {} ({}) and within {} ({})",
        percent(margin),
        yes(within),
        percent(facts.thresholds.same),
        yes(narrow)
    );
    let differs = format!(
        "different, if the adjusted p is at most {} ({}), the interval leaves out 0 ({}), and the centre is beyond \
         the margin ({})",
        percent(facts.thresholds.alpha),
        yes(significant),
        yes(excludes),
        yes(beyond)
    );
    let so = match report.verdict {
        Verdict::Better => format!("→ better: it takes {} less", change(logs.value).trim_start_matches('-')),
        Verdict::Worse => format!("→ worse: it takes {} more", change(logs.value).trim_start_matches('+')),
        Verdict::Same => "→ the same".into(),
        Verdict::Undecided => "→ undecided: neither is shown".into(),
        Verdict::None => match report.whole_ratio.filter(|_| arm.stretched) {
            Some(whole) => format!(
                "→ no verdict: by whole slices its ratio is {:.3} ({:.3} to {:.3}), which contradicts that",
                whole.value, whole.lower, whole.upper
            ),
            None => "→ no verdict".into(),
        },
    };
    vec![same, differs, so]
}
