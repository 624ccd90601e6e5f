//! Every bound is broken once, and the reports of honest runners never break one.

use super::*;
use proptest::prelude::*;

const MS: u64 = 1_000_000;

/// A slice of 200 operations in 10 ms, on two CPUs, answered 60 µs later.
fn done() -> SliceDone {
    SliceDone { ops: 200, ns: 10 * MS, typical_ns: 9 * MS, cpu_ns: 8 * MS }
}

fn wanted() -> Wanted {
    Wanted { ops: 200, rate: None, counts: true, least_ns: 0 }
}

fn here() -> Here {
    Here { passed_ns: 10 * MS + 60_000, cpus: 2, cpu_ns: Some(8 * MS + 20_000) }
}

fn memory() -> Memory {
    Memory { now: Some(10 << 20), peak: Some(12 << 20), machine: Some(4 << 30) }
}

#[track_caller]
fn refused(outcome: Result<(), Implausible>, words: &str) {
    let Implausible { what, .. } = outcome.expect_err(words);
    assert!(what.contains(words), "{what}");
}

#[test]
fn an_honest_slice_is_believed() {
    assert_eq!(slice(&done(), wanted(), here()), Ok(()));
}

#[test]
fn every_lie_about_a_slice_is_named() {
    let lies: [(SliceDone, &str); 8] = [
        (SliceDone { ops: 100, ..done() }, "reports 100 operations in 10000000 ns; asked for 200"),
        (SliceDone { ns: 11 * MS, ..done() }, "10060000 ns passed here"),
        (SliceDone { ns: 0, typical_ns: 0, ..done() }, "200 operations in no time"),
        (SliceDone { typical_ns: 0, ..done() }, "`typical_ns` 0"),
        (SliceDone { typical_ns: 60 * MS, ..done() }, "median stretch is 60.000 ms for a slice of 10.000 ms"),
        // 812 % of its CPU, by no more than the machine.
        (SliceDone { cpu_ns: 81 * MS, ..done() }, "there were 2 CPUs for 10.060 ms"),
        (SliceDone { cpu_ns: u64::MAX, ..done() }, "of CPU time; there were 2 CPUs"),
        (SliceDone { cpu_ns: 39 * MS, ..done() }, "the kernel says 8.020 ms"),
    ];
    for (lie, words) in lies {
        refused(slice(&lie, wanted(), here()), words);
    }
}

#[test]
fn who_answers_at_once_does_not_do_the_work() {
    let asked = Wanted { ops: 1 << 24, rate: None, counts: false, least_ns: 0 };
    let told = SliceDone { ops: 1 << 24, ns: 1, typical_ns: 1, cpu_ns: 0 };
    let at_once = Here { passed_ns: 61_000, cpus: 2, cpu_ns: None };
    refused(slice(&told, asked, at_once), "answers 16777216 operations in 61.000 µs: it does not do the work");
    // Nor does a runner that takes the time and reports none.
    let (asked, told) = (Wanted { ops: 1 << 30, ..asked }, SliceDone { ops: 1 << 30, ..told });
    let in_time = Here { passed_ns: 1000 * MS, ..at_once };
    refused(slice(&told, asked, in_time), "1073741824 operations in 1 ns");
}

#[test]
fn a_first_trial_may_be_too_short_for_a_coarse_clock() {
    let trial = Wanted { counts: false, ..wanted() };
    assert_eq!(slice(&SliceDone { ns: 0, typical_ns: 0, cpu_ns: 0, ..done() }, trial, here()), Ok(()));
}

#[test]
fn work_of_other_processes_is_not_held_against_the_kernels_account_of_one() {
    let told = SliceDone { cpu_ns: 20 * MS, ..done() };
    assert_eq!(slice(&told, wanted(), Here { cpu_ns: None, ..here() }), Ok(()));
}

