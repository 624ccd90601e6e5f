//! The self-test as a table.

use super::{SelfTest, Setting, Simulated};
use crate::record::Environment;
use crate::words::{counted, wrap};
use std::fmt::Write as _;

/// Columns of the table.
const COLUMNS: usize = 100;

/// What a self-test found, in 100 columns.
#[must_use]
pub fn table(found: &SelfTest) -> String {
    let mut text = String::new();
    let environment = &found.environment;
    if !found.settings.is_empty() {
        measured(found, environment, &mut text);
    }
    if !found.simulated.is_empty() {
        simulated(&found.simulated, &mut text);
    }
    text
}

fn simulated(rows: &[Simulated], text: &mut String) {
    let races = rows.first().map_or(0, |row| row.races);
    let _ = writeln!(text, "simulated: {races} races a line; shares in per cent, coverage of 95 % intervals\n");
    let _ = writeln!(
        text,
        "{:<14}{:>6}{:>9}{:>11}{:>12}{:>14}{:>9}{:>8}{:>8}{:>8}",
        "noise", "extra", "suspect", "confirmed", "equivalent", "inconclusive", "mean n", "p95 n", "fixed", "ended"
    );
    for row in rows {
        let percent = |share: f64| format!("{:.1}", share * 100.0);
        let _ = writeln!(
            text,
            "{:<14}{:>5.0}%{:>9}{:>11}{:>12}{:>14}{:>9.1}{:>8.0}{:>8}{:>8}",
            row.noise,
            row.effect * 100.0,
            percent(row.suspect),
            percent(row.confirmed),
            percent(row.equivalent),
            percent(row.inconclusive),
            row.generations_mean,
            row.generations_p95,
            percent(row.coverage_fixed),
            percent(row.coverage_stopped),
        );
    }
}

fn measured(found: &SelfTest, environment: &Environment, text: &mut String) {
    let first = format!(
        "self-test · loopswap {} · {} × {}, {} · {:.0} s · {:.0} % of the rounds disturbed by neighbours",
        found.loopswap,
        environment.cpus_allowed.len(),
        environment.cpu_model,
        environment.kernel,
        found.wall_s,
        found.disturbed * 100.0
    );
    let _ = writeln!(text, "{}\n", wrap(&first, COLUMNS, "", 2).join("\n"));
    let _ = writeln!(
        text,
        "{:<26}{:>6}{:>6}{:>9}{:>8}{:>8}{:>7}{:>7}{:>8}{:>8}{:>7}",
        "body", "extra", "races", "suspect", "slower", "faster", "equal", "open", "mean s", "p95 s", "sees"
    );
    for setting in found.settings.iter().chain(&found.overall) {
        let _ = writeln!(text, "{}", line(setting));
    }
    if let Some(zero) = found.overall.iter().find(|setting| setting.effect == 0.0) {
        let _ = writeln!(text, "\n{}", alarms(zero));
    }
    for setting in found.overall.iter().filter(|setting| setting.effect > 0.0) {
        let _ = writeln!(text, "{}", wrap(&finding(setting), COLUMNS, "", 2).join("\n"));
    }
    let (covered, of) = found.overall.iter().fold((0_usize, 0_usize), |(covered, of), next| {
        (covered.saturating_add(next.covered), of.saturating_add(next.with_interval))
    });
    let _ = writeln!(
        text,
        "95 % intervals, at whatever look a race ended, hold the truth in {covered} of {of} ({:.1} %)",
        share(covered, of) * 100.0
    );
    if let Some(order) = &found.order {
        let _ = writeln!(
            text,
            "order: first in a round against last {:+.2} % ({:+.2} to {:+.2} %, {})",
            order.first_against_last * 100.0,
            order.lower * 100.0,
            order.upper * 100.0,
            counted(order.generations, "generation")
        );
    }
}

/// What races of a build against itself said.
fn alarms(zero: &Setting) -> String {
    let told = match zero.told_by_cpu {
        0 => String::new(),
        told => format!("; of the undecided, CPU time shows a change in {told}"),
    };
    format!(
        "false alarms: {} of {} before confirmation ({:.1} %), {} after{told}",
        zero.suspect,
        zero.comparisons,
        share(zero.suspect, zero.comparisons) * 100.0,
        zero.regression.saturating_add(zero.improvement)
    )
}

/// How often extra work was found.
fn finding(setting: &Setting) -> String {
    let told = match setting.told_by_cpu {
        0 => String::new(),
        told => format!("; of the undecided, CPU time shows {told}"),
    };
    format!(
        "{:+.0} % found in {} of {} ({:.0} %), within 10 s in {}, within 30 s in {}{told}; {} not trustworthy, {} failed",
        setting.effect * 100.0,
        setting.regression,
        setting.comparisons,
        share(setting.regression, setting.comparisons) * 100.0,
        setting.found_within_10_s,
        setting.found_within_30_s,
        setting.not_trustworthy,
        setting.errors
    )
}

fn line(setting: &Setting) -> String {
    let open = setting.inconclusive.saturating_add(setting.not_trustworthy).saturating_add(setting.errors);
    format!(
        "{:<26}{:>5.0}%{:>6}{:>9}{:>8}{:>8}{:>7}{:>7}{:>8.1}{:>8.1}{:>7}",
        setting.body,
        setting.effect * 100.0,
        setting.comparisons,
        setting.suspect,
        setting.regression,
        setting.improvement,
        setting.equivalent,
        open,
        setting.mean_s,
        setting.p95_s,
        setting.smallest_visible.map_or_else(|| "-".into(), |visible| format!("{:.1}%", visible * 100.0)),
    )
}

fn share(part: usize, of: usize) -> f64 {
    if of == 0 { 0.0 } else { part as f64 / of as f64 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::Rules;
    use crate::selftest::simulate;

    #[test]
    fn simulated_races_tell_no_falsehood_and_find_what_is_there() {
        let rules = Rules {
            margin: 0.01,
            drift: 0.0,
            floor_ns: 0.0,
            equivalence: 0.02,
            looks: vec![12, 20, 30, 42, 58],
            suspect_p: loopswap_statistics::Looks::up_to(58).suspect_p(),
            confirm_generations: 20,
            false_discovery_rate: 0.05,
        };
        let rows = simulate(&rules, 60, 7);
        assert_eq!(rows.len(), 16, "four kinds of noise, four effects");
        for row in &rows {
            let at_zero = row.effect == 0.0;
            assert!(!at_zero || row.confirmed == 0.0, "{row:?}");
            assert!(!(row.effect == 0.1 && row.noise == "independent") || row.confirmed > 0.95, "{row:?}");
            assert!(row.coverage_fixed > 0.85, "{row:?}");
        }
        let mut found = SelfTest::new("0", "now", crate::record::Environment::default());
        found.simulated = rows;
        let text = table(&found);
        assert!(text.lines().all(|line| line.chars().count() <= 100), "{text}");
        assert_eq!(text.lines().count(), 19, "{text}");
    }
}
