//! A heartbeat on the runtime's timer: what stops it, what does not, and that none of its beats is lost.
//!
//! Nothing here asserts a time. Either a job waits for beats, which would hang if they waited for the job; or
//! it counts beats while none can come.

use super::tools::{launch_once, needs_offload, needs_two_live_tasks};
use super::{Check, Skipped};
use crate::{Heartbeat, Launch, Meter, Topology};
use std::future::poll_fn;
use std::sync::Arc;
use std::task::Poll;
use std::thread;
use std::time::Duration;

const BEAT: Duration = Duration::from_millis(1);
/// Beats that are due, at the least, while something blocks.
const DUE: u32 = 20;

/// A job on other threads blocks until the loop has beaten thrice.
pub fn it_goes_on_while_a_job_blocks<R: Launch>() -> Check {
    needs_offload::<R>()?;
    needs_two_live_tasks::<R>()?;
    let (meter, beats) = launch_once(|rt: R| async move {
        let meter = Arc::new(Meter::counting());
        let job = {
            let meter = Arc::clone(&meter);
            rt.offload(move || {
                // The watchdog ends a wait that would never end.
                while meter.latencies() < 3 {
                    thread::sleep(BEAT);
                }
                meter.latencies()
            })
        };
        let beats = Heartbeat::new(rt, BEAT, &meter).during(job).await;
        (meter.latencies(), beats.expect("no beat is early"))
    });
    assert!(3 <= beats && beats <= meter, "{beats} of {meter}");
    Ok(())
}

/// If the task that beats is blocked, no beat comes until the block ends; then all of them are recorded.
pub fn it_stands_still_where_its_loop_is_blocked_and_tells_every_beat<R: Launch>() -> Check {
    let (during, after) = launch_once(|rt: R| async move {
        let meter = Arc::new(Meter::counting());
        let heart = Heartbeat::new(rt, BEAT, &meter);
        let blocking = {
            let meter = Arc::clone(&meter);
            async move {
                thread::sleep(BEAT * DUE);
                meter.latencies()
            }
        };
        let during = heart.during(blocking).await.expect("no beat is early");
        (during, meter.latencies())
    });
    assert_eq!(during, 0);
    assert!(after >= u64::from(DUE), "{after} beats of {DUE} that were due");
    Ok(())
}

/// The mistake that the workload `offload` shows: tasks next to it that block, one after the other.
pub fn a_task_on_the_same_thread_stops_it<R: Launch>() -> Check {
    needs_two_live_tasks::<R>()?;
    if matches!(R::INFO.topology, Topology::WorkStealing | Topology::ThreadPerTask) {
        return Err(Skipped("the task may run on another thread, and stop nobody".into()));
    }
    let (during, after) = launch_once(|rt: R| async move {
        let meter = Arc::new(Meter::counting());
        let heart = Heartbeat::new(rt, BEAT, &meter);
        let task = {
            let meter = Arc::clone(&meter);
            rt.spawn(async move {
                let before = meter.latencies();
                thread::sleep(BEAT * DUE);
                meter.latencies() - before
            })
        };
        let during = heart.during(task).await.expect("no beat is early");
        (during, meter.latencies())
    });
    assert_eq!(during, 0, "beats while the only thread was blocked");
    assert!(after >= u64::from(DUE), "{after} beats of {DUE} that were due");
    Ok(())
}

/// Work that is complete from the start has no beats, however far away the next one is.
pub fn it_ends_with_what_it_accompanies<R: Launch>() -> Check {
    let (output, beats) = launch_once(|rt: R| async move {
        let meter = Arc::new(Meter::counting());
        let heart = Heartbeat::new(rt, Duration::from_secs(3600), &meter);
        // A yield, so that the sleep has begun.
        let work = async move {
            rt.yield_now().await;
            7
        };
        (heart.during(work).await.expect("no beat is early"), meter.latencies())
    });
    assert_eq!((output, beats), (7, 0));
    Ok(())
}

/// Work that nothing wakes completes when it is polled again, which the beats bring about, even if a sleep
/// blocks. The watchdog ends a wait that would never end.
pub fn it_looks_at_what_it_accompanies_after_every_beat<R: Launch>() -> Check {
    let looks = launch_once(|rt: R| async move {
        let mut looks = 0;
        let work = poll_fn(move |_| {
            looks += 1;
            if looks > 3 { Poll::Ready(looks) } else { Poll::Pending }
        });
        let heart = Heartbeat::new(rt, BEAT, &Arc::new(Meter::counting()));
        heart.during(work).await.expect("no beat is early")
    });
    assert_eq!(looks, 4);
    Ok(())
}
