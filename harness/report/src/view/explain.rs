//! The chain from raw generations to verdict, in plain text, so that nobody has to trust us.

mod noise;
mod reason;

use super::header::{counted, cpus, placement_name};
use super::number::{percent, time};
use super::text::{clean, wrap};
use super::words;
use crate::model::{
    ArmFacts, ArmReport, ControlStatus, Disturbance, Estimate, Explanation, IntervalKind, RankedBy, Verdict,
};
use crate::record::Role;

/// Columns of a line.
const WIDTH: usize = 100;

/// The explanation as lines of text.
#[must_use]
pub fn explanation(facts: &Explanation) -> String {
    let mut page = Page(String::new());
    let mut heading = vec![facts.row.case.clone(), words::subject(&facts.row)];
    heading.extend(words::peers(&facts.row));
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
    page.0
}

struct Page(String);

impl Page {
    fn line(&mut self, indent: usize, text: &str) {
        for line in wrap(&clean(text), WIDTH, &" ".repeat(indent), indent + 2) {
            self.0.push_str(line.trim_end());
            self.0.push('\n');
        }
    }

    fn part(&mut self, heading: &str) {
        self.0.push('\n');
        self.line(0, heading);
    }
}

fn measured(facts: &Explanation) -> Vec<String> {
    let row = &facts.row;
    let rounds = if row.rounds == 1.0 { "1 round".to_owned() } else { format!("{} rounds", row.rounds) };
    let length = row.slice_ms.map_or(String::new(), |ms| format!("{} long (median), ", time(ms * 1e6)));
    let ranked = match row.ranked_by {
        RankedBy::Throughput => "the row is judged by wall time per operation".to_owned(),
        RankedBy::CpuPerOperation => {
            "the row is judged by the runner's CPU time per operation, since the peer is the limit".to_owned()
        }
        RankedBy::ResponseTime => "the row is judged by the 99th percentile of the response time".to_owned(),
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
    values(page, facts, arm);
    centre(page, arm);
    let p = row.control.p.map_or(String::new(), |p| format!("p {}; ", reason::p(p)));
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
    let (runtime, reference) = (&report.runtime, &facts.reference);
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
    values(page, facts, arm);
    centre(page, arm);
    if let (Some(p), Some(adjusted)) = (report.p, report.p_adjusted) {
        let rank = facts.p_values.iter().filter(|other| **other <= p).count();
        page.line(
            2,
            &format!(
                "p {} (two-sided signed rank), number {rank} of {} by size; adjusted {}",
                reason::p(p),
                facts.p_values.len(),
                reason::p(adjusted)
            ),
        );
    }
    for sentence in reason::reasons(facts, arm, report) {
        page.line(2, &sentence);
    }
    if let Some(visible) = report.smallest_visible {
        let visible = percent(visible);
        page.line(2, &format!("a difference of {visible} would have been found four times out of five, unadjusted"));
    }
    if let Some(without) = &arm.undisturbed {
        page.line(2, &without_disturbed(arm, without));
    }
    for sentence in noise::noise(facts, arm) {
        page.line(2, &sentence);
    }
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
fn change(log: f64) -> String {
    let change = log.exp_m1();
    let sign = if change < 0.0 { "-" } else { "+" };
    // Finer than percentages elsewhere: a verdict may hang on a tenth.
    let shown = change.abs() * 100.0;
    match shown {
        small if small < 9.995 => format!("{sign}{small:.2} %"),
        medium if medium < 99.95 => format!("{sign}{medium:.1} %"),
        _ => format!("{sign}{}", percent(change.abs())),
    }
}

/// The raw material: one value a generation.
fn values(page: &mut Page, facts: &Explanation, arm: &ArmFacts) {
    let what = match (facts.row.ranked_by, arm.stretched) {
        (RankedBy::CpuPerOperation, _) => "CPU time per operation",
        (RankedBy::ResponseTime, _) => "99th percentile of the response time",
        (RankedBy::Throughput, true) => "time per operation by the median stretch of each slice",
        (RankedBy::Throughput, false) => "time per operation",
    };
    page.line(
        2,
        &format!(
            "{what}, compared with {}'s in the same round; one value a generation, the median of its rounds:",
            facts.reference
        ),
    );
    let hit = |number: u32| facts.disturbed.iter().any(|disturbed| disturbed.generation == number);
    let value = |value: &crate::model::GenerationValue| {
        // A no-break space keeps the number and its unit in one word.
        let shown = change(value.log).replace(' ', "\u{a0}");
        format!("{shown}{}", if hit(value.generation) { "*" } else { "" })
    };
    let all: Vec<String> = arm.values.iter().map(value).collect();
    let text = if all.is_empty() { "none".to_owned() } else { all.join("  ") };
    for line in wrap(&text, WIDTH, "    ", 4) {
        page.0.push_str(&line.replace('\u{a0}', " "));
        page.0.push('\n');
    }
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

fn without_disturbed(arm: &ArmFacts, without: &Estimate) -> String {
    let side = |found: &Estimate| (found.lower > 0.0, found.upper < 0.0);
    let agrees = arm.logs.as_ref().is_some_and(|all| side(all) == side(without));
    let so = if agrees { "it leads to the same" } else { "it does not lead to the same: measure again" };
    format!("without the disturbed generations (*): {}, {}; {so}", change(without.value), interval(without))
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
