//! The gate: what fails, and which reason comes first.

use super::{compared, find_mut, report};
use loopswap_report::comparison::{Comparison, CounterChange, FailOn, Gate, Outcome, Verdict, judge};
use loopswap_report::record::EndReason;

const ALL: [FailOn; 6] =
    [FailOn::Regression, FailOn::Inconclusive, FailOn::Error, FailOn::Untrusted, FailOn::Counters, FailOn::Missing];

fn gate(comparison: &Comparison, fail_on: &[FailOn]) -> Gate {
    judge(comparison, &fail_on.iter().copied().collect(), Vec::new())
}

/// All rows equivalent, except one of `verdict`.
fn with(verdict: Verdict) -> Comparison {
    let mut comparison = compared(&report(1.0), &report(1.0));
    comparison.rows.iter_mut().for_each(|row| row.verdict = Verdict::Equivalent);
    find_mut(&mut comparison, "cpu/one-go", "smol").verdict = verdict;
    comparison
}

#[test]
fn each_kind_of_finding_fails_only_where_it_was_asked_for() {
    for (verdict, on, outcome) in [
        (Verdict::Regression, FailOn::Regression, Outcome::Regression),
        (Verdict::Error, FailOn::Error, Outcome::TargetFailed),
        (Verdict::Inconclusive, FailOn::Inconclusive, Outcome::Inconclusive),
        (Verdict::NotTrustworthy, FailOn::Untrusted, Outcome::Inconclusive),
    ] {
        let comparison = with(verdict);
        let failed = gate(&comparison, &[on]);
        assert_eq!(failed.outcome, outcome);
        assert!(failed.reason.contains("cpu/one-go on smol"), "{}", failed.reason);
        let others: Vec<FailOn> = ALL.into_iter().filter(|other| *other != on).collect();
        assert_eq!(gate(&comparison, &others).outcome, Outcome::Passed, "{verdict:?}");
    }
    assert_eq!(gate(&with(Verdict::Improvement), &ALL).outcome, Outcome::Passed);
    assert_eq!(gate(&with(Verdict::Equivalent), &ALL).outcome, Outcome::Passed);
}

#[test]
fn a_failed_target_comes_before_a_regression_and_that_before_what_cannot_be_told() {
    let mut comparison = with(Verdict::Inconclusive);
    assert_eq!(gate(&comparison, &ALL).outcome, Outcome::Inconclusive);
    find_mut(&mut comparison, "cpu/one-go", "tokio").verdict = Verdict::Regression;
    assert_eq!(gate(&comparison, &ALL).outcome, Outcome::Regression);
    find_mut(&mut comparison, "redis/conns=64", "tokio").verdict = Verdict::Error;
    let all = gate(&comparison, &ALL);
    assert_eq!(all.outcome, Outcome::TargetFailed);
    let parts =
        ["redis/conns=64 on tokio failed", "cpu/one-go on tokio is slower", "cpu/one-go on smol is inconclusive"];
    assert_eq!(all.reason, parts.join("; "));
}

#[test]
fn changed_counters_are_told_and_fail_where_asked_for() {
    let mut comparison = with(Verdict::Inconclusive);
    let change =
        CounterChange { name: "syscalls".into(), base: 2.0, head: 3.0, scatter: 0.0, changed: true, method: None };
    let same = CounterChange { name: "polls".into(), head: 2.0, changed: false, ..change.clone() };
    find_mut(&mut comparison, "cpu/one-go", "smol").counters = vec![change, same];
    let told = gate(&comparison, &[FailOn::Regression]);
    assert_eq!((told.outcome, told.counters.len()), (Outcome::Passed, 1));
    assert_eq!(told.counters[0].sentence, "syscalls 2 to 3 per operation");
    assert_eq!(gate(&comparison, &[FailOn::Counters]).outcome, Outcome::Regression);
}

#[test]
fn nothing_compared_is_not_passed() {
    let mut comparison = with(Verdict::Equivalent);
    comparison.rows.iter_mut().for_each(|row| row.verdict = Verdict::NotMeasured);
    assert_eq!(gate(&comparison, &[FailOn::Regression]).outcome, Outcome::NotComparable);
    comparison.rows.clear();
    assert_eq!(gate(&comparison, &[FailOn::Regression]).outcome, Outcome::NotComparable);
    let mut head = report(1.0);
    head.rows.pop();
    let comparison = compared(&report(1.0), &head);
    assert_eq!(gate(&comparison, &[FailOn::Missing]).outcome, Outcome::NotComparable);
    assert_eq!(gate(&comparison, &[FailOn::Regression]).outcome, Outcome::Passed);
}

#[test]
fn a_run_that_was_cut_short_has_not_looked_at_everything() {
    for (complete, on, outcome) in [
        (EndReason::Interrupted, FailOn::Inconclusive, Outcome::Inconclusive),
        (EndReason::Unknown, FailOn::Inconclusive, Outcome::Inconclusive),
        (EndReason::Failed, FailOn::Error, Outcome::TargetFailed),
    ] {
        let comparison = Comparison { complete, ..with(Verdict::Equivalent) };
        assert_eq!(gate(&comparison, &[on]).outcome, outcome);
        assert_eq!(gate(&comparison, &[FailOn::Regression]).outcome, Outcome::Passed);
    }
}
