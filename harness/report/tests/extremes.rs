//! Whatever is written can be read again: a record that is read, however extreme its numbers are, gives a report,
//! a comparison with itself, and if it is of a race the race's comparison, each of which comes back as it was.

use crate::sample::build::{MockArm, MockRow, arm, header, row, text};
use loopswap_protocol::{Headline, PeerKind};
use loopswap_report::comparison::read_comparison;
use loopswap_report::record::{Axis, AxisKind, AxisPoint, Claim, EndReason, Fault, FaultKind, Record, Role, read};
use loopswap_report::reports::{Options, of_reports};
use loopswap_report::view::comparison as view;
use loopswap_report::{Style, analyse, markdown, raced, read_report, table};
use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde_json::Value;
use std::sync::LazyLock;

/// Numbers at the limits of what is accepted, of doubles, and of 64 bits.
const EXTREMES: [&str; 14] = [
    "0",
    "1",
    "2",
    "4000",
    "1099511627776",
    "2678400000000000",
    "9007199254740992",
    "9223372036854775807",
    "18446744073709551615",
    "1e-300",
    "1e18",
    "1e30",
    "-1e18",
    "-1",
];

/// A run of an axis of two rows, whose figures all sorts of claims are about.
static RUN: LazyLock<String> = LazyLock::new(|| {
    let rows = [("redis/conns=1", 50_000.0), ("redis/conns=4", 20_000.0)].map(|(case, op_ns)| {
        let row = row(case, Headline::Rate, "HSET", vec![PeerKind::Redis]);
        let arms = vec![
            arm("tokio", Role::Reference, op_ns, 0.5, 0.4),
            arm("tokio", Role::Control, op_ns, 0.5, 0.4),
            arm("smol", Role::Contender, op_ns * 1.2, 0.5, 0.4),
            unfinished(),
        ];
        MockRow { row, arms, generations: 8, rounds: 2, noise: 0.01, neighbours: 0.0, latency: true }
    });
    let mut header = header(&rows, 8);
    let point = |row: usize, value: u64| AxisPoint { value, shown: value.to_string(), row };
    header.plan.axes = vec![Axis {
        name: "redis/conns".into(),
        parameter: "conns".into(),
        kind: AxisKind::Load,
        points: vec![point(0, 1), point(1, 4)],
    }];
    let checks = [
        "ratio(redis/conns=1, smol / tokio) > 1",
        "ratio(redis/conns=1 @ smol / redis/conns=4 @ tokio) > 1",
        "ratio(redis/conns=1, threads / tokio) > 1",
        "ratio(redis/conns=1, tokio / threads) > 1",
        "rate(redis/conns=1, threads) > 1",
        "p50(redis/conns=1, smol) > 1ms",
        "rss(redis/conns=1, smol) > 1B",
    ];
    header.plan.claims =
        checks.iter().map(|check| Claim { says: "It is said.".into(), check: (*check).into() }).collect();
    text(header, &rows, Some(EndReason::Finished))
});

/// A race of two rows, as the program wrote it.
const RACE: &str = include_str!("cases/resume-no-rounds.jsonl");

fn unfinished() -> MockArm {
    let fault = Fault {
        row: 0,
        arm: None,
        generation: None,
        kind: FaultKind::DidNotFinish,
        message: "it takes too long".into(),
        stderr: String::new(),
        projected_ns: Some(2_000_000_000),
    };
    MockArm { fault: Some(fault), ..arm("threads", Role::Contender, 0.0, 0.0, 0.0) }
}

/// Every number of a value, by its path.
fn numbers(value: &Value, path: &str, found: &mut Vec<String>) {
    match value {
        Value::Number(_) => found.push(path.to_owned()),
        Value::Array(inner) => {
            inner.iter().enumerate().for_each(|(at, one)| numbers(one, &format!("{path}/{at}"), found))
        }
        Value::Object(inner) => inner.iter().for_each(|(name, one)| numbers(one, &format!("{path}/{name}"), found)),
        _ => {}
    }
}

