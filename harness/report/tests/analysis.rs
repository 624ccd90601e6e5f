//! What the report claims, and what it refuses to claim.

use crate::sample::build::{MockArm, MockRow, arm, header, row, text};
use crate::sample::sample;
use loopswap_protocol::{Headline, PeerKind};
use loopswap_report::model::{ArmReport, ArmStatus, ControlStatus, Figure, LimitKind, Report, RowReport, Verdict};
use loopswap_report::record::{EndReason, Role, Throttled};
use loopswap_report::{analyse, record};

fn sample_report() -> Report {
    analyse(&record::read(sample()).expect("a record"))
}

fn find<'a>(row: &'a RowReport, runtime: &str) -> &'a ArmReport {
    row.arms.iter().find(|arm| arm.runtime == runtime && arm.role != Role::Control).expect("an arm")
}

fn kinds(row: &RowReport) -> Vec<LimitKind> {
    row.limits.iter().map(|limit| limit.kind).collect()
}

/// A report of one row without peers: the reference, its control, and one contender.
fn one_row(ratio: f64, control: f64, generations: u32, noise: f64) -> Report {
    let arms: Vec<MockArm> = vec![
        arm("tokio", Role::Reference, 1e5, 0.99, 0.0),
        arm("tokio", Role::Control, 1e5 * control, 0.99, 0.0),
        arm("smol", Role::Contender, 1e5 * ratio, 0.99, 0.0),
    ];
    let row = row("cpu/x", Headline::Rate, "step", vec![]);
    let rows = [MockRow { row, arms, generations, rounds: 3, noise, neighbours: 0.0, latency: false }];
    let text = text(header(&rows, 12), &rows, Some(EndReason::Finished));
    analyse(&record::read(&text).expect("a record"))
}

#[test]
fn a_twice_as_fast_arm_is_twice_as_fast() {
    let report = one_row(0.5, 1.0, 12, 0.01);
    let smol = find(&report.rows[0], "smol");
    let ratio = smol.speed_ratio.expect("a ratio");
    assert!((ratio.value - 2.0).abs() < 0.01 && ratio.lower <= 2.01 && ratio.upper >= 1.99, "{ratio:?}");
    assert_eq!((smol.verdict, smol.generations, ratio.n), (Verdict::Better, 12, 12));
    assert!((smol.rate.expect("a rate").value / 1.9e4 - 1.0).abs() < 0.02, "wall time, drift of 5 % on average");
    assert_eq!(report.rows[0].arms[0].runtime, "smol", "best first");
    assert!(report.family.contains("the 1 comparison of"), "{}", report.family);
    let visible = report.summary.smallest_visible.expect("twelve generations");
    assert!(visible > 0.01 && visible < 0.03, "beyond the margin, by what the noise takes: {visible}");
}

#[test]
fn sameness_is_a_finding_and_slowness_too() {
    assert_eq!(find(&one_row(1.001, 1.0, 12, 0.005).rows[0], "smol").verdict, Verdict::Same);
    assert_eq!(find(&one_row(1.1, 1.0, 12, 0.005).rows[0], "smol").verdict, Verdict::Worse);
    let noisy = one_row(1.02, 1.0, 12, 0.4);
    assert_eq!(find(&noisy.rows[0], "smol").verdict, Verdict::Undecided);
    assert!(noisy.rows[0].margin > 0.01, "a scattering control widens the margin");
}

#[test]
fn a_shifted_control_takes_every_verdict_away() {
    let report = one_row(0.5, 1.05, 12, 0.01);
    let row = &report.rows[0];
    assert_eq!(row.control.status, ControlStatus::NotTrustworthy);
    assert_eq!(find(row, "smol").verdict, Verdict::None);
    assert!(find(row, "smol").p_adjusted.is_some(), "it still belongs to the family");
    assert_eq!(report.summary.controls_flagged, 1);
}

#[test]
fn few_generations_give_no_verdict() {
    let report = one_row(0.5, 1.0, 5, 0.01);
    let row = &report.rows[0];
    assert_eq!(find(row, "smol").verdict, Verdict::None);
    assert!(kinds(row).contains(&LimitKind::TooFew));
    assert_eq!(row.control.status, ControlStatus::TooFew);
    let none = one_row(0.5, 1.0, 0, 0.01);
    assert_eq!(find(&none.rows[0], "smol").status, ArmStatus::NotReached);
}

#[test]
fn limits_follow_from_who_was_busy() {
    let report = sample_report();
    let [sleep, redis, cpu, fetch] = report.rows.as_slice() else { panic!("four rows") };
    assert_eq!(kinds(sleep), [LimitKind::WakeUpBound]);
    assert_eq!(kinds(redis), [LimitKind::PeerBound, LimitKind::WakeUpBound]);
    assert_eq!(kinds(cpu), [LimitKind::ClientBound]);
    let fetch = kinds(fetch);
    let few = [LimitKind::ClientBound, LimitKind::NeighbourDisturbed, LimitKind::TooFew, LimitKind::NoPercentile];
    assert_eq!(fetch, few);
}

#[test]
fn cpus_that_neighbours_took_are_not_called_idle() {
    let busy_neighbours = |neighbours| {
        let arms = vec![arm("tokio", Role::Reference, 1e5, 0.5, 0.4), arm("tokio", Role::Control, 1e5, 0.5, 0.4)];
        let row = row("redis/x", Headline::Rate, "GET", vec![PeerKind::Redis]);
        let rows = [MockRow { row, arms, generations: 8, rounds: 2, noise: 0.01, neighbours, latency: false }];
        let text = text(header(&rows, 8), &rows, Some(EndReason::Finished));
        kinds(&analyse(&record::read(&text).expect("a record")).rows[0])
    };
    assert_eq!(busy_neighbours(0.0), [LimitKind::WakeUpBound]);
    assert_eq!(busy_neighbours(0.4), [LimitKind::Mixed, LimitKind::NeighbourDisturbed]);
}

