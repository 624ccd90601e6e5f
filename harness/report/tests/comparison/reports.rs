//! Two reports: what is found, what is refused, what is listed as missing.

use super::{compared, cpu, find, of, options, redis, report};
use crate::sample::build::arm;
use loopswap_protocol::Unavailable;
use loopswap_report::comparison::{Side, Verdict};
use loopswap_report::model::{ArmStatus, ControlStatus, Figure};
use loopswap_report::record::{Fault, FaultKind, Placement, Role};
use loopswap_report::reports::{Options, of_reports};
use loopswap_report::view::comparison as view;
use loopswap_report::{Report, Style};

fn verdict(factor: f64, options: &Options) -> Verdict {
    let comparison = of_reports(&report(1.0), &report(factor), options).expect("like reports");
    for row in comparison.rows.iter().filter(|row| row.runtime != "smol") {
        assert!(matches!(row.verdict, Verdict::Inconclusive | Verdict::Equivalent), "{row:?}");
    }
    find(&comparison, "redis/conns=64", "smol").verdict
}

#[test]
fn what_lies_beyond_the_drift_is_found_and_nothing_else() {
    let default = options();
    assert_eq!(verdict(1.0, &default), Verdict::Inconclusive);
    assert_eq!(verdict(1.08, &default), Verdict::Inconclusive);
    assert_eq!(verdict(1.3, &default), Verdict::Regression);
    assert_eq!(verdict(0.7, &default), Verdict::Improvement);
    let steady = Options { drift: 0.0, ..options() };
    assert_eq!(verdict(1.0, &steady), Verdict::Equivalent);
    assert_eq!(verdict(1.08, &steady), Verdict::Regression);
    // A floor of more than the change: 8 % of 100 µs are 8 µs.
    assert_eq!(verdict(1.08, &Options { floor_ns: 20_000.0, ..steady }), Verdict::Inconclusive);
}

#[test]
fn figures_are_of_one_operation_and_the_ratio_is_head_to_base() {
    let comparison = compared(&report(1.0), &report(1.3));
    let row = find(&comparison, "redis/conns=64", "smol");
    let ratio = row.ratio.expect("a ratio");
    assert!((ratio.value - 1.3).abs() < 0.02 && ratio.lower < 1.3 && 1.3 < ratio.upper, "{ratio:?}");
    let (base, head) = (row.base_ns.expect("a time").value, row.head_ns.expect("a time").value);
    assert!((head / base - 1.3).abs() < 0.02 && base > 99_000.0 && base < 112_000.0, "{base} {head}");
    assert!((row.cpu_ratio.expect("a ratio").value - 1.3).abs() < 0.05);
    // A granule of four computations: the time of one is shown, not that of four.
    let computation = find(&comparison, "cpu/one-go", "tokio").base_ns.expect("a time").value;
    assert!(computation > 89_000.0 && computation < 101_000.0, "{computation}");
    assert!(row.smallest_visible.expect("a change") > 0.10 && row.threshold >= 0.10);
    assert!(comparison.caveats[0].contains("drift") && comparison.caveats[0].contains("race"));
}

#[test]
fn unlike_conditions_are_refused_with_the_field_and_the_way_out() {
    type Change = fn(&mut Report);
    let changes: [(&str, Change); 11] = [
        ("schema", |report| report.schema = 0),
        ("environment.cpu_model", |report| report.environment.cpu_model = "Another".into()),
        ("environment.kernel", |report| report.environment.kernel = "Linux 6.19".into()),
        ("environment.cpus_online", |report| report.environment.cpus_online = 4),
        ("placement", |report| report.rows[0].placement = Placement::SameCore),
        ("number of runner_cpus", |report| report.rows[0].runner_cpus = vec![0, 1]),
        ("params.conns", |report| report.rows[0].params["conns"] = 65.into()),
        ("params.more", |report| drop(report.rows[0].params.insert("more".into(), 1.into()))),
        ("operation", |report| report.rows[0].operation = "GET".into()),
        ("peers", |report| report.rows[0].peers[0].name = "redis-server 8.0.0".into()),
        ("peers", |report| report.rows[0].peers[0].started_here = false),
    ];
    for (field, change) in changes {
        let mut other = report(1.0);
        change(&mut other);
        for (base, head) in [(&report(1.0), &other), (&other, &report(1.0))] {
            let refused = of_reports(base, head, &options()).expect_err(field);
            assert!(refused.what.contains(&format!("`{field}` differs: BASE has ")), "{refused}");
            assert!(refused.remedy.len() > 20, "{refused}");
        }
    }
}

