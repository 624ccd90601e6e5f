//! Tasks: `spawn`, handles, panics, yielding and waking.

use super::tools::{caught, launch_once, needs_two_live_tasks, only_when_woken, quiet_panic, until, words_of};
use super::{Check, Skipped};
use crate::{Launch, Topology};
use std::future::poll_fn;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Poll, Waker};
use std::thread;
use std::time::Duration;

/// "It runs concurrently with its spawner (see `Info::concurrent`)": two tasks that each note 1,
/// sleep, and note 2 have noted 1, 1, 2, 2; run one after another, 1, 2, 1, 2.
pub fn two_tasks_note_1_1_2_2<R: Launch>() -> Check {
    let notes = launch_once(|rt: R| async move {
        let notes = Arc::new(Mutex::new(Vec::new()));
        let noted = Arc::clone(&notes);
        let task = move || {
            let notes = Arc::clone(&noted);
            async move {
                notes.lock().expect("lock").push(1);
                rt.sleep(Duration::from_millis(200)).await;
                notes.lock().expect("lock").push(2);
            }
        };
        let (one, two) = (rt.spawn(task()), rt.spawn(task()));
        one.await;
        two.await;
        notes.lock().expect("lock").clone()
    });
    assert_eq!(notes, if R::INFO.concurrent { [1, 1, 2, 2] } else { [1, 2, 1, 2] });
    Ok(())
}

/// "It runs concurrently with its spawner."
pub fn a_task_runs_while_its_spawner_goes_on<R: Launch>() -> Check {
    needs_two_live_tasks::<R>()?;
    launch_once(|rt: R| async move {
        let (go, gone) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
        let task = {
            let (go, gone) = (Arc::clone(&go), Arc::clone(&gone));
            rt.spawn(async move {
                until(rt, &go).await;
                gone.store(true, Ordering::SeqCst);
            })
        };
        go.store(true, Ordering::SeqCst);
        until(rt, &gone).await;
        task.await;
    });
    Ok(())
}

/// "… also when nobody awaits the handle."
pub fn a_task_runs_when_nobody_awaits_it<R: Launch>() -> Check {
    launch_once(|rt: R| async move {
        let ran = Arc::new(AtomicBool::new(false));
        let flag = Arc::clone(&ran);
        let handle = rt.spawn(async move { flag.store(true, Ordering::SeqCst) });
        until(rt, &ran).await;
        drop(handle);
    });
    Ok(())
}

/// "Dropping the handle detaches the task, which goes on."
pub fn a_dropped_handle_detaches_its_task<R: Launch>() -> Check {
    launch_once(|rt: R| async move {
        let ended = Arc::new(AtomicBool::new(false));
        let flag = Arc::clone(&ended);
        drop(rt.spawn(async move {
            rt.sleep(Duration::from_millis(30)).await;
            rt.yield_now().await;
            flag.store(true, Ordering::SeqCst);
        }));
        until(rt, &ended).await;
    });
    Ok(())
}

/// "A panic inside the task reaches the task that awaits the handle, as a panic", at once or after the task
/// has waited, and the runtime goes on.
pub fn a_panic_reaches_the_joiner<R: Launch>() -> Check {
    let (at_once, later, after) = launch_once(|rt: R| async move {
        let at_once = caught(rt.spawn(async { quiet_panic("at once") })).await;
        let later = rt.spawn(async move {
            rt.sleep(Duration::from_millis(10)).await;
            quiet_panic("later");
        });
        let later = caught(later).await;
        (words_of(at_once), words_of(later), rt.spawn(async { 7 }).await)
    });
    assert_eq!((at_once, later, after), ("at once", "later", 7));
    Ok(())
}

/// A panic in a detached task ends that task only.
pub fn a_panic_that_nobody_joins_harms_nobody<R: Launch>() -> Check {
    let sum: usize = launch_once(|rt: R| async move {
        drop(rt.spawn(async { quiet_panic("unheard") }));
        let handles: Vec<_> = (0..50)
            .map(|number| {
                rt.spawn(async move {
                    rt.sleep(Duration::from_millis(5)).await;
                    number
                })
            })
            .collect();
        let mut sum = 0;
        for handle in handles {
            sum += handle.await;
        }
        sum
    });
    assert_eq!(sum, 50 * 49 / 2);
    Ok(())
}

/// `spawn` works inside a task, and inside its tasks.
pub fn a_task_spawns_tasks<R: Launch>() -> Check {
    let sum = launch_once(|rt: R| async move {
        let family = rt.spawn(async move {
            let children: Vec<_> =
                (1..=10).map(|child| rt.spawn(async move { rt.spawn(async move { child }).await * 10 })).collect();
            let mut sum = 0;
            for child in children {
                sum += child.await;
            }
            sum
        });
        family.await
    });
    assert_eq!(sum, 550);
    Ok(())
}

/// As many tasks as a workload may ask for.
pub fn ten_thousand_tasks_complete<R: Launch>() -> Check {
    const TASKS: usize = 10_000;
    let count = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&count);
    launch_once(move |rt: R| {
        let counter = Arc::clone(&counter);
        async move {
            let handles: Vec<_> = (0..TASKS)
                .map(|_| {
                    let counter = Arc::clone(&counter);
                    rt.spawn(async move {
                        rt.yield_now().await;
                        counter.fetch_add(1, Ordering::Relaxed);
                    })
                })
                .collect();
            for handle in handles {
                handle.await;
            }
        }
    });
    assert_eq!(count.load(Ordering::SeqCst), TASKS);
    Ok(())
}

