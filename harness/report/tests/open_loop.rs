//! Rows of an open loop: known response times are reported as known.

use crate::sample::build::{MockArm, MockRow, arm, header, line, row};
use base64::Engine as _;
use hdrhistogram::Histogram;
use hdrhistogram::serialization::{Serializer as _, V2DeflateSerializer};
use loopswap_protocol::{Headline, PeerKind, Ready};
use loopswap_report::model::{Figure, IntervalKind, LimitKind, Report, RowReport, Verdict};
use loopswap_report::record::{Closed, End, EndReason, Line, Role, Slice, Started};
use loopswap_report::{Style, analyse, markdown, record, table};

/// Operations per second that are meant to start, and of every slice: one of a second.
pub(crate) const RATE: u64 = 1000;

/// Response times of a slice with a stall of 200 ms in 2 s: nine tenths take 1 ms, the rest waits
/// uniformly. `slow` multiplies all.
fn stalled(slow: f64) -> String {
    let mut histogram = Histogram::<u64>::new_with_bounds(1, 3_600_000_000_000, 3).expect("bounds");
    for operation in 0..RATE {
        let waits = if operation % 10 == 0 { operation as f64 * 0.2e6 } else { 1e6 };
        histogram.saturating_record((waits * slow).max(1e6) as u64);
    }
    let mut bytes = Vec::new();
    V2DeflateSerializer::new().serialize(&histogram, &mut bytes).expect("a vector");
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

/// A report of one open loop: for each arm how slow it is, and what share of the rate it does.
pub(crate) fn report(generations: u32, arms: &[(&'static str, Role, f64, f64)]) -> Report {
    let mut planned = row("http-fetch/x,rate=1000", Headline::Response, "download", vec![PeerKind::Http]);
    planned.params.insert("rate".into(), RATE.into());
    planned.latency_name = "response time at 1000/s".into();
    let mocks: Vec<MockArm> = arms.iter().map(|(name, role, ..)| arm(name, *role, 1e6, 0.1, 0.1)).collect();
    let mock =
        MockRow { row: planned, arms: mocks, generations, rounds: 1, noise: 0.0, neighbours: 0.0, latency: false };
    let mut text = line(&Line::Header(Box::new(header(&[mock], generations))));
    for number in 0..generations {
        let ready = Ready { threads: 1, rss_bytes: 3 << 20 };
        let processes = (0..arms.len()).map(|arm| Started { arm, cpus: vec![0], ready, start_up: None }).collect();
        text += &line(&Line::Generation { row: 0, number, processes, confirms: false });
        for (arm, (.., slow, share)) in arms.iter().enumerate() {
            let ns = (1e9 / share) as u64;
            let slice = Slice { arm, ops: RATE, ns, typical_ns: ns, cpu_ns: ns / 10, peer_cpu_ns: Some(ns / 10) };
            text += &(serde_json::to_string(&slice).expect("numbers") + "\n");
            // Generations differ a little, each arm in its own way.
            let scatter = 1.0 + 0.001 * ((number as usize * 7 + arm * 3) % 5) as f64;
            text += &line(&Line::Response { arm, response: stalled(slow * scatter) });
        }
        text += &line(&Line::Closed(Closed {
            row: 0,
            number,
            wall_ns: 4_000_000_000,
            timed_ns: 3_000_000_000,
            ..Closed::default()
        }));
    }
    text += &line(&Line::End(End {
        reason: EndReason::Finished,
        wall_ns: 1,
        turn_around_p50_ns: 1,
        turn_around_p99_ns: 1,
    }));
    analyse(&record::read(&text).expect("a record"))
}

fn find<'a>(row: &'a RowReport, runtime: &str) -> &'a loopswap_report::model::ArmReport {
    row.arms.iter().find(|arm| arm.runtime == runtime && arm.role != Role::Control).expect("an arm")
}

pub(crate) const PAIR: [(&str, Role, f64, f64); 2] =
    [("tokio", Role::Reference, 1.0, 1.0), ("tokio", Role::Control, 1.0, 1.0)];

#[test]
fn the_percentiles_of_a_stall_are_the_computed_ones() {
    let report = report(12, &PAIR);
    let row = &report.rows[0];
    let found = find(row, "tokio").percentiles.expect("twelve generations");
    let (p50, p99) = (found.p50_ns.expect("p50"), found.p99_ns.expect("p99"));
    // A tenth waits uniformly up to 200 ms: a hundredth waits longer than nine tenths of that.
    assert!((p99.value / 180e6 - 1.0).abs() < 0.02, "{p99:?}");
    assert!((p50.value / 1e6 - 1.0).abs() < 0.02, "{p50:?}");
    assert!(p99.lower <= p99.value && p99.value <= p99.upper && p99.kind == IntervalKind::OrderStatistics, "{p99:?}");
    assert_eq!(find(row, "tokio").latency.expect("latencies").count, 12 * RATE, "every operation counts");
}

#[test]
fn an_open_loop_is_judged_by_its_tail() {
    let [reference, control] = PAIR;
    let report = report(12, &[reference, control, ("smol", Role::Contender, 0.5, 1.0)]);
    let row = &report.rows[0];
    assert_eq!((row.ranked_by, row.rate_per_s), (Figure::Response, Some(RATE)));
    let smol = find(row, "smol");
    let ratio = smol.response_ratio.expect("a ratio");
    assert!((ratio.value - 2.0).abs() < 0.01, "half the wait is twice as good: {ratio:?}");
    assert_eq!((smol.verdict, row.arms[0].runtime.as_str()), (Verdict::Better, "smol"));
    // No end is busy, by design: that does not count as a limit.
    assert!(row.limits.is_empty(), "{:?}", row.limits);
    let (table, page) = (table(&report, Style::default()), markdown(&report));
    for part in ["response time at 1000/s", "p99 vs tokio", "p99.9", "asked for 1000/s, 1000/s were done"] {
        assert!(table.contains(part), "{part}\n{table}");
        assert!(page.contains(part), "{part}\n{page}");
    }
}

#[test]
fn an_arm_that_does_not_keep_up_is_overloaded() {
    let [reference, control] = PAIR;
    let report = report(12, &[reference, control, ("smol", Role::Contender, 3.0, 0.812)]);
    let overloaded = &report.rows[0].limits[0];
    assert_eq!((overloaded.kind, overloaded.arms.as_slice()), (LimitKind::Overloaded, ["smol".to_owned()].as_slice()));
    assert!(overloaded.sentence.contains("asked for 1000/s, 812/s were done by smol"), "{}", overloaded.sentence);
    let table = table(&report, Style::default());
    assert!(table.contains("asked for 1000/s, 1000/s were done") && table.contains("overloaded: "), "{table}");
}

#[test]
fn few_generations_have_no_percentiles_and_say_so() {
    let report = report(3, &PAIR);
    let tokio = find(&report.rows[0], "tokio");
    let (latency, percentiles) = (tokio.latency.expect("latencies"), tokio.percentiles.expect("latencies"));
    assert_eq!((latency.p99_ns, percentiles.p99_ns, latency.count), (None, None, 3 * RATE));
    assert_eq!(tokio.percentiles_withheld["p99"], "fewer than 8 generations recorded latencies");
    let table = table(&report, Style::default());
    assert!(table.contains("too few generations"), "{table}");
    assert!(table.contains("no p50, no p99, no p99.9: fewer than 8 generations recorded latencies"), "{table}");
}

#[test]
fn a_wide_ratio_shows_bounds_that_a_ratio_can_have() {
    let mut report = report(12, &[("tokio", Role::Reference, 1.0, 1.0), ("wide", Role::Contender, 1.5, 1.0)]);
    let arm = report.rows[0].arms.iter_mut().find(|arm| arm.runtime == "wide").expect("the arm");
    let ratio = arm.response_ratio.as_mut().expect("a ratio");
    (ratio.lower, ratio.value, ratio.upper) = (0.213, 1.02, 4.81);
    for shown in [table(&report, Style::default()), markdown(&report)] {
        let line = shown.lines().find(|line| line.contains("0.21 to 4.8")).unwrap_or_else(|| panic!("{shown}"));
        assert!(!line.contains("1 ± "), "{shown}");
    }
}