#[test]
fn another_host_is_compared_by_ratios_to_the_reference() {
    // Everything takes twice as long there, and smol 30 % more than that.
    let slower = |factor: f64| {
        let mut rows = vec![redis(factor), cpu()];
        rows.iter_mut().flat_map(|row| &mut row.arms).for_each(|arm| arm.op_ns *= 2.0);
        let mut report = of(rows);
        report.environment.cpu_model = "Another CPU".into();
        report
    };
    let across = Options { across_hosts: true, ..options() };
    let refused = of_reports(&report(1.0), &slower(1.0), &options()).expect_err("another host");
    assert!(refused.remedy.contains("--across-hosts"), "{refused}");
    let same = of_reports(&report(1.0), &slower(1.0), &across).expect("allowed");
    assert_eq!(same.with(Verdict::Regression).count(), 0);
    assert!((find(&same, "redis/conns=64", "smol").ratio.expect("a ratio").value - 1.0).abs() < 0.02);
    let reference = find(&same, "redis/conns=64", "tokio");
    assert_eq!((reference.verdict, reference.ratio), (Verdict::NotMeasured, None));
    assert!(same.caveats[1].contains("`tokio`"), "{:?}", same.caveats);
    let worse = of_reports(&report(1.0), &slower(1.3), &across).expect("allowed");
    let row = find(&worse, "redis/conns=64", "smol");
    assert_eq!(row.verdict, Verdict::Regression);
    assert!((row.ratio.expect("a ratio").value - 1.3).abs() < 0.02);
    // The same load may mean something else there.
    let mut other = slower(1.0);
    other.reference = "smol".into();
    assert!(of_reports(&report(1.0), &other, &across).expect_err("another reference").what.contains("`reference`"));
}

#[test]
fn what_one_side_lacks_is_listed_with_the_reason() {
    let mut base = vec![redis(1.0), cpu()];
    base[1].arms.push(arm("threads", Role::Contender, 90_000.0, 1.0, 0.0));
    let mut head = vec![redis(1.0)];
    head[0].arms[2].op_ns = 0.0;
    head[0].arms[2].unavailable =
        Some(Unavailable { reason: "no room for its rings".into(), remedy: "make room".into() });
    head[0].arms.push(arm("null", Role::Contender, 80_000.0, 1.0, 0.5));
    let comparison = compared(&of(base), &of(head));
    let missing: Vec<(&str, &str, Side, &str)> = comparison
        .missing
        .iter()
        .map(|missing| (&*missing.case, &*missing.runtime, missing.lacking, missing.why.as_deref().unwrap_or_default()))
        .collect();
    assert!(missing.contains(&("redis/conns=64", "smol", Side::Head, "skipped: no room for its rings")), "{missing:?}");
    assert!(missing.contains(&("redis/conns=64", "null", Side::Base, "its report has no such runtime")), "{missing:?}");
    assert!(missing.contains(&("cpu/one-go", "threads", Side::Head, "its report has no such case")), "{missing:?}");
    assert_eq!((missing.len(), comparison.rows.len()), (5, 2), "{missing:?}");
}

