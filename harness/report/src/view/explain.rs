//! The chain from raw generations to verdict, in plain text, so that the reader can check every step.

mod look;
mod noise;
mod race;
mod reason;

pub use race::raced_explanation;

use super::header::{cpus, placement_name};
use super::row_words;
use super::table::margin;
use crate::judge::{ControlStatus, Estimate, Figure, IntervalKind};
use crate::model::{ArmFacts, ArmReport, Disturbance, Explanation, GenerationValue, Verdict};
use crate::record::{Role, StartUp};
use crate::words::{self, clean, counted, p_value, percent, time, wrap};

/// Columns of a line.
const WIDTH: usize = 100;

/// The explanation as lines of text.
#[must_use]
pub fn explanation(facts: &Explanation) -> String {
    let mut page = Page::default();
    let mut heading = vec![facts.row.case.clone(), row_words::subject(&facts.row)];
    heading.extend(row_words::peers(&facts.row));
    page.line(0, &heading.join(" · "));
    page.line(2, &format!("suite {} · measured {}", facts.suite, facts.created));
    page.part("what was measured");
    for sentence in measured(facts) {
        page.line(2, &sentence);
    }
    for arm in &facts.arms {
        let Some(report) = facts.row.arms.get(arm.index) else { continue };
        if report.role == Role::Control {
            control(&mut page, facts, arm, report);
        } else {
            contender(&mut page, facts, arm, report);
        }
    }
    page.part("what to beware of");
    let limits = facts.row.limits.iter().map(|limit| limit.sentence.clone());
    let errors = facts.row.errors.iter().map(|error| format!("error: {error}"));
    let sentences: Vec<String> = limits.chain([disturbed(facts)]).chain(errors).collect();
    for sentence in sentences {
        page.line(2, &sentence);
    }
    page.text
}

/// Lines of text, none wider than [`WIDTH`].
#[derive(Default)]
pub(super) struct Page {
    /// The text so far.
    pub(super) text: String,
}

impl Page {
    /// Adds a sentence, wrapped and indented.
    pub(super) fn line(&mut self, indent: usize, text: &str) {
        let text = clean(text);
        for line in wrap(&text, WIDTH, &margin(&text, indent), indent + 2) {
            self.text.push_str(line.trim_end());
            self.text.push('\n');
        }
    }

    /// Begins a part.
    pub(super) fn part(&mut self, heading: &str) {
        self.text.push('\n');
        self.line(0, heading);
    }

    /// Log ratios as changes, those with a mark starred.
    fn changes(&mut self, values: impl Iterator<Item = (f64, bool)>) {
        // A no-break space keeps the number and its unit in one word.
        let shown = |log: f64| change(log).replace(' ', "\u{a0}");
        let all: Vec<String> =
            values.map(|(log, marked)| format!("{}{}", shown(log), if marked { "*" } else { "" })).collect();
        let text = if all.is_empty() { "none".to_owned() } else { all.join("  ") };
        for line in wrap(&text, WIDTH, "    ", 4) {
            self.text.push_str(&line.replace('\u{a0}', " "));
            self.text.push('\n');
        }
    }
}

fn measured(facts: &Explanation) -> Vec<String> {
    let row = &facts.row;
    let rounds = if row.rounds == 1.0 { "1 round".to_owned() } else { format!("{} rounds", row.rounds) };
    let length = row.slice_ms.map_or(String::new(), |ms| format!("{} long (median), ", time(ms * 1e6)));
    let ranked = match row.ranked_by {
        Figure::Time => "the row is judged by wall time per operation".to_owned(),
        Figure::Cpu => {
            "the row is judged by the runner's CPU time per operation, since the peer is the limit".to_owned()
        }
        Figure::Response => "the row is judged by the 99th percentile of the response time".to_owned(),
    };
    let peers = if row.peer_cpus.is_empty() { String::new() } else { format!(", peers on {}", cpus(&row.peer_cpus)) };
    vec![
        format!(
            "{} of {} planned, each with a fresh process for every arm; {rounds} in each (median), a round being one \
             slice of every arm",
            counted(row.generations, "generation"),
            facts.planned
        ),
        format!("slices {length}{} aimed at; every one was checked", time(facts.slice_ms as f64 * 1e6)),
        format!("rounds in a balanced order, drawn from seed {:x}", facts.seed),
        format!("{} placement: runners on {}{peers}", placement_name(row.placement), cpus(&row.runner_cpus)),
        ranked,
        facts.family.clone(),
    ]
}

