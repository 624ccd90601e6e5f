//! The whole rule on records: the order of generations, what adds significance, and what counts as visible.

use crate::sample::build::{MockArm, MockRow, arm, header, row, text};
use loopswap_protocol::Headline;
use loopswap_report::model::{ArmReport, Report, Verdict};
use loopswap_report::record::{EndReason, Role};
use loopswap_report::reports::{Options, of_reports};
use loopswap_report::{Style, analyse, explain, explanation, record, table};

/// A row of the reference, its control, and contenders that take `factors` times as long.
fn mock(case: &str, factors: &[f64], noise: f64) -> MockRow {
    let of =
        |role, factor: f64| arm(if role == Role::Contender { "smol" } else { "tokio" }, role, 1e5 * factor, 0.99, 0.0);
    let mut arms: Vec<MockArm> = vec![of(Role::Reference, 1.0), of(Role::Control, 1.0)];
    arms.extend(factors.iter().map(|factor| of(Role::Contender, *factor)));
    let row = row(case, Headline::Rate, "step", vec![]);
    MockRow { row, arms, generations: 12, rounds: 1, noise, neighbours: 0.0, latency: false }
}

/// The report of rows whose slices were changed by `bend`: of (row, arm, generation), a factor of the time.
fn bent(rows: &[MockRow], bend: impl Fn(usize, usize, u32) -> f64) -> Report {
    let mut read = record::read(&text(header(rows, 12), rows, Some(EndReason::Finished))).expect("a record");
    for (index, measured) in read.rows.iter_mut().enumerate() {
        for (number, generation) in &mut measured.generations {
            for (arm, process) in &mut generation.processes {
                for slice in &mut process.slices {
                    let factor = bend(index, *arm, *number);
                    slice.ns = (slice.ns as f64 * factor) as u64;
                    slice.typical_ns = slice.ns;
                }
            }
        }
    }
    analyse(&read)
}

fn contender(report: &Report, row: usize) -> &ArmReport {
    report.rows[row].arms.iter().find(|arm| arm.role == Role::Contender).expect("a contender")
}

/// A contender that becomes slower from generation to generation: by 2 to 8 %, the first time.
fn creeps(_: usize, arm: usize, generation: u32) -> f64 {
    if arm == 2 { 1.02 + 0.005 * f64::from(generation) } else { 1.0 }
}

#[test]
fn a_drifting_arm_has_no_verdict_where_the_same_values_in_another_order_have_one() {
    let rows = [mock("cpu/x", &[1.0], 0.002)];
    let shuffled = |row, arm, generation: u32| creeps(row, arm, generation * 5 % 12);
    let (drifting, mixed) = (bent(&rows, creeps), bent(&rows, shuffled));
    assert_eq!(contender(&mixed, 0).verdict, Verdict::Worse);
    assert_eq!(contender(&drifting, 0).verdict, Verdict::Undecided);
    let (drifts, found) = (drifting.serial.expect("looked"), drifting.rows[0].serial.expect("looked"));
    assert!(found.allowed > 0.3 && found.p <= 0.025 && drifts.allowed == found.allowed, "{found:?}");
    assert_eq!(mixed.serial.expect("looked").allowed, 0.0);
    let width = |report: &Report| {
        let ratio = contender(report, 0).speed_ratio.expect("a ratio");
        ratio.upper - ratio.lower
    };
    assert!(width(&drifting) > 2.0 * width(&mixed));
    let said = table(&drifting, Style::default());
    assert!(said.contains("every interval and verdict allows for one of 0.") && !said.contains("resemble"), "{said}");
    let said = table(&mixed, Style::default());
    assert!(said.contains("no serial correlation found") && said.contains("found means p ≤ 0.025"), "{said}");
    let read = record::read(&text(header(&rows, 12), &rows, Some(EndReason::Finished))).expect("a record");
    let chain = explanation(&explain(&read, 0, None, None).expect("a row"));
    assert!(chain.contains("neighbouring generations of the row"), "{chain}");
}

#[test]
fn a_comparison_allows_for_what_its_reports_say_of_the_order() {
    let rows = [mock("cpu/x", &[1.0], 0.002)];
    let compared = |base: &Report| of_reports(base, base, &Options::default()).expect("like reports");
    let smol = |report: &Report| {
        let comparison = compared(report);
        let row = comparison.rows.into_iter().find(|row| row.runtime == "smol").expect("a row");
        let ratio = row.ratio.expect("a ratio");
        (ratio.upper - ratio.lower, row.sentence)
    };
    let shuffled = |row, arm, generation: u32| creeps(row, arm, generation * 5 % 12);
    let ((wide, said), (narrow, silent)) = (smol(&bent(&rows, creeps)), smol(&bent(&rows, shuffled)));
    assert!(wide > 2.0 * narrow, "{wide} {narrow}");
    assert!(
        said.contains("p and intervals allow for a correlation of 0.") && !silent.contains("correlation"),
        "{said} / {silent}"
    );
}

#[test]
fn quiet_rows_within_their_margin_lend_a_loud_one_no_significance() {
    let mut rows: Vec<MockRow> = (0..20).map(|index| mock(&format!("cpu/{index}"), &[1.005], 0.002)).collect();
    rows.push(mock("cpu/loud", &[1.0], 0.002));
    // Ten of twelve generations are far slower, the two others as much faster: p is 2 %.
    let loud = |row, arm, generation: u32| match (row, arm) {
        (20, 2) => [1.1, 1.31, 0.93, 1.08, 1.22, 1.14, 0.95, 1.25, 1.17, 1.28, 1.06, 1.2][generation as usize],
        _ => 1.0,
    };
    let report = bent(&rows, loud);
    let (quiet, loud) = (contender(&report, 0), contender(&report, 20));
    assert!(quiet.p.expect("p") < 0.001 && quiet.p_beyond == Some(1.0), "{quiet:?}");
    assert!(loud.p.expect("p") < 0.03 && loud.p.expect("p") > 0.05 / 21.0, "{loud:?}");
    assert_eq!((quiet.verdict, loud.verdict), (Verdict::Same, Verdict::Undecided));
}

#[test]
fn what_no_verdict_could_be_about_is_not_called_visible() {
    let rows: Vec<MockRow> =
        (0..30).map(|index| MockRow { generations: 8, ..mock(&format!("cpu/{index}"), &[1.0], 0.02) }).collect();
    let report = bent(&rows, |_, _, _| 1.0);
    assert_eq!((report.summary.smallest_visible, report.summary.nothing_visible), (None, true));
    let shown = table(&report, Style::default()).split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(shown.contains("too few generations, or too much scatter, for a single difference to be seen"), "{shown}");
    let one = bent(&rows[..1], |_, _, _| 1.0);
    let visible = one.summary.smallest_visible.expect("8 generations do for one comparison");
    assert!(visible > one.rows[0].margin && !one.summary.nothing_visible, "{visible}");
}
