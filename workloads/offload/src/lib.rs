//! Jobs that block or compute, handed to threads or processes next to the loop, and the effect on the loop.
//!
//! asyncio's `loop.run_in_executor` and `concurrent.futures`: the default pool is the runtime's own, an own
//! `ThreadPoolExecutor` is a plain pool of threads next to it, a `ProcessPoolExecutor` is a number of worker
//! processes. The fourth variant is the mistake: the jobs run in tasks on the loop itself. During the jobs a
//! heartbeat on the loop shows how late everybody else is served.

mod own_pool;
mod processes;

use loopswap_jobs::{Check, Done, Job, Work};
use loopswap_rt::{
    Fault, Headline, Heartbeat, MaybeSend, Meter, Parameters, Part, PeerKind, Runtime, Shape, Shard, Verified,
    Workload, WorkloadInfo,
};
use own_pool::OwnPool;
use processes::Processes;
use std::future::Future;
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

/// The workload `offload`. One operation is one job; one granule is all jobs handed over at once.
#[derive(Clone, Copy, Debug)]
pub struct Offload;

loopswap_rt::parameters! {
    /// The parameters of [`Offload`].
    pub struct OffloadParams {
        /// jobs handed over at once
        jobs: u64 = count(10, 1..=100_000),
        /// who does the jobs: runtime-pool: the runtime's own threads for jobs that block; own-pool: threads beside the
        /// runtime; process-pool: worker processes; on-loop: tasks on the loop, which is the mistake
        variant: Variant = choice(Variant::RuntimePool.word()),
        /// threads of the own pool, or processes of the process pool, over all shards
        workers: u64 = count(5, 1..=64),
        /// what a job does: sleep: a call that blocks; compute: a computation
        job: JobKind = choice(JobKind::Sleep.word()),
        /// how long a job that sleeps blocks its thread
        time: Duration = time(10_000, 0..=60_000_000),
        /// steps of the generator in a job that computes, each depending on the one before
        steps: u64 = count(2_000_000, 1..=1_000_000_000),
        /// time between two beats of the heartbeat on the loop
        beat: Duration = time(1000, 100..=1_000_000),
    }
}

loopswap_rt::choice! {
    enum Variant {
        RuntimePool = "runtime-pool",
        OwnPool = "own-pool",
        ProcessPool = "process-pool",
        OnLoop = "on-loop",
    }
}

loopswap_rt::choice! {
    enum JobKind {
        Sleep = "sleep",
        Compute = "compute",
    }
}

/// What a shard holds between slices.
pub struct OffloadState<R: Runtime> {
    params: OffloadParams,
    /// Jobs of this shard in one granule; 0 if it has no workers.
    share: u64,
    /// Number of the next job; those of two shards are far apart.
    next: u64,
    jobs: Jobs,
    place: Place<R>,
}

/// Makes jobs and checks their results.
#[derive(Clone, Debug)]
struct Jobs {
    seed: u64,
    work: Work,
    check: Arc<Check>,
}

impl Jobs {
    fn job(&self, number: u64) -> Job {
        Job { number, seed: self.seed, work: self.work }
    }

    fn check(&self, job: Job, done: Done) -> Result<(), Fault> {
        self.check.check(job, done).map_err(|mistake| Fault::Wrong(mistake.to_string()))
    }
}

/// Where the jobs run.
enum Place<R: Runtime> {
    RuntimePool,
    OwnPool(OwnPool),
    Processes(Processes<R>),
    Loop,
}

impl Workload for Offload {
    const INFO: WorkloadInfo<OffloadParams> = WorkloadInfo {
        name: "offload",
        about: "blocking jobs on pools of threads or processes, or on the loop, and a heartbeat meanwhile",
        operation: "job",
        granule: "all jobs",
        latency: "lateness of the heartbeat on the loop",
        params: OffloadParams::LIST,
        cases: include_str!("../cases.toml"),
        peers: |params| match params.variant {
            Variant::ProcessPool => (0..params.workers).map(|_| PeerKind::Jobs).collect(),
            Variant::RuntimePool | Variant::OwnPool | Variant::OnLoop => Vec::new(),
        },
        requests: |_| 1,
        shape: |params| Shape::new(params.jobs, params.jobs),
        headline: |_| Headline::Time,
        // Threads do the jobs; those of other processes have their own CPUs.
        parallel: |params| params.variant != Variant::ProcessPool,
    };

    type Params = OffloadParams;
    type State<R: Runtime> = OffloadState<R>;

    fn prepare<R: Runtime>(
        rt: R,
        part: Part<OffloadParams>,
    ) -> impl Future<Output = Result<OffloadState<R>, Fault>> + MaybeSend {
        async move {
            let params = part.params;
            let work = match params.job {
                JobKind::Sleep => Work::Sleep(params.time),
                JobKind::Compute => Work::Compute(params.steps),
            };
            let jobs = Jobs { seed: part.seed, work, check: Arc::new(Check::new(work)) };
            let share = share(part.shard, params);
            let place = if share == 0 { Place::Loop } else { place(rt, &part).await? };
            Ok(OffloadState { params, share, next: (part.shard.index as u64) << 40, jobs, place })
        }
    }