fn control(page: &mut Page, facts: &Explanation, arm: &ArmFacts, report: &ArmReport) {
    let row = &facts.row;
    page.part(&format!("control: {} against itself", report.runtime));
    start_up(page, report);
    values(page, facts, arm);
    centre(page, arm);
    let p = row.control.p.map_or(String::new(), |p| format!("p {}; ", p_value(p)));
    let status = match row.control.status {
        ControlStatus::Fine => "fine: the machine does not tell the reference from itself",
        ControlStatus::NotTrustworthy => "not trustworthy: the machine tells it from itself, so nothing is claimed",
        ControlStatus::TooFew => "not judged: too few generations, so nothing is claimed",
    };
    let alarm = percent(facts.thresholds.control_alpha);
    page.line(2, &format!("{p}{status} ({alarm} of rows are flagged with nothing wrong)"));
    let (least, most) = facts.thresholds.margin;
    let reach = row.control.spread.map_or(String::new(), |spread| {
        format!(
            ": the control's interval reaches {}, and the margin is at least {} and at most {}",
            percent(spread),
            percent(least),
            percent(most)
        )
    });
    page.line(2, &format!("margin {}{reach}", percent(row.margin)));
}

fn contender(page: &mut Page, facts: &Explanation, arm: &ArmFacts, report: &ArmReport) {
    let (row, runtime, reference) = (&facts.row, &report.runtime, &facts.reference);
    if !report.is_measured() {
        let reason = clean(report.reason.as_deref().unwrap_or_default());
        page.part(&format!("{runtime} against {reference}: no result"));
        page.line(2, &reason);
        if let Some(projected) = report.projected_ns {
            let (projected, limit) = (time(projected as f64), time(facts.limit_ms as f64 * 1e6));
            page.line(2, &format!("by what it got done it would take about {projected} (limit {limit})"));
        }
        return;
    }
    page.part(&format!("{runtime} against {reference}: {}", verdict(report.verdict)));
    start_up(page, report);
    values(page, facts, arm);
    centre(page, arm);
    if let Some(sentence) = reason::order(&facts.row) {
        page.line(2, &sentence);
    }
    if let Some(sentence) = reason::p_values(facts, report) {
        page.line(2, &sentence);
    }
    for sentence in reason::reasons(facts, arm, report) {
        page.line(2, &sentence);
    }
    if let Some(visible) = report.smallest_visible {
        let visible = percent(visible);
        page.line(2, &format!("a difference of {visible} would have had its verdict four times out of five"));
    }
    if let Some(without) = without_disturbed(facts, arm) {
        page.line(2, &without);
    }
    page.line(2, &noise::noise(arm.split.as_ref()));
    if let Some(plan) = &arm.plan {
        let spent = arm.logs.as_ref().map(|logs| noise::Spent {
            half_width: (logs.upper - logs.lower) / 2.0,
            generations: row.generations,
            rounds: row.rounds,
            wall_ns: row.generations as f64 * (facts.generation_ns + row.rounds * facts.round_ns),
        });
        page.line(2, &noise::plan(plan, spent.as_ref()));
    }
}

/// How long the processes of an arm took to start.
fn start_up(page: &mut Page, report: &ArmReport) {
    let Some(StartUp { hello_ns, ready_ns }) = report.start_up else { return };
    let [hello, ready] = [hello_ns, ready_ns].map(|ns| time(ns as f64));
    page.line(
        2,
        &format!("start-up: hello after {hello}, the case ready after {ready} (medians of processes started alone)"),
    );
}

/// Whether a condition is met.
pub(super) fn yes(met: bool) -> &'static str {
    if met { "yes" } else { "no" }
}

