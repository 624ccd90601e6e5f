//! Accepted changes: they pass and are reported, and those without effect are named.

use super::{compared, find, find_mut, report};
use loopswap_report::comparison::{
    Accepted, Comparison, CounterChange, Direction, FailOn, Outcome, Verdict, accept, judge,
};

fn entry(case: &str, direction: Direction, expired: bool) -> Accepted {
    Accepted {
        case: case.into(),
        runtime: "smol".into(),
        direction,
        until: "2026-12-31".into(),
        why: "it checks more".into(),
        place: "accepted.toml:2:8".into(),
        expired,
    }
}

fn slower() -> Comparison {
    let comparison = compared(&report(1.0), &report(1.3));
    assert_eq!(find(&comparison, "redis/conns=64", "smol").verdict, Verdict::Regression);
    comparison
}

fn outcome(comparison: &Comparison) -> Outcome {
    judge(comparison, &[FailOn::Regression, FailOn::Counters].into(), Vec::new()).outcome
}

#[test]
fn an_accepted_regression_passes_and_is_listed() {
    let mut comparison = slower();
    assert_eq!(outcome(&comparison), Outcome::Regression);
    let said = accept(&mut comparison, &[entry("redis/conns=64", Direction::Slower, false)]);
    assert_eq!(said, [""; 0]);
    let gate = judge(&comparison, &[FailOn::Regression].into(), Vec::new());
    assert_eq!((gate.outcome, gate.regressions.len(), gate.acknowledged.len()), (Outcome::Passed, 0, 1));
    assert_eq!(gate.acknowledged[0].sentence, "slower until 2026-12-31: it checks more");
}

#[test]
fn what_is_accepted_of_the_time_is_not_accepted_of_the_counters() {
    let mut comparison = slower();
    find_mut(&mut comparison, "redis/conns=64", "smol").counters = vec![CounterChange {
        name: "syscalls".into(),
        base: 2.0,
        head: 3.0,
        scatter: 0.0,
        changed: true,
        method: None,
    }];
    let mut entries = vec![entry("redis/conns=64", Direction::Slower, false)];
    assert_eq!(accept(&mut comparison, &entries), [""; 0]);
    assert_eq!(outcome(&comparison), Outcome::Regression);
    entries[0].direction = Direction::Counters;
    assert_eq!(accept(&mut comparison, &entries), [""; 0]);
    assert_eq!(outcome(&comparison), Outcome::Passed);
}

#[test]
fn entries_without_effect_are_named_and_change_nothing() {
    for (accepted, said) in [
        (entry("redis/conns=64", Direction::Slower, true), "expired on 2026-12-31"),
        (entry("redis/conns=64", Direction::Faster, false), "shows no such change"),
        (entry("cpu/one-go", Direction::Slower, false), "shows no such change"),
        (entry("cpu/no-go", Direction::Slower, false), "has no such row"),
    ] {
        let mut comparison = slower();
        let warnings = accept(&mut comparison, std::slice::from_ref(&accepted));
        assert!(warnings.len() == 1 && warnings[0].contains(said), "{warnings:?}");
        assert!(warnings[0].starts_with("accepted.toml:2:8: "), "{warnings:?}");
        assert_eq!(comparison, slower());
    }
}

#[test]
fn a_second_entry_for_the_same_is_one_too_many_and_many_are_told_by_their_number() {
    let mut comparison = slower();
    let same = entry("redis/conns=64", Direction::Slower, false);
    let warnings = accept(&mut comparison, &vec![same; 3000]);
    assert_eq!((warnings.len(), warnings[20].as_str()), (21, "2979 more without effect, in the same file"));
    assert!(warnings[0].ends_with("an entry before it accepts the same; one of them can go"), "{}", warnings[0]);
    let accepted = find(&comparison, "redis/conns=64", "smol").acknowledged.as_ref().expect("it is accepted");
    assert_eq!((accepted.why.as_str(), accepted.directions.len()), ("it checks more", 1));
}