    fn run<R: Runtime>(
        rt: R,
        state: &mut OffloadState<R>,
        ops: u64,
        meter: &Arc<Meter>,
    ) -> impl Future<Output = Result<Verified, Fault>> + MaybeSend {
        async move {
            if state.share == 0 {
                return Ok(Verified::default());
            }
            let rounds = ops / state.params.jobs;
            let heart = Heartbeat::new(rt, state.params.beat, meter);
            let work = async move {
                for _ in 0..rounds {
                    let numbers = state.next..state.next + state.share;
                    state.next = numbers.end;
                    state.place.hand_over(rt, &state.jobs, numbers, meter).await?;
                }
                Ok::<_, Fault>(Verified { ops: rounds * state.share, bytes: 0 })
            };
            heart.during(work).await?
        }
    }

    fn teardown<R: Runtime>(_rt: R, state: OffloadState<R>) -> impl Future<Output = ()> + MaybeSend {
        async move {
            if let Place::OwnPool(pool) = state.place {
                pool.end();
            }
        }
    }
}

/// Jobs of a shard in one granule: its part of them, or those of its workers, each of which has the same
/// number over all shards (three workers on one shard and two on another have six jobs and four of ten, not
/// five each).
fn share(shard: Shard, params: OffloadParams) -> u64 {
    match params.variant {
        Variant::RuntimePool | Variant::OnLoop => shard.share(params.jobs),
        Variant::OwnPool | Variant::ProcessPool => {
            let count = usize::try_from(params.workers).unwrap_or(usize::MAX);
            let workers = (shard.index..count).step_by(shard.count);
            workers.map(|index| Shard { index, count }.share(params.jobs)).sum()
        }
    }
}

async fn place<R: Runtime>(rt: R, part: &Part<OffloadParams>) -> Result<Place<R>, Fault> {
    let shard = part.shard;
    Ok(match part.params.variant {
        Variant::OnLoop => Place::Loop,
        Variant::RuntimePool => match rt.info().offload {
            Ok(()) => Place::RuntimePool,
            Err(why) => return Err(Fault::Unsupported(why.into())),
        },
        Variant::OwnPool => Place::OwnPool(OwnPool::start(shard.share(part.params.workers))?),
        Variant::ProcessPool => {
            let peers = part.peers_of(PeerKind::Jobs)?;
            let own = peers.into_iter().skip(shard.index).step_by(shard.count).map(|peer| peer.address);
            Place::Processes(Processes::connect(rt, own).await?)
        }
    })
}

impl<R: Runtime> Place<R> {
    /// Hands jobs over, all at once, waits for all of them, and checks each result.
    async fn hand_over(&mut self, rt: R, jobs: &Jobs, numbers: Range<u64>, meter: &Arc<Meter>) -> Result<(), Fault> {
        match self {
            Place::Processes(processes) => processes.hand_over(rt, jobs, numbers, meter).await,
            Place::OwnPool(pool) => {
                let todo = numbers.map(|number| jobs.job(number));
                let awaited: Vec<_> = todo.map(|job| (job, pool.submit(counted(job, meter)))).collect();
                pool.gather(jobs, awaited).await
            }
            Place::RuntimePool => {
                let handles: Vec<_> = numbers
                    .map(|number| {
                        let job = jobs.job(number);
                        let work = counted(job, meter);
                        // A task each: whether a job starts before its future is polled is the runtime's
                        // choice.
                        (job, rt.spawn(async move { rt.offload(work).await }))
                    })
                    .collect();
                gather(jobs, handles).await
            }
            Place::Loop => {
                let handles: Vec<_> = numbers
                    .map(|number| {
                        let job = jobs.job(number);
                        let work = counted(job, meter);
                        (job, rt.spawn(async move { work() }))
                    })
                    .collect();
                gather(jobs, handles).await
            }
        }
    }
}

/// The job as a closure to call once, which counts it.
fn counted(job: Job, meter: &Arc<Meter>) -> impl FnOnce() -> Done + Send + 'static {
    let meter = Arc::clone(meter);
    move || {
        let done = job.run();
        meter.add(1);
        done
    }
}

/// Awaits jobs in the order in which they were handed over, whatever order they end in.
async fn gather<H: Future<Output = Done>>(jobs: &Jobs, handles: Vec<(Job, H)>) -> Result<(), Fault> {
    for (job, handle) in handles {
        let done = handle.await;
        jobs.check(job, done)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn params(variant: Variant, workers: u64) -> OffloadParams {
        let (time, beat) = (Duration::ZERO, Duration::from_millis(1));
        OffloadParams { jobs: 10, variant, workers, job: JobKind::Sleep, time, steps: 1, beat }
    }

    #[test]
    fn every_job_has_a_shard_and_every_worker_as_many_jobs() {
        let shares = |variant, workers, count| {
            (0..count).map(|index| share(Shard { index, count }, params(variant, workers))).collect::<Vec<_>>()
        };
        assert_eq!(shares(Variant::OwnPool, 5, 2), [6, 4], "three workers and two");
        assert_eq!(shares(Variant::ProcessPool, 2, 4), [5, 5, 0, 0], "fewer workers than shards");
        assert_eq!(shares(Variant::OwnPool, 64, 2), [5, 5], "fewer jobs than workers");
        assert_eq!(shares(Variant::OnLoop, 1, 4), [3, 3, 2, 2], "no workers");
        for workers in 1..=64 {
            assert_eq!(shares(Variant::OwnPool, workers, 3).iter().sum::<u64>(), 10, "{workers} workers");
        }
    }
}
