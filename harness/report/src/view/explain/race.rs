//! The chain from raw generations to the verdict of a race, in plain text.

use super::{Page, change, figure, look, noise};
use crate::comparison::{RaceExplanation, RaceValue, RowComparison};
use crate::judge::{ControlStatus, Estimate, Figure};
use crate::view::comparison::{header, words};
use crate::view::header::{cpus, placement_name};
use crate::words::{counted, p_value, percent, time};
use loopswap_statistics::median;

/// The explanation of a row of a race as lines of text.
#[must_use]
pub fn raced_explanation(facts: &RaceExplanation) -> String {
    let mut page = Page::default();
    let mut heading = vec![format!("{} on {}", facts.case, facts.runtime), facts.operation.clone()];
    heading.extend(facts.peers.iter().cloned());
    page.line(0, &heading.join(" · "));
    page.line(2, &format!("race of suite {} · measured {}", facts.suite, facts.created));
    page.line(2, &header::side("BASE", &facts.base));
    page.line(2, &header::side("HEAD", &facts.head));
    let row = match &facts.found {
        Ok(row) => row,
        Err(missing) => {
            page.part("no result");
            page.line(2, &words::missing(missing));
            return page.text;
        }
    };
    page.part("what was measured");
    for sentence in measured(facts, row) {
        page.line(2, &sentence);
    }
    control(&mut page, facts, row);
    head(&mut page, facts, row);
    second_opinion(&mut page, facts, row);
    page.part(&format!("verdict: {} ({})", words::word(row.verdict), words::sign(row.verdict).to_string().trim()));
    page.line(2, &row.sentence);
    if let Some(visible) = row.smallest_visible {
        page.line(2, &format!("a change of {} would have been seen four times out of five", percent(visible)));
    }
    page.line(2, &look::undisturbed(row, facts.undisturbed.as_ref()));
    page.line(2, &noise::noise(facts.split.as_ref()));
    if let Some(plan) = &facts.plan {
        page.line(2, &noise::plan(plan, spent(facts, row).as_ref()));
    }
    beside(&mut page, row);
    page.text
}

fn rounds(values: &[RaceValue]) -> f64 {
    median(&values.iter().map(|value| value.rounds as f64).collect::<Vec<_>>()).unwrap_or(0.0)
}

fn measured(facts: &RaceExplanation, row: &RowComparison) -> Vec<String> {
    let each = rounds(&facts.screening);
    let each = if each == 1.0 { "1 round".to_owned() } else { format!("{each} rounds") };
    let confirming = match facts.confirming.len() {
        0 => String::new(),
        count => format!(" and {count} that confirm"),
    };
    let peers =
        if facts.peer_cpus.is_empty() { String::new() } else { format!(", peers on {}", cpus(&facts.peer_cpus)) };
    let figures = |name: &str, found: Option<&Estimate>| {
        found.map_or_else(
            || format!("{name} no time"),
            |found| format!("{name} {} ({} to {})", time(found.value), time(found.lower), time(found.upper)),
        )
    };
    vec![
        format!(
            "{} that screen{confirming}, each with a fresh process for every arm; {each} in each (median), a round \
             being one slice of BASE, one of its control and one of HEAD",
            counted(facts.screening.len(), "generation"),
        ),
        format!("slices {} aimed at; every one was checked", time(facts.slice_ms as f64 * 1e6)),
        format!("rounds in a balanced order, drawn from seed {:x}{}", facts.seed, order(facts)),
        format!("{} placement: runners on {}{peers}", placement_name(facts.placement), cpus(&facts.runner_cpus)),
        format!(
            "time of one operation: {}, {}",
            figures("BASE", row.base_ns.as_ref()),
            figures("HEAD", row.head_ns.as_ref())
        ),
        facts.family.clone(),
    ]
}

/// In which order the arms took their turns in the first generation.
fn order(facts: &RaceExplanation) -> String {
    let name = |arm: &usize| match arm {
        0 => "BASE",
        1 => "control",
        _ => "HEAD",
    };
    let rounds: Vec<String> =
        facts.order.iter().map(|round| round.iter().map(name).collect::<Vec<_>>().join(" ")).collect();
    if rounds.is_empty() { String::new() } else { format!("; the first generation went: {}", rounds.join(", ")) }
}

fn values(page: &mut Page, values: &[RaceValue]) {
    page.changes(values.iter().map(|value| (value.log, value.disturbed > 0)));
}

