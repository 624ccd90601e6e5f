//! Curves with a known shape bend where they should.

use crate::sample::build::{MockArm, MockRow, arm, header, row, text};
use loopswap_protocol::{Headline, PeerKind, RATE, Unavailable};
use loopswap_report::model::{ArmStatus, AxisReport, Curve, CurveShape, Report, StepPace};
use loopswap_report::record::{Axis, AxisKind, AxisPoint, EndReason, Fault, FaultKind, Role};
use loopswap_report::{Style, analyse, markdown, read_report, record, table};

const VALUES: [u64; 5] = [1, 4, 16, 64, 256];

/// Operations per second of a runtime at each value; 0 where it did not finish, below where it cannot run.
type Rates = (&'static str, [f64; 5]);

fn mock(runtime: &'static str, role: Role, rate: f64, peer_busy: f64) -> MockArm {
    if rate > 0.0 {
        return arm(runtime, role, 1e9 / rate, 0.6, peer_busy);
    }
    let finished = Fault {
        row: 0,
        arm: None,
        generation: None,
        kind: FaultKind::DidNotFinish,
        message: "it takes too long".into(),
        stderr: String::new(),
        projected_ns: None,
    };
    let unavailable = Unavailable { reason: "no room".into(), remedy: "make some".into() };
    MockArm {
        fault: (rate == 0.0).then_some(finished),
        unavailable: (rate < 0.0).then_some(unavailable),
        ..arm(runtime, role, 0.0, 0.0, 0.0)
    }
}

/// The report of one axis; the first runtime is the reference.
fn report(kind: AxisKind, generations: u32, noise: f64, runtimes: &[Rates]) -> Report {
    disturbed(kind, generations, noise, runtimes, [0.0; 5])
}

/// The same on a machine on which other programs take these shares while a value is measured.
fn disturbed(kind: AxisKind, generations: u32, noise: f64, runtimes: &[Rates], neighbours: [f64; 5]) -> Report {
    analysed(kind, &rows(generations, noise, runtimes, neighbours))
}

/// A row for each value.
fn rows(generations: u32, noise: f64, runtimes: &[Rates], neighbours: [f64; 5]) -> Vec<MockRow> {
    VALUES
        .iter()
        .enumerate()
        .map(|(place, value)| {
            // The peer is the limit at the largest value.
            let peer_busy = if place == VALUES.len() - 1 { 0.99 } else { 0.5 };
            let (reference, rates) = runtimes[0];
            let mut arms = vec![
                mock(reference, Role::Reference, rates[place], peer_busy),
                mock(reference, Role::Control, rates[place], peer_busy),
            ];
            arms.extend(runtimes[1..].iter().map(|(name, rates)| mock(name, Role::Contender, rates[place], peer_busy)));
            let row = row(&format!("redis/conns={value}"), Headline::Rate, "HSET", vec![PeerKind::Redis]);
            MockRow { row, arms, generations, rounds: 3, noise, neighbours: neighbours[place], latency: false }
        })
        .collect()
}

/// What is found in rows that are the values of an axis.
fn analysed(kind: AxisKind, rows: &[MockRow]) -> Report {
    let mut header = header(rows, rows[0].generations);
    let point = |(row, value): (usize, &u64)| AxisPoint { value: *value, shown: value.to_string(), row };
    header.plan.axes = vec![Axis {
        name: "redis/conns".into(),
        parameter: "conns".into(),
        kind,
        points: VALUES.iter().enumerate().map(point).collect(),
    }];
    analyse(&record::read(&text(header, rows, Some(EndReason::Finished))).expect("a record"))
}

fn curve<'a>(axis: &'a AxisReport, runtime: &str) -> &'a Curve {
    axis.curves.iter().find(|curve| curve.runtime == runtime).expect("a curve")
}

const LINEAR: [f64; 5] = [1e3, 4e3, 16e3, 64e3, 256e3];
const BENT: [f64; 5] = [1e3, 4e3, 15e3, 20e3, 21e3];
const FALLING: [f64; 5] = [1e3, 4e3, 16e3, 18e3, 9e3];

fn sample() -> Report {
    let rates = [
        ("tokio", BENT),
        ("smol", LINEAR),
        ("glommio", FALLING),
        ("threads", [1e3, 2e3, 1e3, 5e2, 0.0]),
        ("sequential", [1e3, -1.0, 1e3, 1e3, 1e3]),
    ];
    report(AxisKind::Load, 10, 0.02, &rates)
}

#[test]
fn a_curve_bends_where_it_is_known_to() {
    let report = sample();
    let [axis] = report.axes.as_slice() else { panic!("one axis") };
    assert_eq!(axis.values[3].case, "redis/conns=64");
    let of = |runtime| {
        let Curve { shape, scales_to, bends_at, falls_from, .. } = curve(axis, runtime);
        (*shape, *scales_to, *bends_at, *falls_from)
    };
    assert_eq!(of("smol"), (CurveShape::Scales, Some(256), None, None));
    assert_eq!(of("tokio"), (CurveShape::Bends, Some(16), Some(16), None));
    assert_eq!(of("glommio"), (CurveShape::Bends, Some(16), Some(16), Some(64)));
    assert_eq!(of("threads"), (CurveShape::Bends, None, Some(1), Some(4)));
    let step = curve(axis, "tokio").points[3].step.expect("a step");
    assert_eq!((step.from, step.pace), (16, StepPace::Bends));
    // ln(20 / 15) / ln(64 / 16).
    assert!((step.slope - 0.2075).abs() < 0.02 && (step.ratio - 20.0 / 15.0).abs() < 0.05, "{step:?}");
    assert!(step.slope_lower < step.slope && step.slope < step.slope_upper);
}

