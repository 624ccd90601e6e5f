//! What a person reads, as files next to this one.

use crate::sample::sample;
use loopswap_report::{Style, analyse, counters, markdown, record, table};

#[test]
fn the_table() {
    let report = analyse(&record::read(sample()).expect("a record"));
    insta::assert_snapshot!("table", table(&report, Style::default()));
}

#[test]
fn a_narrow_table() {
    let report = analyse(&record::read(sample()).expect("a record"));
    insta::assert_snapshot!("narrow", table(&report, Style { colour: false, width: 60 }));
}

#[test]
fn the_page() {
    let report = analyse(&record::read(sample()).expect("a record"));
    insta::assert_snapshot!("page", markdown(&report));
}

#[test]
fn the_counters() {
    let report = analyse(&record::read(sample()).expect("a record"));
    insta::assert_snapshot!("counters", counters(&report, Style::default()));
    let narrow = counters(&report, Style { colour: false, width: 40 });
    assert!(narrow.lines().all(|line| line.chars().count() <= 40), "{narrow}");
    let mut without = report.clone();
    for arm in without.rows.iter_mut().flat_map(|row| &mut row.arms) {
        arm.counters_per_op.clear();
        arm.counters_unavailable.clear();
    }
    assert!(counters(&without, Style::default()).starts_with("no counters: "));
}