#[test]
fn a_row_that_the_quota_halted_says_so() {
    let arms = vec![arm("tokio", Role::Reference, 1e5, 0.99, 0.0), arm("tokio", Role::Control, 1e5, 0.99, 0.0)];
    let row = row("cpu/x", Headline::Rate, "step", vec![]);
    let rows = [MockRow { row, arms, generations: 8, rounds: 2, noise: 0.01, neighbours: 0.0, latency: false }];
    let text = text(header(&rows, 8), &rows, Some(EndReason::Finished));
    let mut record = record::read(&text).expect("a record");
    let mut halted = |number: u32, throttled: Throttled| {
        record.rows[0].generations.get_mut(&number).expect("a generation").closed.throttled = Some(throttled);
        analyse(&record).rows.remove(0)
    };
    assert_eq!(kinds(&halted(0, Throttled::default())), [LimitKind::ClientBound], "a quota that is not used up");
    let row = halted(3, Throttled { periods: 7, ns: 2_500_000_000 });
    assert_eq!(kinds(&row), [LimitKind::ClientBound, LimitKind::Throttled]);
    let said = &row.limits[1].sentence;
    assert!(said.contains("halted 1 of 8 generations, in 7 periods and for 2.5 s"), "{said}");
}

#[test]
fn a_peer_bound_row_is_ranked_and_judged_by_cpu() {
    let report = sample_report();
    let redis = &report.rows[1];
    assert_eq!(redis.ranked_by, Figure::Cpu);
    assert_eq!(redis.arms[0].runtime, "smol");
    assert_eq!(find(redis, "smol").verdict, Verdict::Better);
    assert_eq!(find(redis, "threads").verdict, Verdict::Worse);
    assert!(find(redis, "threads").cpu_ratio.expect("a ratio").value < 0.72);
}

#[test]
fn every_outcome_keeps_its_reason() {
    let report = sample_report();
    let sleep = &report.rows[0];
    let sequential = find(sleep, "sequential");
    assert_eq!((sequential.status, sequential.projected_ns), (ArmStatus::DidNotFinish, Some(10_120_000_000)));
    assert_eq!(find(sleep, "glommio").status, ArmStatus::Skipped);
    assert!(find(sleep, "glommio").remedy.is_some());
    let crashed = find(&report.rows[1], "async-std");
    assert_eq!(
        (crashed.status, crashed.reason.as_deref()),
        (ArmStatus::Failed, Some("the runner ended with exit code 101"))
    );
    assert!(crashed.stderr.as_ref().is_some_and(|text| text.contains("panicked")));
    let smol = find(sleep, "smol");
    assert_eq!((smol.status, smol.generations, smol.errors), (ArmStatus::Measured, 11, 1));
    assert_eq!(sleep.errors, ["smol, generation 3: expected 1000 tasks, 999 ended"]);
    let summary = report.summary;
    assert_eq!((summary.errors, summary.skipped, summary.did_not_finish, summary.failed), (2, 1, 1, 1));
    assert_eq!(report.complete, EndReason::Interrupted);
}

#[test]
fn secondary_figures_are_there() {
    let report = sample_report();
    let tokio = find(&report.rows[0], "tokio");
    let latency = tokio.latency.expect("histograms");
    assert_eq!(latency.count, 12 * 500);
    let (p50, p99) = (latency.p50_ns.expect("p50"), latency.p99_ns.expect("p99"));
    assert!(p50 < p99 && p99 <= latency.max_ns);
    let bytes = tokio.bytes_per_operation_in_flight.expect("a thousand tasks");
    assert!((bytes - 1140.0).abs() < 1.0, "{bytes}");
    assert!(find(&report.rows[1], "tokio").bytes_per_operation_in_flight.is_none());
    assert_eq!(tokio.switches_per_op.expect("counted").voluntary, 0.08);
    assert_eq!(tokio.notes["spawn_ns"], 228.0);
    let busy = find(&report.rows[1], "tokio").peer_busy.expect("a peer");
    assert!((busy.share() - 0.98).abs() < 0.01, "{busy:?}");
}

#[test]
fn counters_are_given_per_operation_with_their_scatter_and_their_gaps() {
    let report = sample_report();
    let tokio = find(&report.rows[1], "tokio");
    let syscalls = &tokio.counters_per_op["syscalls"];
    assert_eq!((syscalls.value, syscalls.scatter, syscalls.n), (4.0, 0.0, tokio.generations));
    let allocations = &tokio.counters_per_op["allocations"];
    assert!((allocations.value - 5.0).abs() <= 0.002 && allocations.scatter <= 0.002, "{allocations:?}");
    assert!(allocations.scatter > 0.0, "one slice in three has an allocation more: {allocations:?}");
    assert_eq!(syscalls.method.as_deref(), Some("tracepoint"), "what a record means that names no way");
    assert_eq!(allocations.method, None);
    assert_eq!(find(&report.rows[1], "smol").counters_per_op["syscalls"].method.as_deref(), Some("ptrace"));
    assert_eq!(tokio.counters_unavailable.len(), 0);

    let threads = find(&report.rows[1], "threads");
    assert!(!threads.counters_per_op.contains_key("syscalls") && !threads.counters_per_op.contains_key("polls"));
    assert_eq!(threads.counters_unavailable["polls"], "nobody looks");
    assert_eq!(threads.counters_per_op["allocated_bytes"].value, 7000.0);
}