/// A report in which the peer limits tokio and smol, which takes `factor` times the CPU time and `wall`
/// times the time.
fn peer_bound(factor: f64, wall: f64) -> Report {
    let mut redis = redis(1.0);
    for arm in &mut redis.arms {
        (arm.busy, arm.peer_busy) = (0.5, 0.97);
    }
    let smol = &mut redis.arms[2];
    (smol.op_ns, smol.busy) = (smol.op_ns * wall, 0.5 * factor / wall);
    of(vec![redis, cpu()])
}

#[test]
fn a_row_that_the_peer_limits_is_judged_by_cpu_time() {
    let base = peer_bound(1.0, 1.0);
    assert!(base.rows[0].limits.iter().any(|limit| limit.arms.contains(&"smol".into())), "{:?}", base.rows[0].limits);
    let smol = |head: &Report| find(&compared(&base, head), "redis/conns=64", "smol").clone();
    let row = smol(&peer_bound(1.3, 1.0));
    assert_eq!((row.verdict, row.judged_by), (Verdict::Regression, Figure::Cpu), "{row:?}");
    assert!((row.ratio.expect("a ratio").value - 1.0).abs() < 0.02, "{row:?}");
    assert!((row.judged().expect("a ratio").value - 1.3).abs() < 0.02, "{row:?}");
    assert!(row.sentence.starts_with("takes more CPU time: HEAD ÷ BASE is 1.3"), "{}", row.sentence);
    assert!(row.sentence.contains("the peer limits the time"), "{}", row.sentence);
    assert_eq!(smol(&peer_bound(0.7, 1.0)).verdict, Verdict::Improvement);
    // A slower peer does not make a slower runtime.
    let row = smol(&peer_bound(1.0, 1.3));
    assert_eq!(row.verdict, Verdict::Inconclusive, "{row:?}");
    assert!((row.ratio.expect("a ratio").value - 1.3).abs() < 0.02 && row.sentence.contains("CPU time"), "{row:?}");
    // The limit on one side is enough: before it was the peer, now it is the runner.
    let mut head = redis(1.0);
    head.arms[2].op_ns *= 1.5;
    let row = smol(&of(vec![head, cpu()]));
    assert_eq!((row.verdict, row.judged_by), (Verdict::Regression, Figure::Cpu), "{row:?}");
    // Rows that no peer limits are judged as usual.
    assert_eq!(find(&compared(&base, &base), "cpu/one-go", "smol").judged_by, Figure::Time);
    let told = view::table(&compared(&base, &peer_bound(1.3, 1.0)), Style::default());
    assert!(told.contains("smol") && told.contains("is of the CPU time per operation"), "{told}");
    // Across hosts too: relative to the reference of each report.
    let across = Options { across_hosts: true, ..options() };
    let comparison = of_reports(&base, &peer_bound(1.3, 1.0), &across).expect("like reports");
    assert_eq!(find(&comparison, "redis/conns=64", "smol").verdict, Verdict::Regression);
}

fn fault(kind: FaultKind, generation: Option<u32>) -> Fault {
    let message = "expected 1, got 2".to_owned();
    Fault { row: 0, arm: None, generation, kind, message, stderr: String::new(), projected_ns: Some(4_000_000_000) }
}

#[test]
fn a_failed_target_is_an_error_even_where_it_has_figures() {
    for generation in [None, Some(3)] {
        let mut head = vec![redis(1.3), cpu()];
        head[0].arms[2].fault = Some(fault(FaultKind::Failed, generation));
        if generation.is_none() {
            head[0].arms[2].op_ns = 0.0;
        }
        let comparison = compared(&report(1.0), &of(head));
        let row = find(&comparison, "redis/conns=64", "smol");
        assert_eq!(row.verdict, Verdict::Error, "{row:?}");
        assert!(row.errors[0].starts_with("HEAD: ") && row.errors[0].contains("expected 1, got 2"), "{row:?}");
        assert_eq!(row.ratio.is_some(), generation.is_some());
        assert_eq!(find(&comparison, "redis/conns=64", "threads").errors, [""; 0]);
    }
}