fn control(page: &mut Page, facts: &RaceExplanation, row: &RowComparison) {
    let first = |values: &[RaceValue]| values.first().map(|value| value.generation);
    let fresh = !facts.confirming.is_empty() && first(&facts.control) == first(&facts.confirming);
    let of = if fresh { ", in the fresh generations that confirm" } else { "" };
    page.part(&format!("control: BASE against itself{of}"));
    page.line(
        2,
        &format!(
            "{}, compared with BASE's in the same round; one value a generation, the median of its rounds (*: some of \
             them were disturbed):",
            figure(Figure::Time, facts.stretched)
        ),
    );
    values(page, &facts.control);
    if let Some(ratio) = &row.control.ratio {
        page.line(2, &centre(ratio));
    }
    let p = row.control.p.map_or(String::new(), |p| format!("p {}; ", p_value(p)));
    let status = match row.control.status {
        ControlStatus::Fine => "fine: the machine does not tell BASE from itself",
        ControlStatus::NotTrustworthy => "not trustworthy: the machine tells it from itself, so nothing is claimed",
        ControlStatus::TooFew => "not judged: too few generations",
    };
    let alarm = percent(facts.thresholds.control_alpha);
    page.line(2, &format!("{p}{status} ({alarm} of rows are flagged with nothing wrong)"));
    page.line(2, &look::threshold(facts, row));
}

fn head(page: &mut Page, facts: &RaceExplanation, row: &RowComparison) {
    page.part("HEAD against BASE");
    page.line(
        2,
        &format!(
            "{}, compared with both arms of BASE in the same round; one value a generation, the mean of the medians of \
             its rounds against either:",
            figure(Figure::Time, facts.stretched)
        ),
    );
    values(page, &facts.screening);
    if let Some(ratio) = &row.ratio {
        page.line(2, &centre(ratio));
    }
    for seen in &facts.looks {
        page.line(2, &look::look(seen, &facts.rules, &facts.thresholds));
    }
}

/// Centre and interval of a ratio HEAD ÷ BASE.
fn centre(ratio: &Estimate) -> String {
    let logs = Estimate { value: ratio.value.ln(), lower: ratio.lower.ln(), upper: ratio.upper.ln(), ..*ratio };
    format!("centre (Hodges–Lehmann) {}: a ratio of {:.3}; {}", change(logs.value), ratio.value, super::interval(&logs))
}

fn second_opinion(page: &mut Page, facts: &RaceExplanation, row: &RowComparison) {
    if !row.suspect {
        return;
    }
    let wanted = facts.thresholds.confirm_generations;
    if wanted == 0 {
        page.part("second opinion: none was asked for");
        return;
    }
    let seed = row.confirmation.as_ref().map_or_else(String::new, |found| format!(", seed {:x}", found.seed));
    page.part(&format!("second opinion: {} of {wanted}{seed}", counted(facts.confirming.len(), "generation")));
    values(page, &facts.confirming);
    let Some(found) = &row.confirmation else {
        page.line(2, "the race ended before it could be judged");
        return;
    };
    if let Some(ratio) = &found.ratio {
        page.line(2, &centre(ratio));
    }
    page.line(2, &look::confirmation(facts, row, found));
}

fn spent(facts: &RaceExplanation, row: &RowComparison) -> Option<noise::Spent> {
    let ratio = row.ratio.as_ref()?;
    Some(noise::Spent {
        half_width: (ratio.upper.ln() - ratio.lower.ln()) / 2.0,
        generations: facts.screening.len(),
        rounds: rounds(&facts.screening),
        wall_ns: facts.screening.len() as f64 * (facts.generation_ns + rounds(&facts.screening) * facts.round_ns),
    })
}

/// The figures in addition to the time: CPU time, counts, errors.
fn beside(page: &mut Page, row: &RowComparison) {
    page.part("what else there is");
    let cpu = row.cpu_ratio.as_ref().map_or_else(|| "no ratio".to_owned(), centre);
    page.line(2, &format!("CPU time of the runner per operation: {cpu}"));
    for counter in &row.counters {
        let so = if counter.changed { "differs" } else { "the same within its scatter" };
        page.line(2, &format!("{}: {so}", counter.said()));
    }
    for error in &row.errors {
        page.line(2, &format!("error: {error}"));
    }
}
