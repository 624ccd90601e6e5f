//! What a person reads of a comparison, as files in the folder `snapshots`; and that it fits.

use super::{compared, cpu, find_mut, of, redis, report};
use loopswap_report::Style;
use loopswap_report::comparison::{
    Acknowledged, Comparison, Confirmation, CounterChange, Direction, FailOn, Gate, Kind, Verdict, judge,
};
use loopswap_report::record::{Fault, FaultKind};
use loopswap_report::view::comparison as view;
use proptest::prelude::*;
use unicode_width::UnicodeWidthStr as _;

/// One comparison in which everything happens once, as of a race.
fn everything() -> Comparison {
    let mut base = vec![redis(1.0), cpu()];
    base[0].arms[3].op_ns = 0.0;
    base[0].arms[3].fault = Some(Fault {
        row: 0,
        arm: None,
        generation: None,
        kind: FaultKind::Crashed,
        message: "the runner ended with exit code 101".into(),
        stderr: String::new(),
        projected_ns: None,
    });
    let mut comparison = compared(&of(base), &report(1.3));
    (comparison.kind, comparison.seed, comparison.wall_s) = (Kind::Race, Some(0x7f3a), 61.0);
    let rules = &mut comparison.rules;
    (rules.looks, rules.suspect_p, rules.confirm_generations) = (vec![12, 20, 30], 0.0026, 12);
    comparison.head.environment.git_commit = Some("0123456789abcdef".into());
    comparison.head.environment.git_dirty = Some(true);
    let smol = find_mut(&mut comparison, "redis/conns=64", "smol");
    smol.counters = vec![
        CounterChange { name: "syscalls".into(), base: 2.0, head: 3.0, scatter: 0.0, changed: true, method: None },
        CounterChange {
            name: "allocated_bytes".into(),
            base: 96.0,
            head: 96.0,
            scatter: 0.5,
            changed: false,
            method: None,
        },
    ];
    smol.confirmation = Some(Confirmation {
        ratio: smol.ratio,
        p: 0.000_2,
        p_adjusted: 0.000_8,
        generations: 12,
        seed: 0xbeef,
        confirmed: true,
    });
    let tokio = find_mut(&mut comparison, "redis/conns=64", "tokio");
    (tokio.verdict, tokio.sentence) = (Verdict::Equivalent, "equivalent: within 2.0 %".into());
    let smol = find_mut(&mut comparison, "cpu/one-go", "smol");
    smol.verdict = Verdict::Improvement;
    smol.sentence = "faster: HEAD ÷ BASE is 0.900 (0.890 to 0.910), beyond 10 %".into();
    smol.acknowledged = Some(Acknowledged {
        why: "a | in a reason, <b>bold</b>".into(),
        until: "2026-12-31".into(),
        directions: vec![Direction::Faster],
    });
    (smol.rounds, smol.disturbed_rounds, smol.same_without_disturbed) = (36, 4, Some(false));
    comparison.missing = compared(&report(1.0), &of(vec![redis(1.0)])).missing;
    comparison
}

fn gate(comparison: &Comparison) -> Gate {
    let warnings = vec!["accepted.toml:9:8: `cpu/no-go` on smol, slower: the comparison has no such row".into()];
    judge(comparison, &[FailOn::Regression, FailOn::Error, FailOn::Inconclusive].into(), warnings)
}

#[test]
fn the_table() {
    insta::assert_snapshot!("comparison_table", view::table(&everything(), Style::default()));
}

#[test]
fn the_page() {
    insta::assert_snapshot!("comparison_page", view::markdown(&everything()));
}

#[test]
fn the_summary() {
    let comparison = everything();
    insta::assert_snapshot!("comparison_summary", view::summary(&comparison, &gate(&comparison)));
}

#[test]
fn the_annotations() {
    insta::assert_snapshot!("comparison_annotations", view::github(&gate(&everything())));
}

#[test]
fn the_gate_as_data() {
    let json = serde_json::to_string_pretty(&gate(&everything())).expect("plain data");
    insta::assert_snapshot!("comparison_gate", json);
}

#[test]
fn a_comparison_comes_back_as_it_was_written() {
    let comparison = everything();
    let text = serde_json::to_string(&comparison).expect("plain data");
    assert_eq!(loopswap_report::comparison::read_comparison(&text).expect("a comparison"), comparison);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn no_line_is_wider_than_the_terminal(
        case in "\\PC{1,150}",
        runtime in "[\\PC\n]{1,80}",
        sentence in "[\\PC\n\u{1b}]{0,400}",
        value in prop_oneof![1e-9f64..1.0, 1.0..1e12],
        wide in 0.0f64..1e4,
        width in 40usize..130,
    ) {
        let mut comparison = everything();
        for row in &mut comparison.rows {
            (row.case, row.runtime, row.sentence) = (case.clone(), runtime.clone(), sentence.clone());
            row.smallest_visible = Some(wide);
            for estimate in [&mut row.base_ns, &mut row.ratio].into_iter().flatten() {
                (estimate.value, estimate.lower, estimate.upper) = (value, value * 0.9, value * (1.1 + wide));
            }
        }
        comparison.caveats.push(sentence);
        let table = view::table(&comparison, Style { colour: false, width });
        for line in table.lines() {
            prop_assert!(line.width() <= width, "{} columns: {line}", line.width());
        }
    }
}
