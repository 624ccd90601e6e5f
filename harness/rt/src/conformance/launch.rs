//! Starting: `INFO`, `preflight`, `threads`, `launch` and its shards.

use super::tools::{THREADS, launch_once, quiet_panic, words_of};
use super::{Check, Skipped};
use crate::{Launch, Shard, Topology};
use std::collections::HashSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Barrier};
use std::thread::{self, ThreadId};
use std::time::Duration;

/// How many shards `threads` threads make.
fn shards<R: Launch>(threads: usize) -> usize {
    if R::INFO.topology == Topology::ThreadPerCore { threads } else { 1 }
}

/// `INFO` can be shown to people and used in filters.
pub fn it_says_what_it_is<R: Launch>() -> Check {
    let info = R::INFO;
    let plain = |name: &str| {
        let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        !name.is_empty() && name.chars().all(allowed)
    };
    assert!(plain(info.name), "a name of small letters, digits and hyphens: {}", info.name);
    assert!(!info.package.is_empty() && !info.about.is_empty());
    assert!(["epoll", "io_uring", "kqueue", "iocp", "poll", "none"].contains(&info.driver), "{}", info.driver);
    assert!(info.offload != Err("") && info.cancel != Err(""), "why it cannot");
    assert_ne!(info.discontinued, Some(""), "since when, and what to use instead");
    Ok(())
}

/// "Says whether the runtime can run here on `threads` threads, without starting it", however often it is
/// asked; and `threads` is 1 "for a single-thread runtime".
pub fn preflight_needs_no_launch<R: Launch>() -> Check {
    for threads in [1, 2, 1] {
        assert_eq!(R::preflight(threads), Ok(()));
    }
    assert_eq!(R::threads(THREADS), if R::INFO.topology == Topology::SingleThread { 1 } else { THREADS });
    assert_eq!(R::threads(0), 1, "never none");
    Ok(())
}

/// "Returns what the bodies return, in the order of the shards, once all have ended."
pub fn one_output_for_each_shard_in_order<R: Launch>() -> Check {
    let outputs = R::launch(THREADS, |rt: R, shard: Shard| async move {
        // The first ends last.
        rt.sleep(Duration::from_millis(100 / (1 + shard.index as u64))).await;
        shard.index
    });
    assert_eq!(outputs.expect("launch"), (0..shards::<R>(THREADS)).collect::<Vec<_>>());
    Ok(())
}

/// "A single-thread or work-stealing runtime has one shard with all its threads; a thread-per-core
/// runtime has one shard for each thread." The shares add up.
pub fn shards_fit_the_topology<R: Launch>() -> Check {
    let outputs = R::launch(THREADS, |_: R, shard: Shard| async move { (shard.count, shard.share(1001)) });
    let outputs = outputs.expect("launch");
    assert!(outputs.iter().all(|(count, _)| *count == shards::<R>(THREADS)), "{outputs:?}");
    assert_eq!(outputs.iter().map(|(_, share)| share).sum::<u64>(), 1001);
    Ok(())
}

/// "A body is always a *spawned task* that runs on one of the runtime's workers", and there are no
/// more workers than were asked for.
pub fn the_body_runs_where_tasks_run<R: Launch>() -> Check {
    let here = thread::current().id();
    let outputs = R::launch(THREADS, |rt: R, _| async move {
        let mut bodies = Vec::new();
        let mut tasks = Vec::new();
        for _ in 0..10 {
            bodies.push(thread::current().id());
            let handles: Vec<_> = (0..20)
                .map(|_| {
                    rt.spawn(async move {
                        // Long enough for every worker to take its part.
                        thread::sleep(Duration::from_micros(200));
                        rt.yield_now().await;
                        thread::current().id()
                    })
                })
                .collect();
            for handle in handles {
                tasks.push(handle.await);
            }
        }
        (bodies, tasks)
    });
    let outputs = outputs.expect("launch");
    let distinct = |ids: &[ThreadId]| ids.iter().copied().collect::<HashSet<_>>();
    let all: HashSet<ThreadId> =
        outputs.iter().flat_map(|(bodies, tasks)| bodies.iter().chain(tasks)).copied().collect();
    for (bodies, tasks) in &outputs {
        match R::INFO.topology {
            Topology::SingleThread | Topology::ThreadPerCore => {
                assert_eq!(distinct(bodies).len(), 1);
                assert_eq!(distinct(bodies), distinct(tasks), "one thread for the body and its tasks");
            }
            Topology::WorkStealing => assert!(all.len() <= THREADS, "{} workers", all.len()),
            Topology::ThreadPerTask => {
                assert_eq!(distinct(bodies).len(), 1);
                assert_eq!(distinct(tasks).len(), tasks.len(), "a thread for every task");
            }
        }
    }
    if R::INFO.topology == Topology::ThreadPerCore {
        assert_eq!(all.len(), THREADS, "a thread for every shard");
    }
    if R::INFO.topology != Topology::SingleThread {
        assert!(!all.contains(&here), "the thread that launches runs no task");
    }
    Ok(())
}

