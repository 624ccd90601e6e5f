//! Fan-out of N tasks that each sleep: what it costs to hold and wake many tasks that only wait.
//!
//! This is the tutorial's first picture of an event loop: a thousand sleeps take the time of one. On a
//! runtime that runs one task after another they take the sum.

use loopswap_rt::{
    Fault, Headline, MaybeSend, Meter, Parameters, Part, Runtime, Shape, Shard, Verified, Workload, WorkloadInfo,
};
use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// The workload `sleep`. One operation is one task that sleeps; one granule is a whole fan-out.
#[derive(Clone, Copy, Debug)]
pub struct Sleep;

loopswap_rt::parameters! {
    /// The parameters of [`Sleep`].
    pub struct SleepParams {
        /// tasks in one fan-out
        tasks: u64 = count(1000, 1..=4_000_000),
        /// how long each task sleeps
        time: Duration = time(10_000, 0..=60_000_000),
        /// spawn: a task each; join-all: one task polls all; sequential-await: one after the other
        variant: Variant = choice(Variant::Spawn.word()),
    }
}

loopswap_rt::choice! {
    enum Variant {
        Spawn = "spawn",
        JoinAll = "join-all",
        SequentialAwait = "sequential-await",
    }
}

/// What a shard holds between slices.
#[derive(Debug)]
pub struct SleepState {
    params: SleepParams,
    shard: Shard,
}

impl Workload for Sleep {
    const INFO: WorkloadInfo<SleepParams> = WorkloadInfo {
        name: "sleep",
        about: "fan-out of tasks that each sleep",
        operation: "task",
        granule: "fan-out",
        latency: "timer overshoot",
        params: SleepParams::LIST,
        cases: include_str!("../cases.toml"),
        peers: |_| Vec::new(),
        requests: |_| 0,
        shape: |params| Shape::new(params.tasks, params.tasks).at_least(params.time),
        headline: |_| Headline::Time,
        parallel: |params| params.tasks > 1 && params.variant == Variant::Spawn,
    };

    type Params = SleepParams;
    type State<R: Runtime> = SleepState;

    fn prepare<R: Runtime>(
        _rt: R,
        part: Part<SleepParams>,
    ) -> impl Future<Output = Result<SleepState, Fault>> + MaybeSend {
        async move { Ok(SleepState { params: part.params, shard: part.shard }) }
    }

    fn run<R: Runtime>(
        rt: R,
        state: &mut SleepState,
        ops: u64,
        meter: &Arc<Meter>,
    ) -> impl Future<Output = Result<Verified, Fault>> + MaybeSend {
        let SleepParams { tasks, time, variant } = state.params;
        // Only spawned tasks can be divided over shards; the other variants are one task.
        let share = match (variant, state.shard.index) {
            (Variant::Spawn, _) => state.shard.share(tasks),
            (Variant::JoinAll | Variant::SequentialAwait, 0) => tasks,
            (Variant::JoinAll | Variant::SequentialAwait, _) => 0,
        };
        let nap = Arc::new(Nap { time, meter: Arc::clone(meter) });
        async move {
            let mut verified = Verified::default();
            for _ in 0..ops / tasks {
                let early = match variant {
                    Variant::Spawn => spawn(rt, share, &nap).await,
                    Variant::JoinAll => join_all(rt, share, &nap).await,
                    Variant::SequentialAwait => sequential_await(rt, share, &nap).await?,
                };
                if early > 0 {
                    return Err(Fault::Wrong(format!("{early} of {share} tasks woke before their time")));
                }
                verified.ops += share;
            }
            Ok(verified)
        }
    }
}

/// State shared by all tasks of a fan-out; a task itself holds only this pointer and its timer.
struct Nap {
    time: Duration,
    meter: Arc<Meter>,
}

/// The body of one task: sleeps, and reports whether it woke too early.
///
/// Not an `async fn`: that would hold its arguments twice, and a million tasks each have one.
fn nap<R: Runtime>(rt: R, nap: Arc<Nap>) -> impl Future<Output = bool> + MaybeSend + 'static {
    async move {
        let asleep = Instant::now();
        rt.sleep(nap.time).await;
        let slept = asleep.elapsed();
        if nap.meter.wants_latency() {
            nap.meter.latency(slept.saturating_sub(nap.time));
        }
        nap.meter.add(1);
        slept < nap.time
    }
}

async fn spawn<R: Runtime>(rt: R, tasks: u64, shared: &Arc<Nap>) -> u64 {
    let mut handles = Vec::with_capacity(usize::try_from(tasks).unwrap_or(0));
    let spawning = shared.meter.begin();
    for _ in 0..tasks {
        handles.push(rt.spawn(nap(rt, Arc::clone(shared))));
    }
    if let Some(spawning) = spawning {
        shared.meter.note("spawn_ns", spawning.elapsed().as_nanos() as f64 / tasks.max(1) as f64);
    }
    let mut early = 0;
    for handle in handles {
        early += u64::from(handle.await);
    }
    early
}

async fn join_all<R: Runtime>(rt: R, tasks: u64, shared: &Arc<Nap>) -> u64 {
    let naps = (0..tasks).map(|_| nap(rt, Arc::clone(shared)));
    futures_util::future::join_all(naps).await.into_iter().map(u64::from).sum()
}

async fn sequential_await<R: Runtime>(rt: R, tasks: u64, shared: &Arc<Nap>) -> Result<u64, Fault> {
    let mut early = 0;
    for expected in 0..tasks {
        let before = shared.meter.done();
        early += u64::from(nap(rt, Arc::clone(shared)).await);
        // One after the other: no other sleep may have ended in between.
        if shared.meter.done() - before != 1 {
            return Err(Fault::Wrong(format!("task {expected} did not wake alone and in order")));
        }
    }
    Ok(early)
}
