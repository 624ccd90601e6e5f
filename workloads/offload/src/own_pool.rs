//! An own pool of threads: a queue, and threads that sleep while it is empty.
//!
//! The equivalent of `concurrent.futures.ThreadPoolExecutor`: first in, first out, a fixed number of threads.
//! (A pool for parallel computations, such as rayon's, is something else: its threads look for work for a
//! while before they sleep, which takes CPU from the loop that is being watched, and steal from each other in
//! another order.) The result comes back through a oneshot that belongs to no runtime.

use super::Jobs;
use futures_channel::oneshot;
use loopswap_jobs::{Done, Job};
use loopswap_rt::Fault;
use nix::sched::{sched_getaffinity, sched_setaffinity};
use nix::unistd::{Pid, getpid};
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::thread::{self, JoinHandle};

/// A closure to call once on a thread of the pool.
type Task = Box<dyn FnOnce() + Send>;

/// The result of a job, and in which place of all jobs of the pool it ended.
#[derive(Debug)]
pub(super) struct Ended {
    done: Done,
    place: u64,
}

/// The pool.
#[derive(Debug)]
pub(super) struct OwnPool {
    queue: mpsc::Sender<Task>,
    threads: Vec<JoinHandle<()>>,
    submitted: u64,
    ended: Arc<AtomicU64>,
}

impl OwnPool {
    /// Starts `workers` threads.
    pub(super) fn start(workers: u64) -> io::Result<Self> {
        let (queue, tasks) = mpsc::channel::<Task>();
        let tasks = Arc::new(Mutex::new(tasks));
        let threads = (0..workers)
            .map(|index| {
                let tasks = Arc::clone(&tasks);
                thread::Builder::new().name(format!("own-pool-{index}")).spawn(move || serve(&tasks))
            })
            .collect::<io::Result<_>>()?;
        Ok(OwnPool { queue, threads, submitted: 0, ended: Arc::default() })
    }

    /// Puts a job into the queue.
    pub(super) fn submit(&mut self, work: impl FnOnce() -> Done + Send + 'static) -> oneshot::Receiver<Ended> {
        let (future, awaited) = oneshot::channel();
        let ended = Arc::clone(&self.ended);
        let task = move || {
            let done = work();
            let place = ended.fetch_add(1, Ordering::Relaxed);
            // The receiver is gone if the slice has failed.
            let _ = future.send(Ended { done, place });
        };
        // If no thread takes it any more, the oneshot is dropped, and the task that awaits it sees that.
        let _ = self.queue.send(Box::new(task));
        self.submitted += 1;
        awaited
    }

    /// Awaits the jobs that were submitted last, in their order, and checks each: its result, and that the
    /// pool began them first in, first out.
    pub(super) async fn gather(&self, jobs: &Jobs, awaited: Vec<(Job, oneshot::Receiver<Ended>)>) -> Result<(), Fault> {
        let first = self.submitted - awaited.len() as u64;
        for (turn, (job, ended)) in (first..).zip(awaited) {
            let Ended { done, place } = ended.await.map_err(|_| Fault::Failed("the own pool has ended".into()))?;
            jobs.check(job, done)?;
            // Earlier jobs that have not ended are each on another thread.
            let others = self.threads.len() as u64 - 1;
            if place + others < turn {
                let why = format!("job {turn} ended in place {place}, on {} threads in turn", self.threads.len());
                return Err(Fault::Wrong(why));
            }
        }
        Ok(())
    }

    /// Ends the threads, once the queue is empty.
    pub(super) fn end(self) {
        drop(self.queue);
        for thread in self.threads {
            // If it had panicked, the process would have ended.
            thread.join().unwrap_or_default();
        }
    }
}

fn serve(tasks: &Mutex<mpsc::Receiver<Task>>) {
    loosen();
    loop {
        // The lock is held while this thread waits, and given up before the task begins.
        let task = tasks.lock().unwrap_or_else(PoisonError::into_inner).recv();
        match task {
            Ok(task) => task(),
            Err(mpsc::RecvError) => break,
        }
    }
}

/// Lets this thread run on every CPU of the process, which are those of its first thread: if a shard started
/// it, it has inherited that shard's single CPU, and would be in the way there.
fn loosen() {
    if let Ok(all) = sched_getaffinity(getpid()) {
        // A thread that cannot be unpinned works as well, only not as fast.
        let _ = sched_setaffinity(Pid::from_raw(0), &all);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_lite::future::block_on;
    use loopswap_jobs::{Check, Work};
    use std::time::Duration;

    fn jobs(work: Work) -> Jobs {
        Jobs { seed: 7, work, check: Arc::new(Check::new(work)) }
    }

    #[test]
    fn results_come_back_in_order_from_any_number_of_threads() {
        for workers in [1, 2, 5] {
            let mut pool = OwnPool::start(workers).expect("threads");
            for work in [Work::Compute(100), Work::Sleep(Duration::from_micros(100))] {
                let jobs = jobs(work);
                let awaited = (0..50).map(|number| jobs.job(number)).map(|job| (job, pool.submit(move || job.run())));
                let awaited = awaited.collect();
                assert_eq!(block_on(pool.gather(&jobs, awaited)), Ok(()), "{work:?} on {workers}");
            }
            pool.end();
        }
    }

    #[test]
    fn jobs_are_done_at_once_on_as_many_threads() {
        let mut pool = OwnPool::start(3).expect("threads");
        let all = Arc::new(std::sync::Barrier::new(3));
        let awaited: Vec<_> = (0..3)
            .map(|number| {
                let all = Arc::clone(&all);
                pool.submit(move || {
                    // With fewer threads it would wait for ever.
                    all.wait();
                    Done { number, result: 0 }
                })
            })
            .collect();
        for (number, ended) in (0..).zip(awaited) {
            assert_eq!(block_on(ended).expect("it ends").done.number, number);
        }
        pool.end();
    }

    #[test]
    fn a_result_of_another_job_and_a_wrong_order_are_found() {
        let jobs = jobs(Work::Compute(10));
        let mut pool = OwnPool::start(1).expect("a thread");
        let wrong = jobs.job(4);
        let awaited = vec![(jobs.job(3), pool.submit(move || wrong.run()))];
        assert!(matches!(block_on(pool.gather(&jobs, awaited)), Err(Fault::Wrong(_))));

        let mut awaited: Vec<_> =
            [5, 6].map(|number| jobs.job(number)).map(|job| (job, pool.submit(move || job.run()))).into();
        awaited.reverse();
        assert!(matches!(block_on(pool.gather(&jobs, awaited)), Err(Fault::Wrong(_))), "the second before the first");
        pool.end();
    }
}
