//! What the adapters of thread-per-core runtimes share: a thread for each shard, on its own CPU, jobs that
//! may leave that CPU, a port that all shards listen on, the way of a panic from a task to its joiner, and
//! the question whether io_uring is available.
//!
//! The threads are for runtimes that leave threads to their user. This crate knows no runtime, and exists on
//! Linux only; elsewhere it is empty.
#![cfg(target_os = "linux")]

mod listener;
pub mod panics;
pub mod uring;

pub use listener::listener;

use nix::sched::{CpuSet, sched_getaffinity, sched_setaffinity};
use nix::unistd::Pid;
use std::cell::Cell;
use std::io;
use std::panic::resume_unwind;
use std::thread;

/// The calling thread, as the affinity calls name it.
const THIS_THREAD: Pid = Pid::from_raw(0);

thread_local! {
    /// On a shard's thread: the CPUs of the whole launch.
    static LAUNCHED_ON: Cell<Option<CpuSet>> = const { Cell::new(None) };
    /// On a thread that does jobs: the CPUs that it may use.
    static LOOSE_ON: Cell<Option<CpuSet>> = const { Cell::new(None) };
}

/// Runs `shard` with 0, 1, … on `count` new threads, and returns what it returns, in this order, once
/// all have ended.
/// If there are enough CPUs in the affinity mask of the caller (the conductor's placement), each thread is
/// pinned to one of them: thread-per-core runtimes rely on that. With more threads than CPUs no thread is
/// pinned, and the mask stays as it is; the same if the system refuses to pin.
///
/// # Errors
/// When the operating system refuses a thread, or the first that `shard` returns.
///
/// # Panics
/// With the first panic of a shard, once all have ended: one that unwinds `shard`, and one that it
/// caught and returned.
pub fn run<T, S>(name: &str, count: usize, shard: S) -> io::Result<Vec<T>>
where
    T: Send + 'static,
    S: Fn(usize) -> io::Result<thread::Result<T>> + Clone + Send + 'static,
{
    let cpus = cpus_to_pin_to();
    let all = (!cpus.is_empty()).then(|| sched_getaffinity(THIS_THREAD)).transpose()?;
    let mut threads = Vec::new();
    for index in 0..count {
        let cpu = (count <= cpus.len()).then(|| cpus[index]);
        let shard = shard.clone();
        let body = move || {
            LAUNCHED_ON.set(all);
            if let Some(cpu) = cpu {
                pin(cpu)?;
            }
            shard(index)
        };
        threads.push(thread::Builder::new().name(format!("{name}-{index}")).spawn(body)?);
    }
    // All have to end before any outcome is looked at.
    let ended: Vec<_> = threads.into_iter().map(thread::JoinHandle::join).collect();
    let mut outputs = Vec::new();
    for shard in ended {
        let output = shard.unwrap_or_else(|panic| resume_unwind(panic))?;
        outputs.push(output.unwrap_or_else(|panic| resume_unwind(panic)));
    }
    Ok(outputs)
}

/// The CPUs that a thread of the caller's can be pinned to: those of its affinity mask; empty if the system
/// refuses to tell or to change it (`sched_getaffinity(2)`, `sched_setaffinity(2)`), as some containers do.
#[must_use]
pub fn cpus_to_pin_to() -> Vec<usize> {
    // Asking for the current mask changes nothing, and fails if any other request would.
    let mask = sched_getaffinity(THIS_THREAD).and_then(|mask| sched_setaffinity(THIS_THREAD, &mask).map(|()| mask));
    let Ok(mask) = mask else { return Vec::new() };
    (0..CpuSet::count()).filter(|&cpu| mask.is_set(cpu).unwrap_or(false)).collect()
}

fn pin(cpu: usize) -> io::Result<()> {
    let mut one = CpuSet::new();
    one.set(cpu)?;
    Ok(sched_setaffinity(THIS_THREAD, &one)?)
}

