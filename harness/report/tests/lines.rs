//! Every line that is written into a record can be read again.

use loopswap_protocol::{Counted, Ready, Tally};
use loopswap_report::record::{Closed, End, EndReason, Fault, FaultKind, Line, Round, Slice, Started, Throttled};
use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::*;

fn again(line: &Line) -> Line {
    let text = serde_json::to_string(line).expect("plain data");
    assert!(!text.contains('\n'), "one line");
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

fn slice() -> impl Strategy<Value = Slice> {
    any::<(usize, u64, u64, u64, u64, Option<u64>)>().prop_map(|(arm, ops, ns, typical_ns, cpu_ns, peer_cpu_ns)| {
        Slice { arm, ops, ns, typical_ns, cpu_ns, peer_cpu_ns }
    })
}

fn kind() -> impl Strategy<Value = FaultKind> {
    use FaultKind::{Crashed, DidNotFinish, Failed, Garbled, Hung, Peer, Record, Skipped, Unsupported};
    prop::sample::select(vec![Skipped, Unsupported, DidNotFinish, Failed, Crashed, Hung, Garbled, Peer, Record])
}

fn fault() -> impl Strategy<Value = Line> {
    let place = any::<(usize, Option<usize>, Option<u32>)>();
    (place, kind(), ".*", ".*", any::<Option<u64>>()).prop_map(|((row, arm, generation), kind, message, stderr, ns)| {
        Line::Fault(Fault { row, arm, generation, kind, message, stderr, projected_ns: ns })
    })
}

fn generation() -> impl Strategy<Value = Line> {
    let started = any::<(usize, usize, u64)>().prop_flat_map(|(arm, threads, rss_bytes)| {
        vec(any::<usize>(), 0..4).prop_map(move |cpus| Started {
            arm,
            cpus,
            ready: Ready { threads, rss_bytes },
            start_up: None,
        })
    });
    (any::<(usize, u32, bool)>(), vec(started, 0..4))
        .prop_map(|((row, number, confirms), processes)| Line::Generation { row, number, processes, confirms })
}

fn tally() -> impl Strategy<Value = Tally> {
    let words = || btree_map(".*", ".*", 0..3);
    (any::<u64>(), btree_map(".*", any::<u64>(), 0..3), words(), words())
        .prop_map(|(ops, counters, unavailable, methods)| Tally { ops, counters, unavailable, methods })
}

/// Figures come from a runner's JSON: they are finite.
fn counted() -> impl Strategy<Value = Line> {
    let notes = btree_map(".*", any::<i32>().prop_map(|figure| f64::from(figure) / 64.0), 0..3);
    (any::<(usize, u64, u64, u64, u64)>(), option::of(".*"), notes, option::of(tally())).prop_map(
        |((arm, ops, voluntary_switches, involuntary_switches, rss_peak_bytes), latency, notes, tally)| {
            let counted =
                Counted { ops, voluntary_switches, involuntary_switches, rss_peak_bytes, latency, notes, tally };
            Line::Count { arm, counted: Box::new(counted) }
        },
    )
}

fn throttled() -> impl Strategy<Value = Option<Throttled>> {
    option::of(any::<(u64, u64)>().prop_map(|(periods, ns)| Throttled { periods, ns }))
}

fn closed() -> impl Strategy<Value = Line> {
    let figures = any::<(usize, u32, u64, u64, u64, u64)>();
    (figures, throttled()).prop_map(|((row, number, wall_ns, timed_ns, foreign_ns, steal_ns), throttled)| {
        Line::Closed(Closed { row, number, wall_ns, timed_ns, foreign_ns, steal_ns, throttled })
    })
}

fn end() -> impl Strategy<Value = Line> {
    use EndReason::{Failed, Finished, Interrupted, Unknown};
    let reason = prop::sample::select(vec![Finished, Interrupted, Failed, Unknown]);
    (reason, any::<(u64, u64, u64)>()).prop_map(|(reason, (wall_ns, turn_around_p50_ns, turn_around_p99_ns))| {
        Line::End(End { reason, wall_ns, turn_around_p50_ns, turn_around_p99_ns })
    })
}

fn round() -> impl Strategy<Value = Line> {
    let figures = any::<(u64, Option<u64>, u64, u64, Option<u64>)>();
    (figures, throttled()).prop_map(|((wall_ns, pressure_ns, foreign_ns, steal_ns, migrations), throttled)| {
        Line::Round(Round { wall_ns, pressure_ns, foreign_ns, steal_ns, migrations, throttled })
    })
}

fn any_line() -> impl Strategy<Value = Line> {
    prop_oneof![
        ".*".prop_map(|at| Line::Resumed { at }),
        any::<(usize, usize, u64, u64)>().prop_map(|(row, arm, ops, ns)| Line::Calibrated { row, arm, ops, ns }),
        generation(),
        round(),
        slice().prop_map(Line::WarmUp),
        (any::<usize>(), ".*").prop_map(|(arm, response)| Line::Response { arm, response }),
        (any::<usize>(), ".*").prop_map(|(arm, latency)| Line::Sampled { arm, latency }),
        counted(),
        fault(),
        closed(),
        end(),
    ]
}

proptest! {
    #[test]
    fn any_line_comes_back_as_it_was(line in any_line()) {
        prop_assert_eq!(again(&line), line);
    }

    #[test]
    fn any_slice_comes_back_as_it_was(slice in slice()) {
        let text = serde_json::to_string(&slice).expect("numbers");
        prop_assert_eq!(serde_json::from_str::<Slice>(&text).expect("what was written"), slice);
    }
}