#[test]
fn an_error_belongs_to_its_arm_whatever_its_sentence_begins_with() {
    let error = "smol, patched, generation 3: expected 1, got 2";
    let of_another = |mut report: Report| {
        report.rows[0].errors = vec![error.into()];
        report.rows[0].error_arms = vec![Some("smol, patched".into())];
        report
    };
    let base = report(1.0);
    let verdict = |head: &Report, runtime: &str| find(&compared(&base, head), "redis/conns=64", runtime).verdict;
    let head = of_another(report(1.0));
    assert_ne!(verdict(&head, "smol"), Verdict::Error, "it is another runtime's");
    let mut of_the_row = head.clone();
    of_the_row.rows[0].error_arms = vec![None];
    assert_eq!((verdict(&of_the_row, "smol"), verdict(&of_the_row, "threads")), (Verdict::Error, Verdict::Error));
    // In an older report only the beginning of the sentence tells.
    let mut old = head;
    old.rows[0].error_arms.clear();
    assert_eq!(verdict(&old, "smol"), Verdict::Error);
    assert_ne!(verdict(&old, "threads"), Verdict::Error);
}

#[test]
fn what_no_longer_finishes_is_a_regression_and_the_other_way_an_improvement() {
    let mut late = vec![redis(1.0), cpu()];
    late[0].arms[2].op_ns = 0.0;
    late[0].arms[2].fault = Some(fault(FaultKind::DidNotFinish, None));
    let late = of(late);
    assert_eq!(late.rows[0].arms.iter().filter(|arm| arm.status == ArmStatus::DidNotFinish).count(), 1);
    let mut good = report(1.0);
    for arm in good.rows.iter_mut().flat_map(|row| &mut row.arms) {
        // Mock records have no smoke pass.
        arm.ops_per_slice = Some(200);
    }
    let smol = |base: &Report, head: &Report| find(&compared(base, head), "redis/conns=64", "smol").clone();
    let row = smol(&good, &late);
    assert_eq!((row.verdict, row.ratio), (Verdict::Regression, None));
    assert!(row.sentence.contains("HEAD did not finish a slice within 2000 ms"), "{}", row.sentence);
    assert_eq!(smol(&late, &good).verdict, Verdict::Improvement);
    assert_eq!(smol(&late, &late).verdict, Verdict::NotMeasured);
    // Close to the limit it may be chance.
    let mut near = good.clone();
    near.limit_ms = 30;
    let mut late = late;
    late.limit_ms = 30;
    assert_eq!(smol(&near, &late).verdict, Verdict::Inconclusive);
}

#[test]
fn nothing_is_claimed_where_a_control_is_not_fine() {
    for side in [0, 1] {
        let mut reports = [report(1.0), report(1.5)];
        let control = &mut reports[side].rows[0].control;
        (control.fine, control.status) = (false, ControlStatus::NotTrustworthy);
        let comparison = compared(&reports[0], &reports[1]);
        for row in comparison.rows.iter().filter(|row| row.case == "redis/conns=64") {
            assert_eq!(row.verdict, Verdict::NotTrustworthy, "{row:?}");
            assert!(row.sentence.contains(["BASE", "HEAD"][side]), "{}", row.sentence);
            assert!(!row.control.fine);
        }
        assert_ne!(find(&comparison, "cpu/one-go", "smol").verdict, Verdict::NotTrustworthy);
    }
}

#[test]
fn a_restless_control_raises_the_threshold() {
    let mut head = report(1.3);
    let control = head.rows[0].arms.iter_mut().find(|arm| arm.role == Role::Control).expect("a control");
    control.speed_ratio.as_mut().expect("a ratio").upper = 1.5;
    let comparison = compared(&report(1.0), &head);
    let row = find(&comparison, "redis/conns=64", "smol");
    assert!((row.threshold - 0.5).abs() < 1e-9, "{}", row.threshold);
    assert_eq!(row.verdict, Verdict::Inconclusive);
    assert!(row.smallest_visible.expect("a change") > 0.5);
}