/// Wraps a job that will block another thread, so that it may run on every CPU of the launch. Call it on a
/// shard's thread.
///
/// A thread inherits the affinity of the one that starts it, so a pool that a shard fills with threads would
/// do its jobs on the shard's CPU, in the way of the shard. The first job of a thread makes a system call to
/// undo that; each later one only looks up which CPUs the thread may use.
pub fn loose<T>(job: impl FnOnce() -> T + Send + 'static) -> impl FnOnce() -> T + Send + 'static {
    let all = LAUNCHED_ON.get();
    move || {
        if let Some(all) = all
            && LOOSE_ON.replace(Some(all)) != Some(all)
        {
            // A thread that cannot be unpinned works as well, only not as fast.
            let _ = sched_setaffinity(THIS_THREAD, &all);
        }
        job()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    fn cpus_of_this_thread() -> Vec<usize> {
        let mask = sched_getaffinity(THIS_THREAD).expect("an affinity mask");
        (0..CpuSet::count()).filter(|&cpu| mask.is_set(cpu).unwrap_or(false)).collect()
    }

    #[test]
    fn outputs_come_in_the_order_of_the_shards() {
        let outputs = run("test", 3, |index| Ok(Ok((index, thread::current().name().map(str::to_owned)))));
        let names = (0..3).map(|index| (index, Some(format!("test-{index}"))));
        assert_eq!(outputs.expect("run"), names.collect::<Vec<_>>());
    }

    #[test]
    fn shards_are_pinned_while_there_are_enough_cpus() {
        let mine = cpus_of_this_thread();
        let pinned = run("test", mine.len(), |_| Ok(Ok(cpus_of_this_thread()))).expect("run");
        assert_eq!(pinned, mine.iter().map(|&cpu| vec![cpu]).collect::<Vec<_>>());
        let crowded = run("test", mine.len() + 1, |_| Ok(Ok(cpus_of_this_thread()))).expect("run");
        assert_eq!(crowded, vec![mine.clone(); mine.len() + 1]);
        assert_eq!(cpus_of_this_thread(), mine, "the caller stays as it was");
    }

    /// The CPUs that a job sees on a thread that a shard starts, before and after it is unpinned.
    fn a_job_of_a_shard() -> (Vec<usize>, Vec<usize>) {
        let job = loose(cpus_of_this_thread);
        let pool = thread::spawn(move || (cpus_of_this_thread(), job()));
        pool.join().expect("no panic")
    }

    #[test]
    fn a_job_leaves_the_cpu_of_its_shard() {
        let mine = cpus_of_this_thread();
        let outputs = run("test", 1, |_| Ok(Ok(a_job_of_a_shard())));
        assert_eq!(outputs.expect("run"), [(vec![mine[0]], mine)]);
    }

    #[test]
    fn a_thread_that_outlives_a_launch_follows_the_next_one() {
        let mine = cpus_of_this_thread();
        let (send, jobs) = std::sync::mpsc::channel::<Box<dyn FnOnce() + Send>>();
        let pool = thread::spawn(move || jobs.into_iter().for_each(|job| job()));
        // On the first CPU alone, then on all.
        for cpus in [vec![mine[0]], mine] {
            let (jobs, all) = (send.clone(), cpus.clone());
            let launch = move || {
                let mut set = CpuSet::new();
                all.iter().for_each(|&cpu| set.set(cpu).expect("a CPU"));
                sched_setaffinity(THIS_THREAD, &set).expect("allowed");
                let outputs = run("test", 1, move |_| {
                    let (tell, told) = std::sync::mpsc::channel();
                    jobs.send(Box::new(loose(move || tell.send(cpus_of_this_thread()).expect("heard"))))
                        .expect("a pool");
                    Ok(Ok(told.recv().expect("a job")))
                });
                outputs.expect("run")
            };
            assert_eq!(thread::spawn(launch).join().expect("no panic"), [cpus]);
        }
        drop(send);
        pool.join().expect("no panic");
    }

    fn panics() {
        resume_unwind(Box::new("the first shard's"));
    }

    #[test]
    fn a_panic_reaches_the_caller_once_all_have_ended() {
        for caught in [true, false] {
            let ended = Arc::new(AtomicUsize::new(0));
            let counter = Arc::clone(&ended);
            let panic = catch_unwind(AssertUnwindSafe(|| {
                run("test", 2, move |index| {
                    if index == 0 {
                        if caught {
                            return Ok(catch_unwind(panics));
                        }
                        panics();
                    }
                    thread::sleep(std::time::Duration::from_millis(20));
                    counter.fetch_add(1, Ordering::SeqCst);
                    Ok(Ok(()))
                })
            }));
            assert_eq!(panic.expect_err("a panic").downcast_ref(), Some(&"the first shard's"));
            assert_eq!(ended.load(Ordering::SeqCst), 1);
        }
    }

    #[test]
    fn an_error_reaches_the_caller() {
        let outcome = run("test", 2, |index| if index == 1 { Err(io::Error::other("no ring")) } else { Ok(Ok(())) });
        assert_eq!(outcome.expect_err("an error").to_string(), "no ring");
    }
}
