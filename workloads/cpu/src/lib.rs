//! A fixed computation, in one go or yielding: what switching between tasks gains for work that never waits
//! (nothing), and what it does to tasks next to it that do wait.

mod beside;

use beside::Beside;
use loopswap_jobs::{Leap, steps};
use loopswap_rt::{
    Fault, Headline, MaybeSend, Meter, Parameters, Part, Runtime, Shape, Shard, Verified, Workload, WorkloadInfo,
};
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

/// The workload `cpu`. One operation is one computation; one granule is a computation in every task.
#[derive(Clone, Copy, Debug)]
pub struct Cpu;

loopswap_rt::parameters! {
    /// The parameters of [`Cpu`].
    pub struct CpuParams {
        /// steps of the generator in one computation, each depending on the one before
        steps: u64 = count(500_000, 1..=1_000_000_000),
        /// steps between two yields; 0 = never yields
        yield_every as "yield-every": u64 = count(0, 0..=1_000_000_000),
        /// computations at once
        tasks: u64 = per_cpu(1..=10_000),
        /// tasks beside the computations that each wait for a time, again and again, until these are done
        beside: u64 = count(0, 0..=100_000),
        /// from one time that a task beside waits for to the next
        beat: Duration = time(1000, 100..=1_000_000),
    }
}

/// What a shard holds between slices.
#[derive(Debug)]
pub struct CpuState {
    params: CpuParams,
    shard: Shard,
    seed: u64,
    expected: u64,
}

impl Workload for Cpu {
    const INFO: WorkloadInfo<CpuParams> = WorkloadInfo {
        name: "cpu",
        about: "a fixed computation that never waits",
        operation: "computation",
        granule: "computation in every task",
        latency: "time of a computation, or lateness of tasks beside it",
        params: CpuParams::LIST,
        cases: include_str!("../cases.toml"),
        peers: |_| Vec::new(),
        requests: |_| 0,
        shape: |params| Shape::new(params.tasks, params.tasks),
        headline: |_| Headline::Time,
        parallel: |params| params.tasks > 1,
    };

    type Params = CpuParams;
    type State<R: Runtime> = CpuState;

    fn prepare<R: Runtime>(rt: R, part: Part<CpuParams>) -> impl Future<Output = Result<CpuState, Fault>> + MaybeSend {
        async move {
            if part.params.beside > 0 && !rt.info().concurrent {
                let why = "nothing can run next to a computation here: each task runs to its end before the next";
                return Err(Fault::Unsupported(why.into()));
            }
            // A xorshift generator that starts at 0 stays there.
            let seed = part.seed | 1;
            let expected = Leap::new(part.params.steps).over(seed);
            Ok(CpuState { params: part.params, shard: part.shard, seed, expected })
        }
    }

    fn run<R: Runtime>(
        rt: R,
        state: &mut CpuState,
        ops: u64,
        meter: &Arc<Meter>,
    ) -> impl Future<Output = Result<Verified, Fault>> + MaybeSend {
        let CpuState { params, shard, seed, expected } = *state;
        let share = shard.share(params.tasks);
        async move {
            let mut verified = Verified::default();
            if share == 0 {
                return Ok(verified);
            }
            let beside = beside::share(shard, params.tasks, params.beside);
            let beside = Beside::start(rt, beside, params.beat, meter);
            for _ in 0..ops / params.tasks {
                let handles: Vec<_> = (0..share)
                    .map(|_| {
                        let meter = Arc::clone(meter);
                        rt.spawn(async move {
                            // Latencies are those of the tasks that wait.
                            let begun = if params.beside == 0 { meter.begin() } else { None };
                            let result = compute(rt, seed, params).await;
                            meter.end(begun);
                            result
                        })
                    })
                    .collect();
                for handle in handles {
                    let result = handle.await;
                    if result != expected {
                        return Err(Fault::Wrong(format!("computed {result:#x}, expected {expected:#x}")));
                    }
                    verified.ops += 1;
                }
            }
            beside.end().await?;
            Ok(verified)
        }
    }
}

async fn compute<R: Runtime>(rt: R, seed: u64, params: CpuParams) -> u64 {
    let mut state = seed;
    let mut left = params.steps;
    let stretch = if params.yield_every == 0 { params.steps } else { params.yield_every };
    while left > stretch {
        state = steps(state, stretch);
        left -= stretch;
        rt.yield_now().await;
    }
    steps(state, left)
}
