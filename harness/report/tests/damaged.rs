//! Records that were cut off anywhere, or that hold odd numbers, still make a report.

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
