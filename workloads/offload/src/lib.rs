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
    Fault, Headline, Heartbeat, Kind, MaybeSend, Meter, Param, Params, Part, PeerKind, Runtime, Shape, Shard, Verified,
    Workload, WorkloadInfo,
};
use own_pool::OwnPool;
use processes::Processes;
use serde::Deserialize;
use std::future::Future;
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

/// The workload `offload`. One operation is one job; one granule is all jobs handed over at once.
#[derive(Clone, Copy, Debug)]
pub struct Offload;

const PARAMS: &[Param] = &[
    Param { name: "jobs", about: "jobs handed over at once", kind: Kind::Count { default: 10, min: 1, max: 100_000 } },
    Param {
        name: "variant",
        about: "who does the jobs: runtime-pool: the runtime's own threads for jobs that block; own-pool: threads \
                beside the runtime; process-pool: worker processes; on-loop: tasks on the loop, which is the mistake",
        kind: Kind::Choice { default: "runtime-pool", of: &["runtime-pool", "own-pool", "process-pool", "on-loop"] },
    },
    Param {
        name: "workers",
        about: "threads of the own pool, or processes of the process pool, over all shards",
        kind: Kind::Count { default: 5, min: 1, max: 64 },
    },
    Param {
        name: "job",
        about: "what a job does: sleep: a call that blocks; compute: a computation",
        kind: Kind::Choice { default: "sleep", of: &["sleep", "compute"] },
    },
    Param {
        name: "time",
        about: "how long a job that sleeps blocks its thread",
        kind: Kind::Time { default: 10_000, min: 0, max: 60_000_000 },
    },
    Param {
        name: "steps",
        about: "steps of the generator in a job that computes, each depending on the one before",
        kind: Kind::Count { default: 2_000_000, min: 1, max: 1_000_000_000 },
    },
    Param {
        name: "beat",
        about: "time between two beats of the heartbeat on the loop",
        kind: Kind::Time { default: 1000, min: 100, max: 1_000_000 },
    },
];

/// The parameters of [`Offload`].
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OffloadParams {
    jobs: u64,
    variant: Variant,
    workers: u64,
    job: JobKind,
    /// Microseconds.
    time: u64,
    steps: u64,
    /// Microseconds.
    beat: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Variant {
    RuntimePool,
    OwnPool,
    ProcessPool,
    OnLoop,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum JobKind {
    Sleep,
    Compute,
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

fn jobs(params: &Params) -> u64 {
    params["jobs"].as_u64().unwrap_or(1)
}

fn peers(params: &Params) -> Vec<PeerKind> {
    let workers = params["workers"].as_u64().and_then(|workers| usize::try_from(workers).ok()).unwrap_or(1);
    if params["variant"] == "process-pool" { vec![PeerKind::Jobs; workers] } else { Vec::new() }
}

impl Workload for Offload {
    const INFO: WorkloadInfo = WorkloadInfo {
        name: "offload",
        about: "blocking jobs on pools of threads or processes, or on the loop, and a heartbeat meanwhile",
        operation: "job",
        granule: "all jobs",
        latency: "lateness of the heartbeat on the loop",
        params: PARAMS,
        cases: include_str!("../cases.toml"),
        peers,
        requests: |_| 1,
        shape: |params| Shape::new(jobs(params), jobs(params)),
        headline: |_| Headline::Time,
        // Threads do the jobs; those of other processes have their own CPUs.
        parallel: |params| params["variant"] != "process-pool",
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
                JobKind::Sleep => Work::Sleep(Duration::from_micros(params.time)),
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
            let heart = Heartbeat::new(rt, Duration::from_micros(state.params.beat), meter);
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
        OffloadParams { jobs: 10, variant, workers, job: JobKind::Sleep, time: 0, steps: 1, beat: 1000 }
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
