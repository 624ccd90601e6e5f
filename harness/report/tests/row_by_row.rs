//! The table of a run under way, piece by piece, is the table.

use crate::sample::build::{MockArm, MockRow, arm, header, row, text};
use crate::sample::sample;
use loopswap_protocol::Headline;
use loopswap_report::record::{EndReason, Record, Role};
use loopswap_report::{GrowingReport, RowByRow, Style, analyse, record, table};

const AGAIN: &str = "these read differently than above:";

/// Every row shown as soon as it is finished: the opening, the rows, the rest.
fn shown(record: &Record, style: Style) -> (String, Vec<String>, String) {
    let mut growing = GrowingReport::of(record.header.clone());
    let mut pieces = RowByRow::new(style);
    let opening = pieces.opening(&growing.report(), "about 1m");
    let mut rows = Vec::new();
    for (index, measured) in record.rows.iter().enumerate() {
        growing.add(index, measured);
        rows.push(pieces.row(&growing.report(), index));
    }
    (opening, rows, pieces.rest(&analyse(record)))
}

/// The rows of the whole table, each with the empty line before it.
fn rows_of(table: &str, count: usize) -> Vec<String> {
    table.split("\n\n").skip(1).take(count).map(|block| format!("\n{block}\n")).collect()
}

/// A row without the sentence of how small a difference it would have shown.
fn figures(row: &str) -> String {
    let mut kept = String::new();
    let mut left_out = false;
    for line in row.lines() {
        // The sentence goes on in lines that are indented further.
        left_out = line.starts_with("  undecided (") || left_out && line.starts_with("    ");
        if !left_out {
            kept += line;
            kept.push('\n');
        }
    }
    kept
}

/// Rows with one contender each: the first is a little faster than its reference, which it alone would show and all
/// rows together do not; the others are as fast.
fn borderline() -> Record {
    let mock = |index: u32| {
        let ratio = if index == 0 { 0.98 } else { 1.0 };
        let arms: Vec<MockArm> = vec![
            arm("tokio", Role::Reference, 1e5, 0.99, 0.0),
            arm("tokio", Role::Control, 1e5, 0.99, 0.0),
            arm("smol", Role::Contender, 1e5 * ratio, 0.99, 0.0),
        ];
        let row = row(&format!("cpu/x{index}"), Headline::Rate, "step", vec![]);
        MockRow { row, arms, generations: 12, rounds: 3, noise: 0.06, neighbours: 0.0, latency: false }
    };
    let rows: Vec<MockRow> = (0..12).map(mock).collect();
    record::read(&text(header(&rows, 12), &rows, Some(EndReason::Finished))).expect("a record")
}

#[test]
fn opening_rows_and_rest_are_the_table() {
    for style in [Style::default(), Style { colour: true, width: 60 }] {
        let record = record::read(sample()).expect("a record");
        let report = analyse(&record);
        let mut pieces = RowByRow::new(style);
        let opening = pieces.opening(&report, "about 1m");
        let rows: String = (0..report.rows.len()).map(|index| pieces.row(&report, index)).collect();
        let rest = pieces.rest(&report);
        let table = table(&report, style);
        let (title, known) = opening.split_once('\n').expect("a title");
        let (known, _) = known.split_once("a row is judged").expect("what is said of the rows to come");
        let known = known.trim_end_matches("\u{1b}[2m");
        assert_eq!(title.replace("about 1m", "1m 12s"), table.lines().next().expect("a title"));
        // What the end of the run tells stands in the head of the table, and in the rest here.
        let (head, below) = table.split_once("\n\n").expect("a head");
        let trust = head.split_once(known).expect("the opening").1.to_owned() + "\n";
        assert!(trust.contains("control: ") && rest.starts_with(&format!("\n{trust}")), "{rest}");
        assert_eq!(format!("\n{below}"), rows + &rest.replacen(&trust, "", 1));
    }
}

#[test]
fn a_row_that_reads_differently_in_the_end_is_shown_again_and_no_other() {
    let record = borderline();
    let (_, early, rest) = shown(&record, Style::default());
    let whole = rows_of(&table(&analyse(&record), Style::default()), early.len());
    let differ: Vec<&String> = early
        .iter()
        .zip(&whole)
        .filter(|(early, late)| figures(early) != figures(late))
        .map(|(_, late)| late)
        .collect();
    assert!(!differ.is_empty() && differ.len() < whole.len(), "{} of {} differ", differ.len(), whole.len());
    let again = rest.split_once(&format!("{AGAIN}\n")).expect("rows again").1;
    assert!(again.starts_with(&differ.iter().map(|row| row.as_str()).collect::<String>()), "{rest}");
    for (early, late) in early.iter().zip(&whole) {
        assert_eq!(rest.matches(late.as_str()).count(), usize::from(figures(early) != figures(late)), "{late}");
    }
}

#[test]
fn rows_that_read_the_same_are_not_repeated_and_rows_not_shown_are_not_lost() {
    let report = analyse(&record::read(sample()).expect("a record"));
    let mut pieces = RowByRow::new(Style::default());
    let first = pieces.row(&report, 0);
    let rest = pieces.rest(&report);
    assert!(!rest.contains(AGAIN) && !rest.contains(&first), "{rest}");
    let others = rows_of(&table(&report, Style::default()), report.rows.len()).split_off(1).concat();
    assert!(rest.starts_with(&others), "{rest}");
    assert_eq!(pieces.row(&report, 99), "", "there is no such row");
}

#[test]
fn a_report_grows_into_that_of_the_whole_record() {
    let record = record::read(sample()).expect("a record");
    let mut growing = GrowingReport::of(record.header.clone());
    let empty = analyse(&Record { rows: vec![Default::default(); record.rows.len()], end: None, ..record.clone() });
    assert_eq!(growing.report(), empty);
    for (index, measured) in record.rows.iter().enumerate() {
        growing.add(index, measured);
    }
    assert_eq!(growing.report(), analyse(&Record { end: None, ..record }));
}
