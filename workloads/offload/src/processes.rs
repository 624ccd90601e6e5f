//! A pool of processes: each does the jobs that come over its connection, one at a time.
//!
//! The workers are peers, started by the conductor: a workload does not know what program it is part of. Each
//! has a task here that takes the next job when the last has come back, as the workers of a
//! `ProcessPoolExecutor` do; job and result travel as bytes over the runtime's own sockets.

use super::Jobs;
use loopswap_jobs::{ANSWER_BYTES, Done, Job};
use loopswap_rt::{Fault, Meter, Runtime, Stream};
use std::net::SocketAddr;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Connections to the workers of this shard.
pub(super) struct Processes<R: Runtime> {
    workers: Vec<Worker<R>>,
}

/// The connection to one worker.
struct Worker<R: Runtime> {
    stream: R::Stream,
    /// Holds the request and the answer in turn.
    buffer: Vec<u8>,
}

impl<R: Runtime> Processes<R> {
    /// Connects to each.
    pub(super) async fn connect(rt: R, to: impl Iterator<Item = SocketAddr>) -> Result<Self, Fault> {
        let mut workers = Vec::new();
        for address in to {
            let stream =
                rt.connect(address).await.map_err(|error| Fault::during("connecting to a worker process", error))?;
            workers.push(Worker { stream, buffer: Vec::new() });
        }
        Ok(Processes { workers })
    }

    /// Has the jobs done, each by the next free worker.
    pub(super) async fn hand_over(
        &mut self,
        rt: R,
        jobs: &Jobs,
        numbers: Range<u64>,
        meter: &Arc<Meter>,
    ) -> Result<(), Fault> {
        let (next, asked) = (Arc::new(AtomicU64::new(numbers.start)), numbers.end - numbers.start);
        let mut handles = Vec::with_capacity(self.workers.len());
        for mut worker in self.workers.drain(..) {
            let (jobs, meter, next, end) = (jobs.clone(), Arc::clone(meter), Arc::clone(&next), numbers.end);
            handles.push(rt.spawn(async move {
                let outcome = worker.serve(&jobs, &next, end, &meter).await;
                (worker, outcome)
            }));
        }
        let mut done: Result<u64, Fault> = Ok(0);
        for handle in handles {
            let (worker, outcome) = handle.await;
            self.workers.push(worker);
            done = done.and_then(|done| Ok(done + outcome?));
        }
        match done? {
            done if done == asked => Ok(()),
            done => Err(Fault::Wrong(format!("of {asked} jobs the worker processes did {done}"))),
        }
    }
}

impl<R: Runtime> Worker<R> {
    /// Takes jobs until none is left, and returns how many were done.
    async fn serve(&mut self, jobs: &Jobs, next: &AtomicU64, end: u64, meter: &Meter) -> Result<u64, Fault> {
        let mut served = 0;
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= end {
                return Ok(served);
            }
            let job = jobs.job(number);
            let done = self.ask(job).await?;
            jobs.check(job, done)?;
            meter.add(1);
            served += 1;
        }
    }

    async fn ask(&mut self, job: Job) -> Result<Done, Fault> {
        let mut request = std::mem::take(&mut self.buffer);
        request.clear();
        request.extend_from_slice(&job.to_bytes());
        let (sent, mut buffer) = self.stream.write_all(request).await;
        sent.map_err(|error| Fault::during("sending a job", error))?;

        let (mut answer, mut length) = ([0; ANSWER_BYTES], 0);
        while length < ANSWER_BYTES {
            buffer.resize(ANSWER_BYTES - length, 0);
            let (read, filled) = self.stream.read(buffer).await;
            let count = read.map_err(|error| Fault::during("reading a result", error))?;
            if count == 0 {
                return Err(Fault::Failed("a worker process has closed the connection".into()));
            }
            answer[length..length + count].copy_from_slice(&filled[..count]);
            length += count;
            buffer = filled;
        }
        self.buffer = buffer;
        Ok(Done::read(&answer))
    }
}