/// A handle is "a future of its output", in any order of awaiting handles.
pub fn outputs_come_from_their_own_handles<R: Launch>() -> Check {
    let outputs = launch_once(|rt: R| async move {
        let sleepy = move |number: u64| async move {
            rt.sleep(Duration::from_millis(number % 3)).await;
            number.to_string()
        };
        let mut handles: Vec<_> = (0..20).map(|number| rt.spawn(sleepy(number))).collect();
        let mut outputs = Vec::new();
        while let Some(last) = handles.pop() {
            outputs.push(last.await);
        }
        outputs
    });
    assert_eq!(outputs, (0..20).rev().map(|number| number.to_string()).collect::<Vec<_>>());
    Ok(())
}

/// Yielding is enough for two tasks to take turns.
pub fn two_tasks_hand_over_by_yielding<R: Launch>() -> Check {
    needs_two_live_tasks::<R>()?;
    let turns = launch_once(|rt: R| async move {
        let turn = Arc::new(AtomicUsize::new(0));
        let shared = Arc::clone(&turn);
        let player = move |mine: usize| {
            let turn = Arc::clone(&shared);
            async move {
                for _ in 0..100 {
                    while turn.load(Ordering::SeqCst) % 2 != mine {
                        rt.yield_now().await;
                    }
                    turn.fetch_add(1, Ordering::SeqCst);
                }
            }
        };
        let (even, odd) = (rt.spawn(player(0)), rt.spawn(player(1)));
        even.await;
        odd.await;
        turn.load(Ordering::SeqCst)
    });
    assert_eq!(turns, 200);
    Ok(())
}

/// "Lets every other task that is ready on this thread run at least once before it completes."
pub fn a_yield_lets_every_ready_task_run_once<R: Launch>() -> Check {
    needs_two_live_tasks::<R>()?;
    if !matches!(R::INFO.topology, Topology::SingleThread | Topology::ThreadPerCore) {
        return Err(Skipped("with several threads others may be ready and not have run".into()));
    }
    let counts = launch_once(|rt: R| async move {
        let count = Arc::new(AtomicUsize::new(0));
        let counters = (0..10).map(|_| {
            let count = Arc::clone(&count);
            rt.spawn(async move {
                for _ in 0..5 {
                    count.fetch_add(1, Ordering::SeqCst);
                    rt.yield_now().await;
                }
            })
        });
        let handles: Vec<_> = counters.collect();
        let mut counts = Vec::new();
        for _ in 0..5 {
            rt.yield_now().await;
            counts.push(count.load(Ordering::SeqCst));
        }
        for handle in handles {
            handle.await;
        }
        counts
    });
    // The runtime decides whose turn is next (tokio wakes those that yielded in reverse order), so a task may
    // also have run twice.
    let fair = counts.iter().zip([10, 20, 30, 40, 50]).all(|(count, least)| *count >= least);
    assert!(fair, "ten tasks had taken {counts:?} turns after each yield");
    Ok(())
}

/// A place where one side leaves a waker and the other rings it.
#[derive(Default)]
struct Bell {
    rung: AtomicBool,
    waker: Mutex<Option<Waker>>,
}

impl Bell {
    fn ring(&self) {
        self.rung.store(true, Ordering::SeqCst);
        if let Some(waker) = self.waker.lock().expect("lock").take() {
            waker.wake();
        }
    }

    async fn heard(&self) {
        poll_fn(|context| {
            *self.waker.lock().expect("lock") = Some(context.waker().clone());
            if self.rung.load(Ordering::SeqCst) { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
    }
}

/// A waker works from another task.
pub fn a_task_wakes_another<R: Launch>() -> Check {
    needs_two_live_tasks::<R>()?;
    launch_once(|rt: R| async move {
        let bells: Vec<Arc<Bell>> = (0..10).map(|_| Arc::default()).collect();
        // Each waits for the bell before its own, so that all but the first are asleep for sure.
        let handles: Vec<_> = (1..bells.len())
            .map(|index| {
                let (before, mine) = (Arc::clone(&bells[index - 1]), Arc::clone(&bells[index]));
                rt.spawn(async move {
                    before.heard().await;
                    mine.ring();
                })
            })
            .collect();
        rt.sleep(Duration::from_millis(20)).await;
        bells[0].ring();
        bells[9].heard().await;
        for handle in handles {
            handle.await;
        }
    });
    Ok(())
}

/// A waker works from a thread that the runtime knows nothing of.
pub fn a_thread_outside_wakes_a_task<R: Launch>() -> Check {
    launch_once(|rt: R| async move {
        for _ in 0..5 {
            let bell = Arc::new(Bell::default());
            let ringer = Arc::clone(&bell);
            let outside = thread::spawn(move || {
                thread::sleep(Duration::from_millis(20));
                ringer.ring();
            });
            rt.spawn(async move { bell.heard().await }).await;
            outside.join().expect("the thread outside");
        }
    });
    Ok(())
}

/// A future that is not ready wakes the waker that it was polled with, so combinators work that poll only
/// those of their futures that were woken.
pub fn a_future_that_is_polled_only_when_woken_completes<R: Launch>() -> Check {
    launch_once(|rt: R| async move {
        only_when_woken(rt.sleep(Duration::from_millis(20))).await;
        only_when_woken(rt.yield_now()).await;
        let task = rt.spawn(async move { rt.sleep(Duration::from_millis(20)).await });
        only_when_woken(task).await;
    });
    Ok(())
}
