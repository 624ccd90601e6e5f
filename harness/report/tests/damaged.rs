//! Records that were cut off anywhere, or that contain odd numbers, still give a report.

use crate::sample::sample;
use loopswap_report::{Style, analyse, markdown, record, table};
use proptest::prelude::*;

fn show(text: &str) -> Result<(), record::ReadError> {
    let report = analyse(&record::read(text)?);
    let _ = (table(&report, Style::default()), markdown(&report));
    serde_json::to_string(&report).expect("every number is finite or absent");
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn any_front_of_a_record_makes_a_report(share in 0.0f64..1.0) {
        let text = &sample()[..(sample().len() as f64 * share) as usize];
        let header = sample().find('\n').expect("lines") + 1;
        prop_assert_eq!(show(text).is_ok(), text.len() >= header);
    }

    #[test]
    fn odd_numbers_do_not_panic(ops in 1i64.., ns in 0i64.., below in any::<i64>(), cpu in 0i64.., at in 5usize..40) {
        let odd = format!("[0,{ops},{ns},{below},{cpu},{cpu}]\n");
        let lines = sample().split_inclusive('\n').enumerate();
        let is_slice = |line: &str| line.starts_with('[');
        let text: String = lines.map(|(i, line)| if is_slice(line) && i % at == 0 { &odd } else { line }).collect();
        show(&text).expect("slices of any size are slices");
    }

    #[test]
    fn flipped_bits_cost_no_more_than_what_they_are_in(flips in proptest::collection::vec((any::<proptest::sample::Index>(), 0u8..8), 1..20)) {
        let header = sample().find('\n').expect("lines") + 1;
        let mut bytes = sample().as_bytes().to_vec();
        for (at, bit) in &flips {
            let at = header + at.index(bytes.len() - header);
            bytes[at] ^= 1 << bit;
        }
        let record = record::read_bytes(&bytes).expect("the header is whole");
        let whole = record::read(sample()).expect("a record");
        let count = |record: &record::Record| record.rows.iter().map(|row| row.generations.len()).sum::<usize>();
        // A flip can join the last line of one generation with the first of the next.
        prop_assert!(count(&record) + 2 * flips.len() >= count(&whole), "{:?}", record.damage);
        let report = analyse(&record);
        let _ = (table(&report, Style::default()), markdown(&report));
    }
}

#[test]
fn a_histogram_that_cannot_be_read_is_an_error_of_the_row() {
    let text = sample().replacen("\"latency\":\"HISTF", "\"latency\":\"XXXXX", 1);
    assert_ne!(text, sample());
    let report = analyse(&record::read(&text).expect("a record"));
    let errors = &report.rows[0].errors;
    assert!(
        errors.iter().any(|error| error.starts_with("tokio, generation 0: the latencies cannot be read")),
        "{errors:?}"
    );
    assert_eq!(report.summary.errors, 3);
}
