//! Comparisons as their users see them: of two reports, through a gate, in every view.

mod accepted;
mod gate;
mod open_loop;
mod race;
mod reports;
mod views;

use crate::sample::build::{MockArm, MockRow, arm, header, row, text};
use loopswap_protocol::{Headline, PeerKind};
use loopswap_report::comparison::{Comparison, RowComparison};
use loopswap_report::record::{EndReason, Role};
use loopswap_report::reports::{Options, of_reports};
use loopswap_report::{Report, analyse, record};

/// A report of two cases on three runtimes; smol takes `factor` times as long in the first.
fn report(factor: f64) -> Report {
    of(vec![redis(factor), cpu()])
}

fn redis(factor: f64) -> MockRow {
    let arms = with_tokio(vec![
        arm("smol", Role::Contender, 100_000.0 * factor, 0.55, 0.5),
        arm("threads", Role::Contender, 140_000.0, 0.6, 0.5),
    ]);
    let row = row("redis/conns=64", Headline::Rate, "HSET + HGETALL", vec![PeerKind::Redis]);
    MockRow { row, arms, generations: 12, rounds: 3, noise: 0.02, neighbours: 0.0, latency: false }
}

fn cpu() -> MockRow {
    let arms = with_tokio(vec![arm("smol", Role::Contender, 95_000.0, 1.0, 0.0)]);
    let mut row = row("cpu/one-go", Headline::Time, "computation", vec![]);
    row.granule = 4;
    MockRow { row, arms, generations: 12, rounds: 3, noise: 0.02, neighbours: 0.0, latency: false }
}

fn with_tokio(others: Vec<MockArm>) -> Vec<MockArm> {
    let tokio = |role| arm("tokio", role, 90_000.0, 0.6, 0.5);
    [tokio(Role::Reference), tokio(Role::Control)].into_iter().chain(others).collect()
}

fn of(rows: Vec<MockRow>) -> Report {
    analyse(&record::read(&text(header(&rows, 12), &rows, Some(EndReason::Finished))).expect("a record"))
}

fn options() -> Options {
    Options {
        base: "base/report.json".into(),
        head: "head/report.json".into(),
        created: "2026-01-03T00:00:00Z".into(),
        loopswap: "0.1.0".into(),
        ..Options::default()
    }
}

fn compared(base: &Report, head: &Report) -> Comparison {
    of_reports(base, head, &options()).expect("like reports")
}

fn find<'a>(comparison: &'a Comparison, case: &str, runtime: &str) -> &'a RowComparison {
    let is = |row: &&RowComparison| row.case == case && row.runtime == runtime;
    comparison.rows.iter().find(is).unwrap_or_else(|| panic!("no row {case} on {runtime}"))
}

fn find_mut<'a>(comparison: &'a mut Comparison, case: &str, runtime: &str) -> &'a mut RowComparison {
    let is = |row: &&mut RowComparison| row.case == case && row.runtime == runtime;
    comparison.rows.iter_mut().find(is).unwrap_or_else(|| panic!("no row {case} on {runtime}"))
}
