//! Claims are judged by their whole interval, from hand-made records.

use crate::sample::build::{MockArm, MockRow, arm, header, row, text};
use crate::sample::sample;
use loopswap_protocol::{Headline, Unavailable};
use loopswap_report::model::{ClaimReport, ClaimVerdict, Report};
use loopswap_report::record::{Claim, EndReason, Fault, FaultKind, Role};
use loopswap_report::{Style, analyse, markdown, read_report, record, table};

fn claim(check: &str) -> Claim {
    Claim { says: "It is said".into(), check: check.into() }
}

fn reference(op_ns: f64) -> [MockArm; 2] {
    [arm("tokio", Role::Reference, op_ns, 0.9, 0.0), arm("tokio", Role::Control, op_ns, 0.9, 0.0)]
}

fn mock(case: &str, arms: Vec<MockArm>, generations: u32, noise: f64) -> MockRow {
    let row = row(case, Headline::Time, "step", vec![]);
    MockRow { row, arms, generations, rounds: 3, noise, neighbours: 0.0, latency: true }
}

/// `slow` takes twice as long as tokio, `slower` four times.
fn speeds(generations: u32, noise: f64) -> MockRow {
    let mut arms = Vec::from(reference(1e5));
    arms.push(arm("slow", Role::Contender, 2e5, 0.9, 0.0));
    arms.push(arm("slower", Role::Contender, 4e5, 0.9, 0.0));
    mock("cpu/speeds", arms, generations, noise)
}

/// Arms without a result, each for another reason; one of several arms fails once.
fn outcomes() -> MockRow {
    let fault = |kind, message: &str, projected_ns| {
        Some(Fault {
            row: 0,
            arm: None,
            generation: None,
            kind,
            message: message.into(),
            stderr: String::new(),
            projected_ns,
        })
    };
    let unfinished = fault(FaultKind::DidNotFinish, "it takes too long", Some(10_000_000));
    let mut arms = Vec::from(reference(1e5));
    arms.push(MockArm { fault: unfinished, ..arm("endless", Role::Contender, 0.0, 0.0, 0.0) });
    let unsupported = fault(FaultKind::Unsupported, "it needs two tasks", None);
    arms.push(MockArm { fault: unsupported, ..arm("simple", Role::Contender, 0.0, 0.0, 0.0) });
    let crashed = fault(FaultKind::Crashed, "exit code 101", None);
    arms.push(MockArm { fault: crashed, ..arm("broken", Role::Contender, 0.0, 0.0, 0.0) });
    let unavailable = Some(Unavailable { reason: "too little memory".into(), remedy: String::new() });
    arms.push(MockArm { unavailable, ..arm("absent", Role::Contender, 0.0, 0.0, 0.0) });
    mock("cpu/outcomes", arms, 12, 0.01)
}

fn report(rows: &[MockRow], checks: &[&str]) -> Report {
    let mut header = header(rows, 12);
    header.plan.claims = checks.iter().map(|check| claim(check)).collect();
    analyse(&record::read(&text(header, rows, Some(EndReason::Finished))).expect("a record"))
}

fn judged(rows: &[MockRow], check: &str) -> ClaimReport {
    report(rows, &[check]).claims.pop().expect("one claim")
}

#[track_caller]
fn assert_verdict(rows: &[MockRow], check: &str, verdict: ClaimVerdict) {
    let claim = judged(rows, check);
    assert_eq!(claim.verdict, verdict, "{}", claim.sentence);
}

#[test]
fn the_whole_interval_decides() {
    let rows = [speeds(12, 0.1)];
    let found = judged(&rows, "ratio(cpu/speeds, slow / tokio) >= 1.5");
    let value = found.value.expect("an estimate");
    assert!(value.lower < value.value && value.value < value.upper && value.n == 12, "{value:?}");
    assert_eq!(found.verdict, ClaimVerdict::True);
    for (bound, verdict) in [
        (value.lower - 1e-6, ClaimVerdict::True),
        (value.lower + 1e-6, ClaimVerdict::Undecided),
        (value.upper - 1e-6, ClaimVerdict::Undecided),
        (value.upper + 1e-6, ClaimVerdict::False),
    ] {
        assert_verdict(&rows, &format!("ratio(cpu/speeds, slow / tokio) >= {bound}"), verdict);
        let opposite = match verdict {
            ClaimVerdict::True => ClaimVerdict::False,
            ClaimVerdict::False => ClaimVerdict::True,
            same => same,
        };
        assert_verdict(&rows, &format!("ratio(cpu/speeds, slow / tokio) < {bound}"), opposite);
    }
}

