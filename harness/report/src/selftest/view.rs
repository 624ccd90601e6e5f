//! The self-test as a table.

use super::{SelfTest, Setting};
use std::fmt::Write as _;

/// What a self-test found, in 100 columns.
#[must_use]
pub fn table(found: &SelfTest) -> String {
    let mut text = String::new();
    let environment = &found.environment;
    let _ = writeln!(
        text,
        "self-test · loopswap {} · {} × {}, {} · {:.0} s · {:.0} % of the rounds disturbed by neighbours\n",
        found.loopswap,
        environment.cpus_allowed.len(),
        environment.cpu_model,
        environment.kernel,
        found.wall_s,
        found.disturbed * 100.0
    );
    let _ = writeln!(
        text,
        "{:<26}{:>6}{:>6}{:>9}{:>8}{:>8}{:>7}{:>7}{:>8}{:>8}{:>7}",
        "body", "extra", "races", "suspect", "slower", "faster", "equal", "open", "mean s", "p95 s", "sees"
    );
    for setting in found.settings.iter().chain(&found.overall) {
        let _ = writeln!(text, "{}", line(setting));
    }
    let zero = found.overall.iter().find(|setting| setting.effect == 0.0);
    if let Some(zero) = zero {
        let alarms = zero.regression + zero.improvement;
        let _ = writeln!(
            text,
            "\nfalse alarms: {} of {} before confirmation ({:.1} %), {alarms} after",
            zero.suspect,
            zero.comparisons,
            share(zero.suspect, zero.comparisons) * 100.0
        );
    }
    for setting in found.overall.iter().filter(|setting| setting.effect > 0.0) {
        let _ = writeln!(
            text,
            "{:+.0} % found in {} of {} ({:.0} %), within 10 s in {}, within 30 s in {}; {} not trustworthy, {} failed",
            setting.effect * 100.0,
            setting.regression,
            setting.comparisons,
            share(setting.regression, setting.comparisons) * 100.0,
            setting.found_within_10_s,
            setting.found_within_30_s,
            setting.not_trustworthy,
            setting.errors
        );
    }
    let (covered, of) =
        found.overall.iter().fold((0, 0), |(covered, of), next| (covered + next.covered, of + next.with_interval));
    let _ = writeln!(
        text,
        "95 % intervals, at whatever look a race ended, hold the truth in {covered} of {of} ({:.1} %)",
        share(covered, of) * 100.0
    );
    if let Some(order) = &found.order {
        let _ = writeln!(
            text,
            "order: first in a round against last {:+.2} % ({:+.2} to {:+.2} %, {} generations)",
            order.first_against_last * 100.0,
            order.lower * 100.0,
            order.upper * 100.0,
            order.generations
        );
    }
    text
}

fn line(setting: &Setting) -> String {
    let open = setting.inconclusive + setting.not_trustworthy + setting.errors;
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