#[test]
fn a_finding_says_what_stands_behind_it_and_what_is_missing() {
    let found = sample();
    let said = |runtime| curve(&found.axes[0], runtime).sentence.clone();
    assert_eq!(said("smol"), "scales to 256");
    assert_eq!(said("glommio"), "bends at 16, falls from 64 on (at 64 both ends are idle)");
    assert_eq!(said("threads"), "bends at 1, falls from 4 on (at 4 both ends are idle); did not finish at 256");
    assert!(said("sequential").ends_with("; skipped at 4"), "{}", said("sequential"));
    let sequential = curve(&found.axes[0], "sequential");
    assert_eq!(sequential.points[1].status, ArmStatus::Skipped);
    assert_eq!(sequential.points[2].step.map(|step| step.from), Some(1), "over the gap");
    let late = [("tokio", [1e3, 4e3, 16e3, 64e3, 65e3])];
    let late = report(AxisKind::Load, 10, 0.02, &late);
    assert_eq!(late.axes[0].curves[0].sentence, "bends at 64 (at 256 the peer is the limit)");
}

#[test]
fn an_open_loop_that_keeps_up_is_bound_by_the_rate_that_is_asked_for() {
    let said = |asked: u64| {
        let mut rows = rows(10, 0.02, &[("tokio", [1e3; 5])], [0.0; 5]);
        for mock in &mut rows {
            mock.row.params.insert(RATE.name.into(), asked.into());
        }
        analysed(AxisKind::Load, &rows).axes[0].curves[0].sentence.clone()
    };
    assert_eq!(said(500), "bends at 1 (at 4 the rate that is asked for is the limit)");
    assert!(!said(5000).contains("asked for"), "it does not keep up: {}", said(5000));
}

#[test]
fn noise_and_few_generations_settle_nothing() {
    let noisy = report(AxisKind::Load, 8, 1.9, &[("tokio", LINEAR)]);
    assert_ne!(curve(&noisy.axes[0], "tokio").shape, CurveShape::Bends);
    assert_ne!(curve(&noisy.axes[0], "tokio").shape, CurveShape::TooFew);
    let few = report(AxisKind::Load, 5, 0.02, &[("tokio", BENT)]);
    let few = curve(&few.axes[0], "tokio");
    assert_eq!((few.shape, few.bends_at), (CurveShape::TooFew, None));
    assert_eq!(few.sentence, "too few generations: 5, it takes 8");
    // Just below proportion: the interval has slopes of either kind.
    let edge = report(AxisKind::Load, 10, 0.02, &[("tokio", [1e3, 4e3, 16e3, 16e3 * 3.03, 16e3 * 3.03 * 3.03])]);
    let edge = curve(&edge.axes[0], "tokio");
    assert_eq!((edge.shape, edge.scales_to), (CurveShape::Undecided, Some(16)));
    assert_eq!(edge.sentence, "scales to 16, then undecided");
}

#[test]
fn a_row_that_others_disturbed_settles_nothing() {
    let of = |neighbours| disturbed(AxisKind::Load, 10, 0.02, &[("tokio", BENT)], neighbours);
    let one = of([0.0, 0.0, 0.0, 0.5, 0.0]);
    let one = curve(&one.axes[0], "tokio");
    // Both steps of that row are open; the undisturbed ones stay.
    assert_eq!((one.shape, one.scales_to, one.bends_at), (CurveShape::Undecided, Some(16), None));
    assert!(one.points[3].step.is_some_and(|step| step.slope < 0.3 && step.pace == StepPace::Unclear));
    assert_eq!(one.sentence, "scales to 16, then undecided; disturbed by neighbours at 64");
    let all = of([0.5; 5]);
    assert_eq!(all.axes[0].curves[0].sentence, "undecided; disturbed by neighbours at every value");
}

#[test]
fn work_scales_where_an_operation_takes_no_longer() {
    // The cost of an operation is the same up to 16, in proportion to its size beyond.
    let flat = report(AxisKind::Work, 10, 0.02, &[("tokio", [8e3, 8e3, 8e3, 2e3, 5e2])]);
    let flat = curve(&flat.axes[0], "tokio");
    assert_eq!((flat.shape, flat.bends_at, flat.falls_from), (CurveShape::Bends, Some(16), None));
    assert!(flat.points[4].step.is_some_and(|step| step.slope.abs() < 0.02 && (step.ratio - 0.25).abs() < 0.01));
}

#[test]
fn a_report_with_axes_comes_back_and_one_without_has_no_word_of_them() {
    let report = sample();
    let text = serde_json::to_string(&report).expect("plain data");
    assert_eq!(read_report(&text).expect("a report").axes, report.axes);
    let without = serde_json::to_string(&analyse(&record::read(crate::sample::sample()).expect("a record")));
    assert!(!without.expect("plain data").contains("\"axes\""));
}

/// The lines of a view from the first axis on.
fn from_axis<'a>(view: &'a str, heading: &str) -> &'a str {
    &view[view.find(heading).unwrap_or_else(|| panic!("no axis in {view}"))..]
}

#[test]
fn what_a_person_reads() {
    let report = sample();
    let wide = table(&report, Style::default());
    insta::assert_snapshot!("axis_table", from_axis(&wide, "redis/conns ·"));
    let narrow = table(&report, Style { colour: false, width: 60 });
    assert!(narrow.lines().all(|line| line.chars().count() <= 60), "{narrow}");
    insta::assert_snapshot!("axis_narrow", from_axis(&narrow, "redis/conns ·"));
    let page = markdown(&report);
    let page = from_axis(&page, "## Along");
    insta::assert_snapshot!("axis_page", &page[..page.find("## Runtimes").expect("the tail")]);
}
