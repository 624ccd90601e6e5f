//! A percentile has an interval over generations and enough operations beyond it, or it is not shown.

use crate::sample::build::{MockArm, MockRow, arm, header, row, text};
use loopswap_protocol::{Headline, Latencies};
use loopswap_report::model::{ArmReport, ClaimVerdict, IntervalKind, LimitKind, Report};
use loopswap_report::record::{Claim, EndReason, Role};
use loopswap_report::{Style, analyse, markdown, read_report, record, table};
use serde_json::Value;
use std::time::Duration;

/// A report of one row in which every arm's generations recorded what `latencies` says, by arm and number.
fn report(generations: u32, checks: &[&str], latencies: impl Fn(usize, u32) -> Option<Latencies>) -> Report {
    let arms: Vec<MockArm> = [("tokio", Role::Reference), ("tokio", Role::Control), ("smol", Role::Contender)]
        .map(|(name, role)| arm(name, role, 1e5, 0.9, 0.0))
        .into();
    let row = row("cpu/x", Headline::Time, "step", vec![]);
    let rows = [MockRow { row, arms, generations, rounds: 2, noise: 0.01, neighbours: 0.0, latency: false }];
    let mut header = header(&rows, generations);
    let claim = |check: &&str| Claim { says: "It is said".into(), check: (*check).to_owned() };
    header.plan.claims = checks.iter().map(claim).collect();
    let mut record = record::read(&text(header, &rows, Some(EndReason::Finished))).expect("a record");
    for (number, generation) in &mut record.rows[0].generations {
        for (arm, process) in &mut generation.processes {
            let found = latencies(*arm, *number).map(|found| found.encode());
            let counted = process.counted.get_or_insert_default();
            counted.latency = found;
        }
    }
    analyse(&record)
}

/// `count` latencies from 1 ms up to 2 ms, each process at its own pace.
fn ramp(arm: usize, number: u32, count: u64) -> Latencies {
    let pace = 1.0 + 0.002 * f64::from((7 * number + 3 * u32::try_from(arm).expect("few")) % 11);
    let mut latencies = Latencies::new();
    for place in 0..count {
        latencies.record(Duration::from_micros(((1000 + 1000 * place / count) as f64 * pace) as u64));
    }
    latencies
}

fn tokio(report: &Report) -> &ArmReport {
    report.rows[0].arms.iter().find(|arm| arm.role == Role::Reference).expect("the reference")
}

fn limit(report: &Report, kind: LimitKind) -> Option<&str> {
    report.rows[0].limits.iter().find(|limit| limit.kind == kind).map(|limit| limit.sentence.as_str())
}

#[test]
fn enough_operations_have_percentiles_with_intervals_everywhere() {
    let report = report(12, &["p99(cpu/x, tokio) >= 1.9ms", "p99(cpu/x, tokio) >= 2.2ms"], |arm, number| {
        Some(ramp(arm, number, 200))
    });
    let found = tokio(&report);
    let p99 = found.percentiles.and_then(|found| found.p99_ns).expect("two hundred operations");
    assert!((p99.value / 2e6 - 1.0).abs() < 0.02 && p99.lower < p99.value && p99.value < p99.upper, "{p99:?}");
    assert_eq!((p99.kind, p99.n), (IntervalKind::OrderStatistics, 12));
    assert_eq!(found.latency.and_then(|latency| latency.p99_ns), Some(p99.value.round() as u64));
    let withheld: Vec<&String> = found.percentiles_withheld.keys().collect();
    assert_eq!(withheld, ["p999"], "200 operations leave none beyond it");
    let relative = p99.relative().expect("not zero");
    let half = format!("± {:.1} %", relative * 100.0);
    for view in [table(&report, Style::default()), markdown(&report)] {
        let line = view.lines().find(|line| line.contains("tokio") && line.contains('±')).expect("a line");
        assert!(line.contains(&half), "{half}: {line}");
        assert!(view.lines().all(|line| line.chars().count() <= 100 || line.starts_with(['|', '-'])), "{view}");
    }
    let verdicts: Vec<ClaimVerdict> = report.claims.iter().map(|claim| claim.verdict).collect();
    assert_eq!(verdicts, [ClaimVerdict::True, ClaimVerdict::False]);
    assert_eq!(report.claims[0].value.map(|value| (value.lower, value.upper)), Some((p99.lower, p99.upper)));
}

#[test]
fn no_99th_percentile_rests_on_three_operations() {
    let report = report(12, &["p99(cpu/x, tokio) >= 1ms"], |arm, number| Some(ramp(arm, number, 3)));
    let found = tokio(&report);
    let latency = found.latency.expect("latencies");
    assert!(latency.p50_ns.is_some() && latency.p99_ns.is_none(), "{latency:?}");
    assert_eq!(found.percentiles_withheld["p99"], "a generation has fewer than the 100 operations that it takes");
    let sentence = "no p99: a generation has fewer than the 100 operations that it takes";
    assert_eq!(limit(&report, LimitKind::NoPercentile), Some(sentence));
    let json = serde_json::to_value(&report).expect("JSON");
    let arm = json["rows"][0]["arms"].as_array().expect("arms")[0].clone();
    assert_eq!((&arm["latency"]["p99_ns"], &arm["percentiles"]["p99_ns"]), (&Value::Null, &Value::Null));
    assert_eq!(read_report(&json.to_string()).expect("what was written"), report);
    for view in [table(&report, Style::default()), markdown(&report)] {
        assert!(view.contains(sentence), "{view}");
        assert!(view.lines().any(|line| line.contains("smol") && line.contains('–')), "{view}");
    }
    assert_eq!(report.claims[0].verdict, ClaimVerdict::Unanswerable);
    let reason = report.claims[0].reason.as_deref();
    assert_eq!(
        reason,
        Some("tokio has no p99 on this case: a generation has fewer than the 100 operations that it takes")
    );
}

#[test]
fn a_record_that_counted_in_three_generations_has_no_percentiles_and_says_so() {
    let report = report(12, &[], |arm, number| number.is_multiple_of(4).then(|| ramp(arm, number, 500)));
    let sentence = "no p50, no p99: fewer than 8 generations recorded latencies";
    assert_eq!(limit(&report, LimitKind::NoPercentile), Some(sentence));
    assert!(table(&report, Style::default()).contains(sentence));
    assert_eq!(tokio(&report).latency.expect("latencies").count, 1500);
}

#[test]
fn a_tail_that_comes_in_few_bursts_is_none() {
    let report = report(12, &[], |arm, number| {
        let mut latencies = ramp(arm, number, 500);
        (0..30).filter(|_| number < 4).for_each(|_| latencies.record(Duration::from_millis(40)));
        Some(latencies)
    });
    assert!(limit(&report, LimitKind::NoPercentile).is_some_and(|why| why.contains("comes in bursts")));
}

#[test]
fn a_tail_that_tells_the_reference_from_itself_is_said() {
    let calm = report(12, &[], |arm, number| Some(ramp(arm, number, 500)));
    assert_eq!(limit(&calm, LimitKind::PercentileUnsteady), None);
    let slow = report(12, &[], |arm, number| {
        let mut latencies = ramp(arm, number, 500);
        (0..20).filter(|_| arm == 1).for_each(|_| latencies.record(Duration::from_micros(2500 + u64::from(number))));
        Some(latencies)
    });
    let said = limit(&slow, LimitKind::PercentileUnsteady).expect("12 of 12 generations");
    assert!(said.starts_with("p99 tells tokio from itself: the control's is 1.2"), "{said}");
    assert!(table(&slow, Style::default()).contains("p99 tells tokio from itself"));
}