#[test]
fn a_ratio_with_the_reference_is_the_one_of_the_report_by_whole_slices() {
    let report = report(&[speeds(12, 0.1)], &["ratio(cpu/speeds, slow / tokio) >= 1"]);
    let slow = report.rows[0].arms.iter().find(|arm| arm.runtime == "slow").expect("an arm");
    let speed = slow.whole_ratio.expect("a ratio");
    let longer = report.claims[0].value.expect("an estimate");
    assert!((longer.value * speed.value - 1.0).abs() < 1e-12);
    assert!((longer.lower * speed.upper - 1.0).abs() < 1e-12);
}

#[test]
fn two_contenders_are_paired_round_by_round() {
    // Every round is up to 10 % slower than another, for all arms alike: only a paired ratio is exact.
    let found = judged(&[speeds(12, 0.0)], "ratio(cpu/speeds, slower / slow) >= 1.99");
    let value = found.value.expect("an estimate");
    assert!((value.value - 2.0).abs() < 1e-3 && value.upper - value.lower < 1e-3, "{value:?}");
    assert_eq!(found.verdict, ClaimVerdict::True);
    let time = judged(&[speeds(12, 0.0)], "time(cpu/speeds, slow) > 0 ns").value.expect("an estimate");
    assert!(time.relative().expect("no zero") > 1e-3, "the drift is in a time: {time:?}");
}

#[test]
fn a_ratio_over_two_cases_has_the_uncertainty_of_both() {
    let mut other = speeds(12, 0.05);
    other.row.case = "cpu/other".into();
    let rows = [speeds(12, 0.05), other];
    let found = judged(&rows, "ratio(cpu/speeds @ slow / cpu/other @ tokio) >= 1.5");
    let value = found.value.expect("an estimate");
    assert_eq!(found.verdict, ClaimVerdict::True, "{}", found.sentence);
    assert!(value.level >= 0.95 && value.lower < 2.0 && 2.0 < value.upper, "{value:?}");
    let paired = judged(&rows, "ratio(cpu/speeds, slow / tokio) >= 1.5").value.expect("an estimate");
    assert!(value.upper - value.lower > paired.upper - paired.lower, "{value:?} {paired:?}");
    assert_verdict(&rows, "ratio(cpu/speeds @ slow / cpu/other @ slow) >= 1", ClaimVerdict::Undecided);
}

#[test]
fn granules_are_compared_over_two_cases() {
    let mut other = speeds(12, 0.0);
    other.row.case = "cpu/other".into();
    other.row.granule = 10;
    let found = judged(&[speeds(12, 0.0), other], "ratio(cpu/other @ tokio / cpu/speeds @ tokio) >= 9");
    assert_eq!(found.verdict, ClaimVerdict::True, "{}", found.sentence);
}

#[test]
fn figures_of_one_arm_are_compared_in_their_units() {
    let rows = [speeds(12, 0.02)];
    for (check, verdict) in [
        ("time(cpu/speeds, slow) >= 200 us", ClaimVerdict::True),
        ("time(cpu/speeds, slow) <= 0.2 ms", ClaimVerdict::False),
        ("rate(cpu/speeds, tokio) >= 8k", ClaimVerdict::True),
        ("cpu(cpu/speeds, slow) < 150us", ClaimVerdict::False),
        ("p50(cpu/speeds, tokio) <= 10ms", ClaimVerdict::True),
        ("p99(cpu/speeds, tokio) <= 10ms", ClaimVerdict::False),
        ("rss(cpu/speeds, tokio) < 20 MiB", ClaimVerdict::True),
        ("switches(cpu/speeds, tokio) <= 0.05", ClaimVerdict::False),
        ("verified(cpu/speeds) >= 3", ClaimVerdict::True),
        ("verified(cpu/speeds) >= 4", ClaimVerdict::False),
        ("peer_cpu(cpu/speeds, tokio) <= 1s", ClaimVerdict::Unanswerable),
        ("overshoot(cpu/speeds, tokio) <= 1s", ClaimVerdict::Unanswerable),
        ("bytes_per_task(cpu/speeds, tokio) <= 1KiB", ClaimVerdict::Unanswerable),
    ] {
        assert_verdict(&rows, check, verdict);
    }
}

