//! Time: `sleep`.

use super::Check;
use super::tools::{launch_once, only_when_woken};
use crate::Runtime;
use std::future::{Future, poll_fn};
use std::sync::{Arc, Mutex};
use std::task::Poll;
use std::time::{Duration, Instant};

/// "Completes once `time` has passed, never earlier."
pub fn a_sleep_is_never_early<R: Runtime>() -> Check {
    launch_once(|rt: R| async move {
        for micros in [0, 1, 900, 1_000, 1_100, 2_500, 10_000, 50_000] {
            let time = Duration::from_micros(micros);
            for _ in 0..3 {
                let start = Instant::now();
                rt.sleep(time).await;
                let passed = start.elapsed();
                assert!(passed >= time, "asked for {time:?}, slept {passed:?}");
            }
        }
    });
    Ok(())
}

/// Far enough apart to keep their order on a busy machine, and not begun in that order.
const NAPS_MS: [u64; 3] = [450, 50, 250];

fn order_of_naps<R: Runtime>() -> [u64; 3] {
    // One after another they end as they began.
    if R::INFO.concurrent { [50, 250, 450] } else { NAPS_MS }
}

/// Sleeping tasks sleep side by side: they end in the order of their deadlines.
pub fn tasks_wake_in_the_order_of_their_deadlines<R: Runtime>() -> Check {
    let order = launch_once(|rt: R| async move {
        let order = Arc::new(Mutex::new(Vec::new()));
        let handles = NAPS_MS.map(|millis| {
            let order = Arc::clone(&order);
            rt.spawn(async move {
                rt.sleep(Duration::from_millis(millis)).await;
                order.lock().expect("lock").push(millis);
            })
        });
        for handle in handles {
            handle.await;
        }
        order.lock().expect("lock").clone()
    });
    assert_eq!(order, order_of_naps::<R>());
    Ok(())
}

/// So do the sleeps that one task polls side by side.
pub fn sleeps_of_one_task_end_in_the_order_of_their_deadlines<R: Runtime>() -> Check {
    let order = launch_once(|rt: R| async move {
        let mut naps =
            NAPS_MS.map(|millis| (millis, Some(Box::pin(only_when_woken(rt.sleep(Duration::from_millis(millis)))))));
        let mut order = Vec::new();
        poll_fn(|context| {
            for (millis, nap) in &mut naps {
                if nap.as_mut().is_some_and(|nap| nap.as_mut().poll(context).is_ready()) {
                    *nap = None;
                    order.push(*millis);
                }
            }
            if order.len() == NAPS_MS.len() { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
        order
    });
    assert_eq!(order, order_of_naps::<R>());
    Ok(())
}

/// Many timers at once, none early and none lost.
pub fn a_thousand_tasks_sleep<R: Runtime>() -> Check {
    // What sleeps one after another gets naps whose sum is bearable.
    let longest_micros = if R::INFO.concurrent { 50_000 } else { 500 };
    launch_once(move |rt: R| async move {
        let nap = move |number: u64| async move {
            let (start, time) = (Instant::now(), Duration::from_micros(number * 7919 % longest_micros));
            rt.sleep(time).await;
            assert!(start.elapsed() >= time);
        };
        let handles: Vec<_> = (0..1000).map(|number| rt.spawn(nap(number))).collect();
        for handle in handles {
            handle.await;
        }
    });
    Ok(())
}

/// A sleep that is dropped half-way disturbs nothing.
pub fn a_dropped_sleep_is_forgotten<R: Runtime>() -> Check {
    launch_once(|rt: R| async move {
        // Not polled, and (where that does not block) polled once.
        drop(rt.sleep(Duration::from_secs(3600)));
        if R::INFO.concurrent {
            let mut long = Box::pin(rt.sleep(Duration::from_secs(3600)));
            poll_fn(|context| {
                assert!(long.as_mut().poll(context).is_pending());
                Poll::Ready(())
            })
            .await;
        }
        rt.sleep(Duration::from_millis(10)).await;
    });
    Ok(())
}
