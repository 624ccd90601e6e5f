//! Time: `sleep` and `timeout`.

use super::Check;
use super::net::serve;
use super::tools::{Tell, launch_once, only_when_woken, until};
use crate::{Launch, Listener, Stream};
use std::future::{Future, pending, poll_fn, ready};
use std::io::Read as _;
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::task::Poll;
use std::thread;
use std::time::{Duration, Instant};

/// "Completes once `time` has passed, never earlier."
pub fn a_sleep_is_never_early<R: Launch>() -> Check {
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

fn order_of_naps<R: Launch>() -> [u64; 3] {
    // One after another they end as they began.
    if R::INFO.concurrent { [50, 250, 450] } else { NAPS_MS }
}

/// Sleeping tasks sleep side by side: they end in the order of their deadlines.
pub fn tasks_wake_in_the_order_of_their_deadlines<R: Launch>() -> Check {
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
pub fn sleeps_of_one_task_end_in_the_order_of_their_deadlines<R: Launch>() -> Check {
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
pub fn a_thousand_tasks_sleep<R: Launch>() -> Check {
    // On a runtime where sleeps run one after another, naps with a bearable sum.
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
pub fn a_dropped_sleep_is_forgotten<R: Launch>() -> Check {
    launch_once(|rt: R| async move {
        // Not polled, and (if that does not block) polled once.
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

const LONG: Duration = Duration::from_secs(3600);
const SHORT: Duration = Duration::from_millis(20);

/// "Completes with the output of `future`", also of one that waits.
pub fn what_ends_in_time_has_its_output<R: Launch>() -> Check {
    let outputs = launch_once(|rt: R| async move {
        let nap = async move {
            rt.sleep(SHORT).await;
            rt.yield_now().await;
            "slept".to_owned()
        };
        let task = async move { rt.spawn(async { "joined".to_owned() }).await };
        [rt.timeout(LONG, nap).await, rt.timeout(LONG, task).await]
    });
    assert_eq!(outputs, [Some("slept".to_owned()), Some("joined".to_owned())]);
    Ok(())
}

/// "… or with nothing once `time` has passed, never earlier; by then the future is dropped."
pub fn a_timeout_is_never_early_and_drops_its_future<R: Launch>() -> Check {
    launch_once(|rt: R| async move {
        for micros in [0, 1, 900, 1_100, 20_000] {
            let dropped = Arc::new(AtomicBool::new(false));
            let tell = Tell(Arc::clone(&dropped));
            let (start, time) = (Instant::now(), Duration::from_micros(micros));
            let nothing = rt.timeout(time, async move {
                let _tell = tell;
                rt.sleep(LONG).await;
            });
            assert_eq!(nothing.await, None);
            let passed = start.elapsed();
            assert!(passed >= time, "asked for {time:?}, ended after {passed:?}");
            assert!(dropped.load(Ordering::SeqCst), "the future is still there");
        }
        assert_eq!(rt.timeout(SHORT, pending::<()>()).await, None);
    });
    Ok(())
}

/// "A future that is ready when it is polled wins."
pub fn a_ready_future_wins_against_no_time_at_all<R: Launch>() -> Check {
    launch_once(|rt: R| async move {
        for number in 0..1000 {
            assert_eq!(rt.timeout(Duration::ZERO, ready(number)).await, Some(number));
        }
    });
    Ok(())
}

/// One inside the other, the shorter within and without; and what is left of a sleep goes on.
pub fn the_shorter_of_two_timeouts_ends_a_wait<R: Launch>() -> Check {
    launch_once(|rt: R| async move {
        let sleep = move || rt.sleep(LONG);
        assert_eq!(rt.timeout(LONG, rt.timeout(SHORT, sleep())).await, Some(None));
        assert_eq!(rt.timeout(SHORT, rt.timeout(LONG, sleep())).await, None);
        let (start, time) = (Instant::now(), 3 * SHORT);
        let nap = Arc::new(Mutex::new(Box::pin(rt.sleep(time))));
        let go_on = move || {
            let nap = Arc::clone(&nap);
            poll_fn(move |context| nap.lock().expect("lock").as_mut().poll(context))
        };
        // On a busy machine both may be over by the time of the look; then the sleep was the first.
        if rt.timeout(SHORT, go_on()).await.is_none() {
            assert_eq!(rt.timeout(LONG, go_on()).await, Some(()));
        }
        let passed = start.elapsed();
        assert!(passed >= time, "asked for {time:?}, slept {passed:?}");
    });
    Ok(())
}

/// Nobody connects, nobody sends, nobody reads; afterwards everything works as before.
pub fn a_timeout_ends_a_wait_for_a_socket<R: Launch>() -> Check {
    // Holds two connections open, and reads nothing until they are closed.
    let (address, server) = serve(2, |mut stream: TcpStream| {
        thread::sleep(Duration::from_millis(100));
        let _ = stream.read_to_end(&mut Vec::new());
    });
    launch_once(move |rt: R| async move {
        let mut listener = rt.listen(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).await.expect("listen");
        let accept = async move {
            drop(listener.accept().await);
        };
        assert_eq!(rt.timeout(SHORT, accept).await, None, "nobody connects");

        let mut stream = rt.timeout(LONG, rt.connect(address)).await.expect("in time").expect("connect");
        let read = async move { stream.read(vec![0; 16]).await.0.ok() };
        assert_eq!(rt.timeout(SHORT, read).await, None, "nobody sends");

        let mut stream = rt.connect(address).await.expect("connect");
        let write = async move { stream.write_all(vec![7; 64 * 1024 * 1024]).await.0.ok() };
        assert_eq!(rt.timeout(SHORT, write).await, None, "nobody reads");
    });
    server.join().expect("the server");
    Ok(())
}

/// What is dropped is the future; a task that it spawned is detached and goes on. (Where a task runs to
/// its end first, it has ended in time.)
pub fn a_timeout_leaves_spawned_tasks_alone<R: Launch>() -> Check {
    launch_once(|rt: R| async move {
        let ended = Arc::new(AtomicBool::new(false));
        let flag = Arc::clone(&ended);
        let spawns = async move {
            let task = rt.spawn(async move {
                rt.sleep(Duration::from_millis(100)).await;
                flag.store(true, Ordering::SeqCst);
            });
            task.await;
        };
        let outcome = rt.timeout(SHORT, spawns).await;
        assert_eq!(outcome, if R::INFO.concurrent { None } else { Some(()) });
        until(rt, &ended).await;
    });
    Ok(())
}

/// Both sides of a timeout wake the waker that it was polled with.
pub fn a_timeout_that_is_polled_only_when_woken_ends<R: Launch>() -> Check {
    launch_once(|rt: R| async move {
        assert_eq!(only_when_woken(rt.timeout(SHORT, pending::<()>())).await, None);
        assert_eq!(only_when_woken(rt.timeout(LONG, rt.sleep(SHORT))).await, Some(()));
    });
    Ok(())
}
