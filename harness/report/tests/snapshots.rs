//! What a person reads, as files beside this one.

use crate::sample::sample;
use loopswap_report::{Style, analyse, markdown, record, table};

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