/// "Starts the runtime on `threads` threads": as many tasks (or shards) run at the same instant.
pub fn all_threads_run_at_once<R: Launch>() -> Check {
    if R::INFO.topology == Topology::SingleThread {
        return Err(Skipped("one thread runs every task".into()));
    }
    // Both block their threads until the other has come.
    let barrier = Arc::new(Barrier::new(THREADS));
    if R::INFO.topology == Topology::ThreadPerCore {
        let meet = move |_: R, _| {
            let barrier = Arc::clone(&barrier);
            async move {
                barrier.wait();
            }
        };
        R::launch(THREADS, meet).expect("launch");
        return Ok(());
    }
    launch_once(move |rt: R| {
        let barrier = Arc::clone(&barrier);
        async move {
            let handles: Vec<_> = (0..THREADS)
                .map(|_| {
                    let barrier = Arc::clone(&barrier);
                    rt.spawn(async move {
                        barrier.wait();
                    })
                })
                .collect();
            for handle in handles {
                handle.await;
            }
        }
    });
    Ok(())
}

/// "A panic in a body reaches the caller", and the next launch works.
pub fn a_panic_in_a_body_reaches_the_caller<R: Launch>() -> Check {
    let body = |rt: R, shard: Shard| async move {
        rt.sleep(Duration::from_millis(5)).await;
        if shard.index == 0 {
            quiet_panic("the body's");
        }
    };
    assert_eq!(words_of(catch_unwind(AssertUnwindSafe(|| R::launch(THREADS, body)))), "the body's");
    assert_eq!(launch_once(|rt: R| async move { rt.spawn(async { 5 }).await }), 5);
    Ok(())
}

/// A process may launch again once a launch has returned.
pub fn it_launches_twice<R: Launch>() -> Check {
    for number in 0..3 {
        let output = launch_once(move |rt: R| async move {
            rt.spawn(async move {
                rt.sleep(Duration::from_millis(1)).await;
                number
            })
            .await
        });
        assert_eq!(output, number);
    }
    Ok(())
}

/// A launch on another number of threads works, or "is an error" where the executor is a global of the
/// process; it never runs on a number that was not asked for.
pub fn another_number_of_threads_is_taken_or_refused<R: Launch>() -> Check {
    launch_once(|_: R| async {});
    match R::launch(1, |_: R, shard: Shard| async move { shard.count }) {
        Ok(counts) => assert_eq!(counts, [1]),
        Err(refused) => return Err(Skipped(refused.to_string())),
    }
    Ok(())
}

/// `launch` waits for its bodies, not for tasks that nobody joins.
pub fn it_returns_while_a_detached_task_sleeps<R: Launch>() -> Check {
    if !R::INFO.concurrent {
        return Err(Skipped("a task has ended before its handle can be dropped".into()));
    }
    let output = launch_once(|rt: R| async move {
        drop(rt.spawn(async move { rt.sleep(Duration::from_secs(3600)).await }));
        rt.sleep(Duration::from_millis(5)).await;
        3
    });
    assert_eq!(output, 3);
    Ok(())
}

/// "It may block its worker between measurements."
pub fn a_body_may_block_its_worker<R: Launch>() -> Check {
    let output = launch_once(|rt: R| async move {
        let before = rt.spawn(async move {
            rt.sleep(Duration::from_millis(5)).await;
            1
        });
        thread::sleep(Duration::from_millis(30));
        before.await + rt.spawn(async { 2 }).await
    });
    assert_eq!(output, 3);
    Ok(())
}