#[test]
fn an_open_loop_takes_as_long_as_its_rate_says() {
    let paced = Wanted { rate: Some(1000), ..wanted() };
    let right = SliceDone { ns: 199 * MS, typical_ns: 199 * MS, ..done() };
    let here = Here { passed_ns: 200 * MS, ..here() };
    assert_eq!(slice(&right, paced, here), Ok(()));
    refused(slice(&SliceDone { ns: 150 * MS, ..right }, paced, here), "at least 199.000 ms");
    assert_eq!(responses(Recorded { count: 200, longest_ns: 200 * MS }, paced, here), Ok(()));
    refused(responses(Recorded { count: 199, longest_ns: MS }, paced, here), "200 operations and 199 response");
    refused(responses(Recorded { count: 1 << 40, longest_ns: MS }, paced, here), "response times");
    refused(responses(Recorded { count: 200, longest_ns: 300 * MS }, paced, here), "longest latency is 300.000 ms");
}

#[test]
fn who_is_to_sleep_takes_that_long() {
    let sleeps = Wanted { least_ns: 10 * MS, ..wanted() };
    assert_eq!(slice(&done(), sleeps, here()), Ok(()));
    let half = SliceDone { ns: 5 * MS, typical_ns: 5 * MS, cpu_ns: MS, ..done() };
    refused(slice(&half, sleeps, here()), "take at least 10.000 ms, it reports 5.000 ms: it does not wait");
    let trial = Wanted { counts: false, ..sleeps };
    assert_eq!(slice(&half, trial, here()), Ok(()), "by a clock of 100 ticks a second");
}

#[test]
fn every_lie_about_a_count_is_named() {
    let honest = Counted { ops: 200, voluntary_switches: 200, rss_peak_bytes: 12 << 20, ..Counted::default() };
    let latencies = Recorded { count: 200, longest_ns: 9 * MS };
    let judged = |told: &Counted, latency: Recorded| counted(told, Some(latency), wanted(), here(), memory());
    assert_eq!(judged(&honest, latencies), Ok(()));
    let mut many = Tally { ops: 200, ..Tally::default() };
    many.count("syscalls", u64::MAX);
    let lies: [(Counted, &str); 8] = [
        (Counted { ops: 199, ..honest.clone() }, "199 operations, asked for 200"),
        (Counted { voluntary_switches: 1 << 60, ..honest.clone() }, "context switches in 10.060 ms"),
        (Counted { rss_peak_bytes: 4096, ..honest.clone() }, "no process is that small"),
        (Counted { rss_peak_bytes: 1 << 50, ..honest.clone() }, "the machine has 4294967296 bytes"),
        (Counted { rss_peak_bytes: 1 << 30, ..honest.clone() }, "the kernel says 12582912 bytes"),
        (Counted { tally: Some(many), ..honest.clone() }, "reports 18446744073709551615 syscalls"),
        (
            Counted { notes: [("spawn_ns".to_owned(), 2e18)].into(), ..honest.clone() },
            "`spawn_ns` is 2e18: takes -1e18 to 1e18",
        ),
        (Counted { notes: (0..2000).map(|n| (n.to_string(), 1.0)).collect(), ..honest.clone() }, "their number"),
    ];
    for (lie, words) in lies {
        refused(judged(&lie, latencies), words);
    }
    refused(judged(&honest, Recorded { longest_ns: 11 * MS, ..latencies }), "longest latency is 11.000 ms");
    refused(judged(&honest, Recorded { count: 1 << 40, ..latencies }), "1099511627776 latencies");
    // A heartbeat has its own number of latencies; allocated bytes need not be resident.
    assert_eq!(judged(&honest, Recorded { count: 3, ..latencies }), Ok(()));
    let mut bytes = Tally { ops: 200, ..Tally::default() };
    bytes.count("allocated_bytes", 1 << 50);
    assert_eq!(judged(&Counted { tally: Some(bytes), ..honest }, latencies), Ok(()));
}

#[test]
fn what_a_runner_says_when_it_is_ready_is_held_against_the_kernel() {
    let honest = Ready { threads: 2, rss_bytes: 10 << 20 };
    assert_eq!(ready(&honest, memory()), Ok(()));
    let unknown = Memory { now: None, peak: None, machine: None };
    assert_eq!(ready(&Ready { rss_bytes: 1 << 30, ..honest }, unknown), Ok(()), "nothing contradicts it");
    refused(ready(&Ready { rss_bytes: 4096, ..honest }, unknown), "no process is that small");
    refused(ready(&Ready { rss_bytes: 1 << 30, ..honest }, memory()), "the kernel says");
    let large = Memory { now: Some(1 << 30), ..memory() };
    refused(ready(&honest, large), "the kernel says 1073741824");
    refused(ready(&Ready { threads: 0, ..honest }, memory()), "0 threads");
    refused(ready(&Ready { threads: usize::MAX, ..honest }, memory()), "threads");
}

