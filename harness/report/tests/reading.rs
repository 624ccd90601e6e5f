//! Reading records and reports back.

use crate::sample::build::line;
use crate::sample::sample;
use loopswap_report::model;
use loopswap_report::record::{Line, ReadError, read};
use loopswap_report::{analyse, read_report};

fn error(text: &str) -> String {
    read(text).expect_err("no record").to_string()
}

/// The sample with one of its lines replaced or added.
fn with_line(at: usize, replacement: &str) -> String {
    let text = sample();
    let lines = text.split_inclusive('\n').enumerate();
    lines.map(|(index, line)| if index == at { replacement } else { line }).collect()
}

#[test]
fn what_is_no_record_is_refused_with_a_reason() {
    assert_eq!(read("").expect_err("empty"), ReadError::Empty);
    assert!(error("garbage\n").starts_with("line 1 is not the header of a loopswap record: "));
    assert!(error(&line(&Line::Resumed { at: "now".into() })).ends_with("another line comes first"));
    let newer = sample().replacen("\"schema\":1", "\"schema\":2", 1);
    assert_eq!(error(&newer), "the record has schema 2, this loopswap reads up to 1: use a newer loopswap");
    let header = sample().lines().next().expect("a header").to_owned();
    assert!(error(&header).ends_with("its end is missing"));
}

#[test]
fn a_damaged_line_in_the_middle_is_named() {
    assert!(error(&with_line(5, "{\"clo\n")).starts_with("line 6 of the record is damaged: "));
    assert!(error(&with_line(5, "[1,2,3]\n")).starts_with("line 6 of the record is damaged: "));
    let header = sample().split_inclusive('\n').next().expect("a header").to_owned();
    assert_eq!(error(&with_line(5, &header)), "line 6 of the record is damaged: a second header");
}

#[test]
fn a_line_cut_off_at_the_end_is_left_out() {
    let text = sample();
    let cut = &text[..text.len() - 20];
    let record = read(cut).expect("all but the last line");
    assert!(record.cut_off && record.end.is_none());
    assert_eq!(text[..record.whole_bytes].lines().count() + 1, text.lines().count());
    let whole = read(text).expect("a record");
    assert!(!whole.cut_off && whole.end.is_some() && whole.whole_bytes == text.len());
}

#[test]
fn a_generation_that_was_not_closed_takes_no_part() {
    let text = sample();
    let closed = text.match_indices("{\"closed\"").nth(4).expect("a fifth generation").0;
    let record = read(&text[..closed]).expect("a record");
    assert_eq!(record.rows[0].generations.len(), 4);
}

#[test]
fn a_report_comes_back_as_it_was() {
    let report = analyse(&read(sample()).expect("a record"));
    let text = serde_json::to_string(&report).expect("plain data");
    assert_eq!(read_report(&text).expect("a report"), report);
}

#[test]
fn keys_of_later_versions_are_passed_over_and_later_schemas_refused() {
    let report = analyse(&read(sample()).expect("a record"));
    let mut value = serde_json::to_value(&report).expect("plain data");
    value["rows"][0]["later"] = true.into();
    value["later"] = 1.into();
    assert!(read_report(&value.to_string()).is_ok());
    value["schema"] = 2.into();
    assert_eq!(read_report(&value.to_string()), Err(model::ReadError::Newer { found: 2 }));
}
