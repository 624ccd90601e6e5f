//! Programs whose counts are known. One test without the test runner's threads: counters are those of
//! the whole process.

use loopswap_counters::{ALLOCATED_BYTES, ALLOCATIONS, Counters, SYSCALLS};
use loopswap_protocol::Tally;
use nix::unistd::getppid;
use std::hint::black_box;
use std::sync::mpsc;

#[global_allocator]
static ALLOCATOR: loopswap_allocations::Counting = loopswap_allocations::Counting;

const OWN: &str = "harness";

fn tally(work: impl FnOnce()) -> Tally {
    let mut counters = Counters::open(OWN);
    counters.start();
    work();
    counters.stop()
}

/// The work, and this often a system call that nothing caches (getpid(2) might be).
fn calls(count: u64) {
    for _ in 0..count {
        black_box(getppid());
    }
}

fn main() {
    let tally = |work: &mut dyn FnMut()| tally(work);
    let nothing = tally(&mut || ());
    assert_eq!(nothing.counters.get(ALLOCATIONS), Some(&0), "neither starting nor stopping allocates: {nothing:?}");
    let boxed = tally(&mut || drop(black_box(Box::new([0_u64; 4]))));
    assert_eq!((boxed.counters[ALLOCATIONS], boxed.counters[ALLOCATED_BYTES]), (1, 32));

    if let Some(why) = nothing.unavailable.get(SYSCALLS) {
        assert!(why.contains("perf_event_paranoid") || why.contains("tracefs"), "a reason with its remedy: {why}");
        eprintln!("skipped: system calls: {why}");
        return;
    }
    assert_eq!(nothing.counters[SYSCALLS], 0, "neither starting nor stopping is counted");
    for count in [1, 10, 1000] {
        assert_eq!(tally(&mut || calls(count)).counters[SYSCALLS], count);
    }

    // Threads that are there already count, the harness's own does not.
    for (name, counted) in [("worker", 500), (OWN, 0)] {
        let (go, gone) = mpsc::channel();
        let (end, ended) = mpsc::channel();
        let worker = std::thread::Builder::new().name(name.into());
        let worker = worker.spawn(move || {
            // A thread takes its name itself, when it first runs.
            end.send(()).expect("a listener");
            gone.recv().expect("a signal");
            calls(500);
            end.send(()).expect("a listener");
        });
        ended.recv().expect("it runs");
        // The channel's own waiting and waking takes calls, among them a few yields.
        let found = tally(&mut || {
            go.send(()).expect("a listener");
            ended.recv().expect("it ends");
        });
        worker.expect("a thread").join().expect("it ends well");
        let found = found.counters[SYSCALLS];
        assert!((counted..counted + 200).contains(&found), "{name}: {found} calls");
    }

    // So do threads that are started while it counts.
    let found = tally(&mut || std::thread::spawn(|| calls(500)).join().expect("it ends well")).counters[SYSCALLS];
    assert!((500..700).contains(&found), "{found} calls with those that start and end a thread");
    println!("known programs: as known");
}
