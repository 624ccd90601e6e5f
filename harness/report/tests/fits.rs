//! No line is wider than the terminal, whatever the report says.

use crate::sample::build::{MockRow, arm, header, row, text};
use crate::sample::sample;
use loopswap_protocol::{Headline, PeerKind};
use loopswap_report::record::{EndReason, Fault, FaultKind, Role};
use loopswap_report::{Style, analyse, record, table};
use proptest::prelude::*;
use unicode_width::UnicodeWidthStr as _;

fn assert_fits(table: &str, width: usize) {
    for line in table.lines() {
        assert!(line.width() <= width, "{} columns: {line}", line.width());
    }
}

#[test]
fn the_sample_fits_every_terminal() {
    let report = analyse(&record::read(sample()).expect("a record"));
    for width in [40, 60, 80, 100, 200] {
        assert_fits(&table(&report, Style { colour: false, width }), width);
    }
    assert_fits(&table(&report, Style { colour: false, width: 7 }), 40);
}

#[test]
fn colours_add_nothing_but_escapes() {
    let report = analyse(&record::read(sample()).expect("a record"));
    let coloured = table(&report, Style { colour: true, width: 100 });
    let mut plain = String::new();
    let mut escape = false;
    for c in coloured.chars() {
        match c {
            '\u{1b}' => escape = true,
            'm' if escape => escape = false,
            c if !escape => plain.push(c),
            _ => {}
        }
    }
    assert_ne!(coloured, plain);
    assert_eq!(plain, table(&report, Style::default()));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn generated_reports_fit(
        case in "\\PC{1,150}",
        operation in "[\\PC\n\t]{0,150}",
        message in "[\\PC\n\u{1b}]{0,400}",
        op_ns in prop_oneof![1.0f64..1e3, 1e3..1e9],
        ratio in prop_oneof![0.001f64..1.0, 1.0..2000.0],
        noise in 0.0f64..1.9,
        busy in 0.0f64..1.0,
        peer_busy in 0.0f64..1.0,
        generations in 0u32..14,
        rate in any::<bool>(),
        width in 40usize..130,
    ) {
        let headline = if rate { Headline::Rate } else { Headline::Time };
        let mut mock = row(&case, headline, &operation, vec![PeerKind::Redis]);
        mock.latency_name = operation.clone();
        mock.in_flight = 1000;
        let mut crashed = arm("a-runtime-with-a-rather-long-name-indeed", Role::Contender, 0.0, busy, peer_busy);
        crashed.fault = Some(Fault {
            row: 0, arm: None, generation: None, kind: FaultKind::Crashed, message, stderr: String::new(), projected_ns: None,
        });
        let arms = vec![
            arm("tokio", Role::Reference, op_ns, busy, peer_busy),
            arm("tokio", Role::Control, op_ns, busy, peer_busy),
            arm("tokio-current-thread", Role::Contender, op_ns * ratio, busy, peer_busy),
            crashed,
        ];
        let rows = [MockRow { row: mock, arms, generations, rounds: 2, noise, neighbours: noise / 10.0, latency: true }];
        let text = text(header(&rows, 12), &rows, Some(EndReason::Failed));
        let report = analyse(&record::read(&text).expect("a record"));
        assert_fits(&table(&report, Style { colour: false, width }), width);
    }
}