#[test]
fn an_arm_that_did_not_finish_gives_half_an_answer() {
    let rows = [outcomes()];
    // It would take 10 ms, tokio takes about 0.1 ms.
    let found = judged(&rows, "ratio(cpu/outcomes, endless / tokio) >= 50");
    assert_eq!(found.verdict, ClaimVerdict::True, "{}", found.sentence);
    assert!(found.value.is_none() && found.at_most.is_none());
    assert!(found.at_least.is_some_and(|least| (80.0..101.0).contains(&least)), "{found:?}");
    assert!(found.sentence.contains("endless did not finish, its time is projected"), "{}", found.sentence);
    for (check, verdict) in [
        ("ratio(cpu/outcomes, endless / tokio) >= 500", ClaimVerdict::Undecided),
        ("ratio(cpu/outcomes, endless / tokio) <= 50", ClaimVerdict::False),
        ("ratio(cpu/outcomes, tokio / endless) <= 0.02", ClaimVerdict::True),
        ("ratio(cpu/outcomes, tokio / endless) >= 0.02", ClaimVerdict::False),
        ("time(cpu/outcomes, endless) >= 1ms", ClaimVerdict::True),
        ("rate(cpu/outcomes, endless) > 1k", ClaimVerdict::False),
        ("cpu_ratio(cpu/outcomes, endless / tokio) >= 1", ClaimVerdict::Unanswerable),
        ("rss(cpu/outcomes, endless) <= 1 MiB", ClaimVerdict::Unanswerable),
    ] {
        assert_verdict(&rows, check, verdict);
    }
}

#[test]
fn what_was_not_measured_is_unanswerable_and_says_why() {
    let rows = [outcomes()];
    for (check, reason) in [
        ("ratio(cpu/outcomes, simple / tokio) >= 1", "simple does not support it: it needs two tasks"),
        ("time(cpu/outcomes, absent) <= 1s", "absent is skipped: too little memory"),
        ("ratio(cpu/outcomes, tokio / broken) >= 1", "broken failed: exit code 101"),
        ("time(cpu/elsewhere, tokio) <= 1s", "`cpu/elsewhere` is not part of this run"),
        ("time(cpu/outcomes, other) <= 1s", "other is not part of this run"),
        ("prime(cpu/outcomes, tokio) <= 1s", "unknown function `prime`"),
    ] {
        let found = judged(&rows, check);
        assert_eq!((found.verdict, found.reason.as_deref()), (ClaimVerdict::Unanswerable, Some(reason)));
        assert!(found.sentence.contains(reason), "{}", found.sentence);
    }
    assert_verdict(&rows, "failed(cpu) <= 0", ClaimVerdict::False);
    assert_verdict(&rows, "failed(cpu) <= 1", ClaimVerdict::True);
}

#[test]
fn nothing_is_decided_where_the_machine_may_not_be_relied_on() {
    let found = judged(&[speeds(5, 0.01)], "ratio(cpu/speeds, slow / tokio) >= 1.5");
    assert_eq!(found.verdict, ClaimVerdict::Undecided, "{}", found.sentence);
    let mut shifted = speeds(12, 0.01);
    shifted.arms[1].op_ns *= 1.05;
    let found = judged(&[shifted], "ratio(cpu/speeds, slow / tokio) >= 1.5");
    assert_eq!(found.verdict, ClaimVerdict::Undecided, "{}", found.sentence);
    assert!(found.sentence.contains("not trustworthy"), "{}", found.sentence);
}

#[test]
fn claims_are_part_of_report_table_and_page() {
    let checks = [
        "ratio(cpu/speeds, slow / tokio) >= 1.5",
        "ratio(cpu/speeds, slow / tokio) >= 2.5",
        "time(cpu/speeds, nobody) <= 1s",
    ];
    let report = report(&[speeds(12, 0.01)], &checks);
    let text = serde_json::to_string(&report).expect("plain data");
    assert_eq!(read_report(&text).expect("a report"), report);
    let table = table(&report, Style::default());
    let claims = &table[table.find("claims: 1 true, 1 false, 1 unanswerable\n").expect("a heading")..];
    let places = ["  false ", "  unanswerable ", "  true "].map(|word| claims.find(word).expect("a line"));
    assert!(places.is_sorted(), "{claims}");
    assert!(table.lines().all(|line| line.chars().count() <= 100), "{table}");
    let page = markdown(&report);
    assert!(page.contains("## Claims\n\nclaims: 1 true") && page.contains("- **false** It is said"), "{page}");
}

#[test]
fn a_report_without_claims_is_as_before() {
    let report = analyse(&record::read(sample()).expect("a record"));
    assert!(!serde_json::to_string(&report).expect("plain data").contains("claims"));
}
