//! Stopping tasks: `Task::cancel`.

use super::Check;
use super::tools::{Tell, caught, launch_once, needs_cancel, quiet_panic, until, words_of};
use crate::{Launch, Listener, MaybeSend, Stream, Task};
use std::future::{Future, pending};
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

const LONG: Duration = Duration::from_secs(3600);

/// Cancels a task while it waits in `wait`: it has started, and is dropped when `cancel` completes.
async fn stop_in<R: Launch>(rt: R, wait: impl Future<Output = ()> + MaybeSend + 'static) {
    let (begun, dropped) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
    let (begins, tell) = (Arc::clone(&begun), Tell(Arc::clone(&dropped)));
    let task = rt.spawn(async move {
        let _tell = tell;
        begins.store(true, Ordering::SeqCst);
        wait.await;
    });
    until(rt, &begun).await;
    assert_eq!(task.cancel().await, None, "it waits for ever");
    assert!(dropped.load(Ordering::SeqCst), "not dropped when `cancel` completed");
}

/// "Stops the task: it is dropped where it waits. Completes once it is dropped."
pub fn a_waiting_task_is_dropped<R: Launch>() -> Check {
    needs_cancel::<R>()?;
    launch_once(|rt: R| async move {
        for _ in 0..20 {
            stop_in(rt, pending()).await;
        }
    });
    Ok(())
}

/// A task that is stopped at once, before it ran or while it runs for the first time.
pub fn a_task_that_has_not_run_is_dropped<R: Launch>() -> Check {
    needs_cancel::<R>()?;
    launch_once(|rt: R| async move {
        for _ in 0..100 {
            let dropped = Arc::new(AtomicBool::new(false));
            let tell = Tell(Arc::clone(&dropped));
            let task = rt.spawn(async move {
                let _tell = tell;
                rt.sleep(LONG).await;
            });
            assert_eq!(task.cancel().await, None);
            assert!(dropped.load(Ordering::SeqCst), "not dropped when `cancel` completed");
        }
    });
    Ok(())
}

/// A task can be stopped while it waits for time, a task, a connection or bytes.
pub fn a_task_is_stopped_wherever_it_waits<R: Launch>() -> Check {
    needs_cancel::<R>()?;
    launch_once(|rt: R| async move {
        stop_in(rt, rt.sleep(LONG)).await;
        stop_in(rt, async move { rt.spawn(rt.sleep(LONG)).await }).await;
        stop_in(rt, async move { rt.timeout(LONG, pending()).await.unwrap_or(()) }).await;
        let any_port = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let mut listener = rt.listen(any_port).await.expect("listen");
        let address = listener.local_addr().expect("local_addr");
        // The connection is complete before anybody accepts it, and nothing ever comes.
        let mut silent = rt.connect(address).await.expect("connect");
        let accepted = listener.accept().await.expect("accept");
        stop_in(rt, async move { drop(listener.accept().await) }).await;
        stop_in(rt, async move { drop(silent.read(vec![0; 16]).await) }).await;
        drop(accepted);
    });
    Ok(())
}

/// "… with its output where it had ended before." Only its handle tells that a task has ended, so each try
/// waits longer than the last.
pub fn a_task_that_had_ended_gives_its_output<R: Launch>() -> Check {
    needs_cancel::<R>()?;
    let output = launch_once(|rt: R| async move {
        let mut tries = 0;
        loop {
            let task = rt.spawn(async { "its output".to_owned() });
            rt.sleep(Duration::from_millis(tries)).await;
            if let Some(output) = task.cancel().await {
                break output;
            }
            tries += 1;
        }
    });
    assert_eq!(output, "its output");
    Ok(())
}

/// "The panic of a task that had ended with one goes on here."
pub fn the_panic_of_a_task_reaches_who_cancels_it<R: Launch>() -> Check {
    needs_cancel::<R>()?;
    let panic = launch_once(|rt: R| async move {
        let mut tries = 0;
        loop {
            let task = rt.spawn(async { quiet_panic("the task's") });
            rt.sleep(Duration::from_millis(tries)).await;
            match caught(task.cancel()).await {
                Ok(None) => tries += 1,
                Ok(Some(())) => panic!("it cannot end"),
                Err(panic) => break words_of::<()>(Err(panic)),
            }
        }
    });
    assert_eq!(panic, "the task's");
    Ok(())
}

/// Stopping one task stops no other, not even those that it spawned.
pub fn the_other_tasks_go_on<R: Launch>() -> Check {
    needs_cancel::<R>()?;
    launch_once(|rt: R| async move {
        let (begun, ended) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
        let (begins, ends) = (Arc::clone(&begun), Arc::clone(&ended));
        let brother = rt.spawn(async move {
            rt.sleep(Duration::from_millis(30)).await;
            1
        });
        let parent = rt.spawn(async move {
            let child = rt.spawn(async move {
                rt.sleep(Duration::from_millis(30)).await;
                ends.store(true, Ordering::SeqCst);
            });
            begins.store(true, Ordering::SeqCst);
            child.await;
            pending::<()>().await;
        });
        until(rt, &begun).await;
        assert_eq!(parent.cancel().await, None);
        assert_eq!(brother.await, 1);
        until(rt, &ended).await;
    });
    Ok(())
}

/// Many at once, in every state.
pub fn a_thousand_tasks_are_stopped<R: Launch>() -> Check {
    needs_cancel::<R>()?;
    let left = launch_once(|rt: R| async move {
        let alive = Arc::new(AtomicUsize::new(0));
        let tasks: Vec<_> = (0..1000)
            .map(|number| {
                let alive = Arc::clone(&alive);
                rt.spawn(async move {
                    alive.fetch_add(1, Ordering::SeqCst);
                    let _alive = Alive(alive);
                    rt.sleep(if number % 2 == 0 { LONG } else { Duration::from_millis(5) }).await;
                    rt.yield_now().await;
                })
            })
            .collect();
        rt.sleep(Duration::from_millis(5)).await;
        for task in tasks {
            task.cancel().await;
        }
        alive.load(Ordering::SeqCst)
    });
    assert_eq!(left, 0);
    Ok(())
}

struct Alive(Arc<AtomicUsize>);

impl Drop for Alive {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}
