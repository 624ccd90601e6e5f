//! Jobs that block: `offload`.

use super::tools::{
    THREADS, allowed_cpus, caught, launch_once, needs_offload, needs_two_live_tasks, only_when_woken, quiet_panic,
    words_of,
};
use super::{Check, Skipped};
use crate::{Launch, Topology};
use std::collections::HashSet;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

/// "Completes with what it returns": each job with its own.
pub fn a_job_gives_its_output<R: Launch>() -> Check {
    needs_offload::<R>()?;
    let outputs = launch_once(|rt: R| async move {
        let tasks: Vec<_> = (0..100)
            .map(|number: u64| {
                rt.spawn(async move {
                    rt.offload(move || {
                        thread::sleep(Duration::from_micros(number * 7919 % 500));
                        number.to_string()
                    })
                    .await
                })
            })
            .collect();
        let mut outputs = Vec::new();
        for task in tasks {
            outputs.push(task.await);
        }
        outputs
    });
    assert_eq!(outputs, (0..100).map(|number| number.to_string()).collect::<Vec<_>>());
    Ok(())
}

/// "Tasks go on meanwhile": jobs that would never end if the task that ends them could not run, more of
/// them than there are threads for tasks.
pub fn tasks_go_on_while_jobs_block<R: Launch>() -> Check {
    needs_offload::<R>()?;
    needs_two_live_tasks::<R>()?;
    let sum: u64 = launch_once(|rt: R| async move {
        let (jobs, senders): (Vec<_>, Vec<_>) = (0..8)
            .map(|_| {
                let (send, wait) = mpsc::channel();
                (rt.spawn(async move { rt.offload(move || wait.recv().expect("a number")).await }), send)
            })
            .unzip();
        for (number, sender) in (1..).zip(&senders) {
            // Time and other tasks, while every job waits.
            rt.sleep(Duration::from_millis(2)).await;
            let number = rt.spawn(async move { number }).await;
            sender.send(number).expect("the job waits");
        }
        let mut sum = 0;
        for job in jobs {
            sum += job.await;
        }
        sum
    });
    assert_eq!(sum, 36);
    Ok(())
}

/// "… on threads that the runtime keeps for that": none of those that run tasks.
pub fn a_job_leaves_the_threads_of_tasks_alone<R: Launch>() -> Check {
    needs_offload::<R>()?;
    needs_two_live_tasks::<R>()?;
    if R::INFO.topology == Topology::ThreadPerTask {
        return Err(Skipped("a thread for every job, as for every task".into()));
    }
    let (tasks, jobs) = launch_once(|rt: R| async move {
        let handles: Vec<_> = (0..50)
            .map(|_| {
                rt.spawn(async move {
                    let before = thread::current().id();
                    let job = rt.offload(|| thread::current().id()).await;
                    ([before, thread::current().id()], job)
                })
            })
            .collect();
        let (mut tasks, mut jobs) = (HashSet::new(), HashSet::new());
        for handle in handles {
            let (ran, job) = handle.await;
            tasks.extend(ran);
            jobs.insert(job);
        }
        (tasks, jobs)
    });
    assert!(tasks.is_disjoint(&jobs), "tasks ran on {tasks:?}, jobs on {jobs:?}");
    Ok(())
}

/// "… which may run on every CPU of the launch", whatever CPU the asking shard is pinned to.
pub fn a_job_may_run_on_every_cpu_of_its_launch<R: Launch>() -> Check {
    needs_offload::<R>()?;
    let launched = allowed_cpus()?;
    if launched.len() == 1 {
        return Err(Skipped(format!("CPU {} is the only one allowed here: a shard's are the launch's", launched[0])));
    }
    let jobs = R::launch(THREADS, |rt: R, _| async move {
        let mut jobs = Vec::new();
        for _ in 0..10 {
            jobs.push(rt.offload(|| allowed_cpus().expect("as for the launch")).await);
        }
        jobs
    });
    for allowed in jobs.expect("launch").into_iter().flatten() {
        assert_eq!(allowed, launched, "the CPUs of a job, and those of the launch");
    }
    Ok(())
}

/// "A panic in the job reaches the task that awaits it", and later jobs run, however many panics there were.
pub fn a_panic_in_a_job_reaches_the_task_that_awaits_it<R: Launch>() -> Check {
    needs_offload::<R>()?;
    launch_once(|rt: R| async move {
        for number in 0..10 {
            let panic = caught(rt.offload(|| quiet_panic("the job's"))).await;
            assert_eq!(words_of(panic), "the job's");
            assert_eq!(rt.offload(move || number).await, number);
        }
        let task = rt.spawn(async move { rt.offload(|| quiet_panic("through a task")).await });
        assert_eq!(words_of(caught(task).await), "through a task");
    });
    Ok(())
}

/// A job wakes the waker that its future was polled with.
pub fn a_job_that_is_polled_only_when_woken_completes<R: Launch>() -> Check {
    needs_offload::<R>()?;
    launch_once(|rt: R| async move {
        let job = || {
            thread::sleep(Duration::from_millis(20));
            7
        };
        assert_eq!(only_when_woken(rt.offload(job)).await, 7);
    });
    Ok(())
}