fn verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Better => "better (▲)",
        Verdict::Worse => "worse (▼)",
        Verdict::Same => "the same within the margin (=)",
        Verdict::Undecided => "undecided (?)",
        Verdict::None => "no verdict",
    }
}

/// A log ratio as the percent by which an arm takes more or less.
pub(super) fn change(log: f64) -> String {
    words::change(log.exp())
}

/// What is compared.
fn figure(ranked_by: Figure, stretched: bool) -> &'static str {
    match (ranked_by, stretched) {
        (Figure::Cpu, _) => "CPU time per operation",
        (Figure::Response, _) => "99th percentile of the response time",
        (Figure::Time, true) => "time per operation by the median stretch of each slice",
        (Figure::Time, false) => "time per operation",
    }
}

/// The raw material: one value a generation.
fn values(page: &mut Page, facts: &Explanation, arm: &ArmFacts) {
    let what = figure(facts.row.ranked_by, arm.stretched);
    page.line(
        2,
        &format!(
            "{what}, compared with {}'s in the same round; one value a generation, the median of its rounds:",
            facts.reference
        ),
    );
    let hit = |number: u32| facts.disturbed.iter().any(|disturbed| disturbed.generation == number);
    page.changes(arm.values.iter().map(|value| (value.log, hit(value.generation))));
}

fn centre(page: &mut Page, arm: &ArmFacts) {
    let Some(logs) = &arm.logs else { return };
    let ratio = (-logs.value).exp();
    page.line(2, &format!("centre (Hodges–Lehmann) {}: a ratio of {ratio:.3}; {}", change(logs.value), interval(logs)));
}

fn interval(logs: &Estimate) -> String {
    let kind = match logs.kind {
        IntervalKind::Exact => "exact signed rank",
        IntervalKind::Normal => "signed rank, normal approximation",
        IntervalKind::OrderStatistics => "sign test",
        IntervalKind::Bootstrap => "bootstrap over generations",
        IntervalKind::FullRange => "smallest to largest value: too few for 95 %",
    };
    format!(
        "{:.1} % interval {} to {} ({kind}, {})",
        logs.level * 100.0,
        change(logs.lower),
        change(logs.upper),
        counted(logs.n, "generation")
    )
}

/// The result without the disturbed generations of an arm, if it has some.
fn without_disturbed(facts: &Explanation, arm: &ArmFacts) -> Option<String> {
    let hit = |value: &&GenerationValue| facts.disturbed.iter().any(|found| found.generation == value.generation);
    let hits = arm.values.iter().filter(hit).count();
    if hits == 0 {
        return None;
    }
    let without = "without the disturbed generations (*)";
    let (Some(all), Some(left)) = (&arm.logs, &arm.undisturbed) else {
        let (left, least) = (arm.values.len() - hits, facts.thresholds.generations);
        return Some(format!("{without} {} remain: too few to tell, it takes {least}", counted(left, "generation")));
    };
    let side = |found: &Estimate| (found.lower > 0.0, found.upper < 0.0);
    let so = if side(all) == side(left) {
        "it leads to the same"
    } else if all.value < left.lower || all.value > left.upper {
        "it does not lead to the same: measure again"
    } else {
        "too few remain to tell whether it leads to the same"
    };
    Some(format!("{without}: {}, {}; {so}", change(left.value), interval(left)))
}

fn disturbed(facts: &Explanation) -> String {
    let least = percent(facts.thresholds.disturbed);
    if facts.disturbed.is_empty() {
        return format!("no generation was disturbed: others took less than {least} of the CPUs in each");
    }
    let numbers: Vec<String> = facts.disturbed.iter().map(|found| found.generation.to_string()).collect();
    let most = |of: fn(&Disturbance) -> f64| facts.disturbed.iter().map(of).fold(0.0, f64::max);
    format!(
        "disturbed generations (*), in which others took more than {least} of the CPUs: {}; at most {} other \
         processes, {} the hypervisor",
        numbers.join(", "),
        percent(most(|found| found.foreign)),
        percent(most(|found| found.steal))
    )
}