/// One number of a record's lines in every `step`th line that has it.
#[derive(Clone, Debug)]
struct Change {
    number: Index,
    extreme: &'static str,
    step: usize,
}

fn change() -> impl Strategy<Value = Change> {
    (any::<Index>(), select(&EXTREMES[..]), 1usize..6).prop_map(|(number, extreme, step)| Change {
        number,
        extreme,
        step,
    })
}

fn changed(text: &str, changes: &[Change]) -> String {
    let mut lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).expect("a line")).collect();
    for Change { number, extreme, step } in changes {
        let mut paths = Vec::new();
        // Of the header, of slices, and of one line of each other kind: by lines each would be drawn too rarely.
        lines.iter().for_each(|line| numbers(line, "", &mut paths));
        paths.sort();
        paths.dedup();
        let path = number.get(&paths);
        let with_it = lines.iter_mut().filter_map(|line| line.pointer_mut(path).filter(|value| value.is_number()));
        with_it.step_by(*step).for_each(|value| *value = serde_json::from_str(extreme).expect("a number"));
    }
    lines.iter().map(|line| format!("{line}\n")).collect()
}

/// What a person does next with a record: reads its report, and compares it.
fn reads_back(record: &Record) {
    let report = analyse(record);
    let _ = (table(&report, Style::default()), markdown(&report));
    let written = serde_json::to_string(&report).expect("plain data");
    let again = read_report(&written).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(serde_json::to_string(&again).expect("plain data"), written);
    let comparisons = [false, true].map(|across_hosts| {
        of_reports(&report, &report, &Options { across_hosts, floor_ns: 1e18, ..Options::default() }).ok()
    });
    for comparison in comparisons.into_iter().flatten().chain(raced(record)) {
        let _ = (view::table(&comparison, Style::default()), view::markdown(&comparison));
        let written = serde_json::to_string(&comparison).expect("plain data");
        let again = read_comparison(&written).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(serde_json::to_string(&again).expect("plain data"), written);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_record_of_extremes_is_refused_or_gives_what_can_be_read(changes in proptest::collection::vec(change(), 1..5), race in any::<bool>()) {
        if let Ok(record) = read(&changed(if race { RACE } else { &RUN }, &changes)) {
            reads_back(&record);
        }
    }
}

/// The slices of both texts, every second of them changed: the figures of a generation scatter without end.
fn scattered(change: impl Fn(&mut Vec<u64>)) {
    for text in [&RUN, RACE] {
        let mut slices = 0;
        let lines = text.lines().map(|line| match serde_json::from_str::<Vec<u64>>(line) {
            Ok(mut slice) => {
                slices += 1;
                if slices % 2 == 0 {
                    change(&mut slice);
                }
                format!("{}\n", serde_json::to_string(&slice).expect("numbers"))
            }
            Err(_) => format!("{line}\n"),
        });
        reads_back(&read(&lines.collect::<String>()).expect("the header is as it was"));
    }
}

#[test]
fn slices_that_scatter_without_end_give_what_can_be_read() {
    let longest = 31 * 24 * 3600 * 1_000_000_000;
    scattered(|slice| slice[1] = 1 << 53);
    scattered(|slice| (slice[1], slice[2], slice[3]) = (1 << 53, longest, longest));
    scattered(|slice| (slice[1], slice[2], slice[3], slice[4]) = (1, longest, 1, longest));
    scattered(|slice| (slice[1], slice[2], slice[3], slice[4]) = (100_000, 1, longest, 1));
}

#[test]
fn more_operations_than_a_machine_does_cost_their_arm_the_generation() {
    let text = RUN.replacen("\n[2,", "\n[2,9007199254740992,20000000,20000000,1]\n[2,", 1);
    let record = read(&text).expect("the header is as it was");
    let told = &record.damage.first[0].what;
    assert_eq!(told, "`ops` is 9007199254740992 in 20000000 ns: more than any machine does");
}
