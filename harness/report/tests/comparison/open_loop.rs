//! Open loops in a comparison: the rate fixes the time, so response times are judged.

use super::{find, options};
use crate::open_loop::{PAIR, RATE, report};
use loopswap_report::comparison::{
    Accepted, Comparison, Direction, FailOn, Outcome, RowComparison, Verdict, accept, judge,
};
use loopswap_report::model::Figure;
use loopswap_report::record::Role;
use loopswap_report::reports::{Options, of_reports};
use loopswap_report::view::comparison as view;
use loopswap_report::{Report, Style};

const CASE: &str = "http-fetch/x,rate=1000";

/// Twelve generations in which smol's response times are `slow` times the reference's, and it does this share
/// of the rate.
fn smol(slow: f64, share: f64) -> Report {
    let [reference, control] = PAIR;
    report(12, &[reference, control, ("smol", Role::Contender, slow, share)])
}

fn compared(base: &Report, head: &Report, options: &Options) -> Comparison {
    of_reports(base, head, options).expect("like reports")
}

fn found(base: &Report, head: &Report) -> RowComparison {
    find(&compared(base, head, &options()), CASE, "smol").clone()
}

/// The exit of a gate, and its reason.
fn gate(comparison: &Comparison) -> (Outcome, String) {
    let gate = judge(comparison, &[FailOn::Regression].into(), Vec::new());
    (gate.outcome, gate.reason)
}

#[test]
fn reports_that_differ_in_response_time_alone_differ() {
    let (base, head) = (smol(1.0, 1.0), smol(1.4, 1.0));
    let comparison = compared(&base, &head, &options());
    let row = find(&comparison, CASE, "smol");
    assert_eq!((row.verdict, row.judged_by), (Verdict::Regression, Figure::Response), "{row:?}");
    let [base_ns, head_ns] = row.sides().map(|side| side.expect("a percentile").value);
    assert!((base_ns / 180e6 - 1.0).abs() < 0.02 && (head_ns / base_ns - 1.4).abs() < 0.02, "{base_ns} {head_ns}");
    assert!((row.judged().expect("a ratio").value - 1.4).abs() < 0.02, "{row:?}");
    // The time is that of the rate on both sides.
    assert!((row.ratio.expect("a ratio").value - 1.0).abs() < 0.001);
    assert!(row.sentence.starts_with("answers later: HEAD ÷ BASE is 1.4"), "{}", row.sentence);
    assert_eq!(gate(&comparison), (Outcome::Regression, format!("{CASE} on smol is slower")));
    assert_eq!(find(&comparison, CASE, "tokio").verdict, Verdict::Inconclusive);
    let back = found(&head, &base);
    assert_eq!(back.verdict, Verdict::Improvement);
    assert!(back.sentence.starts_with("answers sooner: "), "{}", back.sentence);
}

#[test]
fn a_report_is_the_same_as_itself() {
    let report = smol(1.4, 1.0);
    let steady = Options { drift: 0.0, ..options() };
    let comparison = compared(&report, &report, &steady);
    for row in &comparison.rows {
        assert_eq!((row.verdict, row.judged_by), (Verdict::Equivalent, Figure::Response), "{row:?}");
        assert!(row.sentence.starts_with("equivalent in response time: HEAD ÷ BASE is 1.000"), "{}", row.sentence);
    }
    assert_eq!(gate(&comparison).0, Outcome::Passed);
}

#[test]
fn every_view_shows_the_response_time() {
    let comparison = compared(&smol(1.0, 1.0), &smol(1.4, 1.0), &options());
    let told = view::table(&comparison, Style::default());
    assert!(told.contains(&format!("{CASE} · 99th percentile of the response time of one download")), "{told}");
    let line = told.lines().find(|line| line.starts_with("  smol")).expect("a line");
    assert!(
        line.contains("179.8 ±") && line.contains("251.6 ±") && line.contains("1.400") && line.contains('▼'),
        "{line}"
    );
    let page = view::markdown(&comparison);
    assert!(page.contains("| 180 ms | 252 ms | 1.4") && page.contains("answers later"), "{page}");
    let explained = view::explanation(&comparison, find(&comparison, CASE, "smol"));
    assert!(explained.contains("99th percentile of the response time of one operation of HEAD 252 ms"), "{explained}");
    assert!(explained.contains("judged by the response time, since the rate fixes the time"), "{explained}");
    let json = serde_json::to_value(&comparison).expect("numbers");
    let row = json["rows"].as_array().expect("rows").iter().find(|row| row["runtime"] == "smol").expect("a row");
    assert_eq!(row["judged_by"], "response-time");
    assert!((row["response_ratio"]["value"].as_f64().expect("a ratio") - 1.4).abs() < 0.02, "{row}");
    assert!((row["head_p99_ns"]["value"].as_f64().expect("a percentile") / 250e6 - 1.0).abs() < 0.02, "{row}");
}