#[test]
fn who_gives_up_early_has_not_reached_its_limit() {
    let told = Unfinished { done: 1, ops: 200, ns: 10 * MS };
    assert_eq!(unfinished(&told, 10 * MS, here()), Ok(()));
    refused(unfinished(&told, 1000 * MS, here()), "gave up after 10.060 ms, the limit is 1.000 s");
    refused(unfinished(&Unfinished { done: 201, ..told }, 10 * MS, here()), "201 of 200 operations");
    refused(unfinished(&Unfinished { ns: 1000 * MS, ..told }, 10 * MS, here()), "10.060 ms passed here");
}

#[test]
fn slices_have_no_more_cpu_time_than_room() {
    let slice = |ns: u64, cpu_ns: u64| SliceDone { ns, cpu_ns, ..done() };
    let mut doubts = Doubts::default();
    for _ in 0..1000 {
        assert_eq!(doubts.cpu(&slice(10 * MS, 20 * MS), 2), Ok(()), "both CPUs all the time");
    }
    let mut doubts = Doubts::default();
    assert_eq!(doubts.cpu(&slice(MS / 2, 20 * MS), 2), Ok(()), "two ticks of a coarse clock");
    refused(doubts.cpu(&slice(MS / 2, 20 * MS), 2), "40.000 ms of CPU time in 1.000 ms of wall time");
    // A runner that divides its time by twenty.
    let mut doubts = Doubts::default();
    let judged = (0..12).map(|_| doubts.cpu(&slice(MS / 2, 10 * MS), 2));
    assert!(judged.last().is_some_and(|last| last.is_err()));
}

#[test]
fn a_runner_is_doubted_when_it_is_contradicted_again_and_again() {
    let mut doubts = Doubts::default();
    for _ in 1..IN_A_ROW {
        assert_eq!(doubts.slice(&done(), 700 * MS), Ok(()));
        assert!(doubts.any());
    }
    assert_eq!(doubts.slice(&done(), 11 * MS), Ok(()), "one that fits clears it");
    assert!(!doubts.any());
    for _ in 1..IN_A_ROW {
        assert_eq!(doubts.slice(&done(), 700 * MS), Ok(()));
    }
    refused(doubts.slice(&done(), 700 * MS), "10.000 ms while 700.000 ms passed here, 8 times in a row");
}

