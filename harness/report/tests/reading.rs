//! Reading records and reports back.

use crate::sample::build::line;
use crate::sample::sample;
use loopswap_report::model;
use loopswap_report::record::{Line, ROUNDS_MAX, ReadError, read};
use loopswap_report::view::comparison as view;
use loopswap_report::{Style, analyse, raced, read_report, table};

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
    assert!(error(&line(&Line::Resumed { at: "now".into() })).contains("another line comes first"));
    let newer = sample().replacen("\"schema\":1", "\"schema\":2", 1);
    assert_eq!(error(&newer), "the record has schema 2, this loopswap reads up to 1: use a newer loopswap");
    let header = sample().lines().next().expect("a header").to_owned();
    assert!(error(&header).contains("its end is missing"));
}

#[test]
fn a_plan_beyond_what_a_suite_may_say_is_refused() {
    let (header, rest) = sample().split_once('\n').expect("lines");
    let with = |rounds: u32| {
        let mut header: serde_json::Value = serde_json::from_str(header).expect("a header");
        header["header"]["plan"]["rounds"] = rounds.into();
        read(&format!("{header}\n{rest}")).map(|record| record.header.plan.rounds).map_err(|error| error.to_string())
    };
    assert_eq!(with(ROUNDS_MAX), Ok(Some(ROUNDS_MAX)));
    let said = with(ROUNDS_MAX + 1).expect_err("one too many");
    assert!(said.contains("`plan.rounds` is 41: takes 1 to 40"), "{said}");
}

/// The reported damage of a record in which the sixth line, a slice, is replaced by these.
fn damaged(replacement: &str) -> (usize, usize, Vec<(usize, String)>) {
    let record = read(&with_line(5, replacement)).expect("the header is whole");
    let told = record.damage.first.into_iter().map(|damaged| (damaged.line, damaged.what)).collect();
    assert_eq!(record.rows[0].generations.contains_key(&0), replacement.contains(",0,1000,0,"), "{replacement}");
    assert_eq!(record.rows[0].generations.len() + record.damage.generations, 12, "{replacement}");
    assert_eq!(record.rows[1].generations.len(), 12, "the other rows are as they were");
    (record.damage.lines, record.damage.generations, told)
}

#[test]
fn a_damaged_line_is_left_out_with_its_generation_and_named() {
    let header = sample().split_inclusive('\n').next().expect("a header").to_owned();
    for (replacement, what) in [
        ("{\"clo\n", "control character (\\u0000-\\u001F) found while parsing a string at line 2 column 0"),
        ("[1,2,3]\n", "invalid length 3, expected the 5 or 6 numbers of a slice at line 1 column 7"),
        (header.as_str(), "a second header"),
        ("[99,20000,1,0,1]\n", "arm 99 has no process in this generation"),
        ("{\"fault\":{\"row\":9,\"arm\":0,\"generation\":0,\"kind\":\"hung\",\"message\":\"\"}}\n", "row 9 of 4"),
    ] {
        assert_eq!(damaged(replacement), (1, 1, vec![(6, what.to_owned())]));
    }
    let read_again = read(sample()).expect("a record");
    assert!(read_again.damage.is_none());
}

#[test]
fn lines_that_are_missing_or_stand_twice_show_where_a_generation_is_closed() {
    for replacement in ["", "[1,20000,1000,0,1]\n[1,20000,1000,0,1]\n"] {
        let (lines, generations, told) = damaged(replacement);
        assert_eq!((lines, generations, told.len()), (1, 1, 1));
        assert!(told[0].1.starts_with("generation 0 of row 0 is incomplete: "), "{}", told[0].1);
    }
    // If the beginning of a generation is lost, one line is reported and none is taken for another
    // generation's.
    let text = sample().replacen("{\"generation\":{\"row\":0,\"number\":3,", "{\"gene", 1);
    let record = read(&text).expect("the header is whole");
    assert_eq!(record.damage.first.len(), 1, "{:?}", record.damage.first);
    assert_eq!(record.rows[0].generations.len(), 11);
    // If an end is lost as well, two generations are.
    let lines: Vec<&str> = sample().split_inclusive('\n').collect();
    let closed = lines.iter().position(|line| line.starts_with("{\"closed\"")).expect("a generation");
    let text: String =
        lines.iter().enumerate().filter(|(at, _)| ![closed, closed + 1].contains(at)).map(|(_, line)| *line).collect();
    let record = read(&text).expect("the header is whole");
    assert_eq!(record.rows[0].generations.len(), 10);
    assert!(record.damage.first[0].what.contains("it closes generation 1"), "{:?}", record.damage.first);
    // What was measured once is not replaced.
    let twice = format!("{}{}", lines[..=closed].concat(), lines[1..].concat());
    let record = read(&twice).expect("the header is whole");
    assert_eq!(record.rows[0].generations.len(), 12);
    assert!(record.damage.first[0].what.ends_with("appears a second time"), "{:?}", record.damage.first);
}

#[test]
fn a_figure_that_cannot_be_costs_its_arm_one_generation() {
    let arm = sample().lines().nth(5).and_then(|line| line.strip_prefix('[')?.split(',').next()).expect("a slice");
    let lie = format!("[{arm},0,1000,0,{}]\n", u64::MAX);
    let (lines, generations, told) = damaged(&lie);
    assert_eq!((lines, generations), (1, 0));
    assert_eq!(told, [(6, "`ops` is 0: takes 1 to 9007199254740992".to_owned())]);
    let busy = format!("[{arm},20000,1000,0,{}]\n", u64::MAX);
    let record = read(&with_line(5, &busy)).expect("the header is whole");
    assert!(record.damage.first[0].what.starts_with("`cpu_ns` is 18446744073709551615: "));
    let report = analyse(&record);
    assert_eq!(report.rows[0].generations, 12);
    assert_eq!(report.damage, record.damage);
    let shown = table(&report, Style { colour: false, width: 200 });
    assert!(
        shown.contains("the record is damaged: 1 line left out (line 6: `cpu_ns` is 18446744073709551615"),
        "{shown}"
    );
}

#[test]
fn a_header_that_asks_for_what_cannot_be_is_refused_with_the_field() {
    for (from, to, field) in [
        ("\"granule\":1000", "\"granule\":0", "plan.rows[0]: `granule` is 0"),
        ("\"generations\":12", "\"generations\":4294967295", "`plan.generations` is 4294967295"),
        ("\"runner_cpus\":[0]", "\"runner_cpus\":[]", "`runner_cpus, their number,` is 0"),
        ("\"role\":\"reference\"", "\"role\":\"contender\"", "the first is the reference"),
        ("\"budget_ms\":60000", "\"budget_ms\":18446744073709551615", "`plan.budget_ms`"),
        ("\"params\":{", "\"params\":{\"odd\":1e300,", "params.odd` is 1e300"),
    ] {
        let text = sample().replacen(from, to, 1);
        assert_ne!(text, sample(), "{from}");
        let message = error(&text);
        assert!(message.starts_with("line 1 of the record: ") && message.contains(field), "{message}");
    }
}

#[test]
fn records_that_were_edited_are_read_or_refused() {
    for text in [include_str!("cases/resume-no-rounds.jsonl"), include_str!("cases/resume-another.jsonl")] {
        match read(text) {
            Ok(record) => {
                let comparison = raced(&record).expect("a race");
                let _ = view::table(&comparison, Style::default());
            }
            Err(error) => assert!(error.to_string().starts_with("line 1 of the record: "), "{error}"),
        }
    }
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