#[test]
fn an_older_report_has_the_percentile_of_all_generations() {
    let [mut base, mut head] = [smol(1.0, 1.0), smol(1.4, 1.0)];
    for side in 0..2 {
        let older = if side == 0 { &mut base } else { &mut head };
        older.rows[0].arms.iter_mut().for_each(|arm| arm.response_p99_ns = None);
        let row = found(&base, &head);
        assert_eq!(row.verdict, Verdict::Regression, "{row:?}");
        assert!((row.judged().expect("a ratio").value - 1.4).abs() < 0.05, "{row:?}");
    }
}

#[test]
fn across_hosts_the_ratios_to_the_reference_are_compared() {
    let across = Options { across_hosts: true, ..options() };
    // All response times are twice as long there.
    let other = |slow: f64| {
        let [(name, role, ..), (_, control, ..)] = PAIR;
        let arms = [(name, role, 2.0, 1.0), (name, control, 2.0, 1.0), ("smol", Role::Contender, 2.0 * slow, 1.0)];
        let mut report = report(12, &arms);
        report.environment.cpu_model = "Another CPU".into();
        report
    };
    let verdict = |slow: f64| find(&compared(&smol(1.0, 1.0), &other(slow), &across), CASE, "smol").verdict;
    assert_eq!(
        [verdict(1.0), verdict(1.4), verdict(0.7)],
        [Verdict::Inconclusive, Verdict::Regression, Verdict::Improvement]
    );
    let row = find(&compared(&smol(1.0, 1.0), &other(1.4), &across), CASE, "smol").clone();
    assert!((row.judged().expect("a ratio").value - 1.4).abs() < 0.02, "{row:?}");
}

#[test]
fn a_side_that_does_not_reach_its_rate_is_a_finding() {
    let (good, late) = (smol(1.0, 1.0), smol(1.0, 0.6));
    let comparison = compared(&good, &late, &options());
    let row = find(&comparison, CASE, "smol");
    // The response times are as before, but less was done.
    assert_eq!((row.verdict, row.judged_by), (Verdict::Regression, Figure::Time), "{row:?}");
    assert!(row.sentence.ends_with(&format!("; overloaded: asked for {RATE}/s, HEAD did 600/s")), "{}", row.sentence);
    assert_eq!(gate(&comparison).0, Outcome::Regression);
    let told = view::table(&comparison, Style::default());
    assert!(
        told.contains("smol: HEAD ÷ BASE is of the time of an operation, since the rate was not reached"),
        "{told}"
    );
    assert_eq!(found(&late, &good).verdict, Verdict::Improvement);
    // A little below the rate may be chance: then response times decide, and the rate is reported.
    let row = found(&good, &smol(3.0, 0.93));
    assert_eq!((row.verdict, row.judged_by), (Verdict::Regression, Figure::Response), "{row:?}");
    assert!(row.sentence.contains("HEAD did 930/s"), "{}", row.sentence);
    let row = found(&good, &smol(1.0, 0.93));
    assert_eq!(row.verdict, Verdict::Inconclusive, "{row:?}");
    assert!(row.sentence.contains("HEAD did 930/s"), "{}", row.sentence);
    // Below the rate on both sides, the throughput of each is its own.
    let row = found(&smol(9.0, 0.6), &smol(1.0, 0.4));
    assert_eq!((row.verdict, row.judged_by), (Verdict::Regression, Figure::Time), "{row:?}");
    assert!(row.sentence.contains("BASE did 600/s and HEAD did 400/s"), "{}", row.sentence);
}

#[test]
fn across_hosts_a_reference_that_does_not_keep_up_decides_nothing() {
    let across = Options { across_hosts: true, ..options() };
    let [(name, role, ..), (_, control, ..)] = PAIR;
    let overloaded = [(name, role, 1.0, 0.6), (name, control, 1.0, 0.6), ("smol", Role::Contender, 1.0, 1.0)];
    let row = find(&compared(&smol(2.0, 1.0), &report(12, &overloaded), &across), CASE, "smol").clone();
    assert_eq!(row.verdict, Verdict::Inconclusive, "{row:?}");
    assert!(row.sentence.contains("the reference did not reach the rate"), "{}", row.sentence);
    let row = find(&compared(&smol(2.0, 0.6), &smol(1.0, 0.6), &across), CASE, "smol").clone();
    assert!(row.sentence.contains("neither side reached the rate"), "{}", row.sentence);
    // One side alone: its ratio to a reference that keeps up shows it.
    let row = find(&compared(&smol(1.0, 1.0), &smol(5.0, 0.6), &across), CASE, "smol").clone();
    assert_eq!(row.verdict, Verdict::Regression, "{row:?}");
}

#[test]
fn a_longer_wait_can_be_accepted() {
    let mut comparison = compared(&smol(1.0, 1.0), &smol(1.4, 1.0), &options());
    let entry = Accepted {
        case: CASE.into(),
        runtime: "smol".into(),
        direction: Direction::Slower,
        until: "2026-12-31".into(),
        why: "checks more".into(),
        place: "accepted.toml:1:1".into(),
        expired: false,
    };
    assert_eq!(accept(&mut comparison, &[entry]), [""; 0]);
    assert_eq!(gate(&comparison).0, Outcome::Passed);
}