#[test]
fn a_median_of_next_to_nothing_is_believed_now_and_then_only() {
    let uneven = SliceDone { ns: 100 * MS, typical_ns: 1, ..done() };
    let mut doubts = Doubts::default();
    for _ in 1..IN_A_ROW {
        assert_eq!(doubts.slice(&uneven, 101 * MS), Ok(()));
    }
    assert_eq!(doubts.slice(&done(), 11 * MS), Ok(()), "one that is even clears it");
    for _ in 1..IN_A_ROW {
        assert_eq!(doubts.slice(&uneven, 101 * MS), Ok(()));
    }
    refused(doubts.slice(&uneven, 101 * MS), "its median stretch is 1 ns in a slice of 100.000 ms, 8 times in a row");
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// A slice as it happens: stretches of any lengths, threads that are busy or not, a hold-up before the
    /// answer, clocks that count in ticks.
    #[test]
    fn an_honest_runner_is_always_believed(
        stretches in prop::collection::vec(1_u64..50 * MS, 8..20),
        rest in 0_u64..MS,
        held_up in 0_u64..20_000 * MS,
        cpus in 1_usize..256,
        busy in 0.0..=1.0,
        per_op in 1_u64..MS,
        tick in prop::sample::select(vec![1_u64, 1000, MS, TICK_NS]),
    ) {
        let whole: u64 = stretches.iter().sum::<u64>() + rest;
        let ops = (whole / per_op).max(1);
        let mut sorted = stretches.clone();
        sorted.sort_unstable();
        let middle = sorted.len() / 2;
        let median = if sorted.len() % 2 == 1 { sorted[middle] } else { u64::midpoint(sorted[middle - 1], sorted[middle]) };
        // Fewer operations are outside the stretches than one stretch has.
        let typical_ns = median * (sorted.len() as u64 + 1);
        let ticks = |ns: u64| ns / tick * tick;
        let used = (whole as f64 * cpus as f64 * busy) as u64;
        let told = SliceDone { ops, ns: ticks(whole), typical_ns: ticks(typical_ns), cpu_ns: ticks(used) };
        let here = Here { passed_ns: whole + held_up, cpus, cpu_ns: Some(used) };
        prop_assert_eq!(slice(&told, Wanted { ops, rate: None, counts: false, least_ns: 0 }, here), Ok(()));
        if told.ns > 0 && told.typical_ns > 0 {
            prop_assert_eq!(slice(&told, Wanted { ops, rate: None, counts: true, least_ns: 0 }, here), Ok(()));
        }
    }

    /// Any input is answered with a sentence, never a panic, and what is believed fits the time that passed.
    #[test]
    fn any_numbers_are_judged(
        ops: u64, ns: u64, typical_ns: u64, cpu_ns: u64, asked: u64, passed_ns: u64, used: Option<u64>,
        rate: Option<u64>, counts: bool, cpus in 1_usize..4096, bytes: u64, switches: u64, threads: usize, note: f64,
    ) {
        let (told, here) = (SliceDone { ops, ns, typical_ns, cpu_ns }, Here { passed_ns, cpus, cpu_ns: used });
        let wanted = Wanted { ops: asked, rate, counts, least_ns: 0 };
        if slice(&told, wanted, here).is_ok() {
            prop_assert!(ops == asked && ns as f64 <= passed_ns as f64 * CLOCKS);
            prop_assert!(u128::from(cpu_ns) <= u128::from(passed_ns) * cpus as u128 + 2 * u128::from(TICK_NS));
        }
        let told = Counted {
            ops, voluntary_switches: switches, involuntary_switches: switches, rss_peak_bytes: bytes,
            notes: [("figure".to_owned(), note)].into(), ..Counted::default()
        };
        let memory = Memory { now: used, peak: used, machine: Some(passed_ns) };
        let recorded = Recorded { count: ops, longest_ns: ns };
        if counted(&told, Some(recorded), wanted, here, memory).is_ok() {
            prop_assert!((LEAST_BYTES..=passed_ns).contains(&bytes));
            prop_assert_eq!(check_counted(&told), Ok(()), "a record with it can be read again");
        }
        let _ = responses(recorded, wanted, here);
        let _ = ready(&Ready { threads, rss_bytes: bytes }, memory);
        let _ = unfinished(&Unfinished { done: ops, ops: asked, ns }, passed_ns, here);
        let mut doubts = Doubts::default();
        for _ in 0..IN_A_ROW {
            let _ = doubts.slice(&SliceDone { ops, ns, typical_ns, cpu_ns }, passed_ns);
        }
    }

    /// One slice in eight that is answered in time is enough, however long all others were held up.
    #[test]
    fn being_held_up_now_and_then_raises_no_lasting_doubt(
        around in prop::collection::vec(0_u64..10_000 * MS, 1..100), ns in 1_u64..MS,
    ) {
        let mut doubts = Doubts::default();
        for (index, around) in around.into_iter().enumerate() {
            let around = if index % 8 == 7 { around % (400 * MS) } else { around };
            prop_assert_eq!(doubts.slice(&SliceDone { ns, typical_ns: ns, ..done() }, ns + around), Ok(()));
        }
    }
}

#[test]
fn stamped_latencies_fit_into_the_longest_slice() {
    assert_eq!(stamped(Recorded { count: 7, longest_ns: 9 * MS }, 9 * MS), Ok(()));
    refused(stamped(Recorded { count: 7, longest_ns: 11 * MS }, 9 * MS), "longest latency is 11.000 ms");
    refused(stamped(Recorded { count: 0, longest_ns: 0 }, 9 * MS), "is empty");
}
