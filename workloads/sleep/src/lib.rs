//! Fan-out of N tasks that each sleep: what it costs to hold and wake many tasks that only wait.
//!
//! This is the tutorial's first picture of an event loop: a thousand sleeps take the time of one. On a
//! runtime that runs one task after another they take the sum.

use loopswap_rt::{
    Fault, Headline, Kind, MaybeSend, Meter, Param, Params, Part, Runtime, Shape, Shard, Verified, Workload,
    WorkloadInfo,
};
use serde::Deserialize;
use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// The workload `sleep`. One operation is one task that sleeps; one granule is a whole fan-out.
#[derive(Clone, Copy, Debug)]
pub struct Sleep;

const PARAMS: &[Param] = &[
    Param { name: "tasks", about: "tasks in one fan-out", kind: Kind::Count { default: 1000, min: 1, max: 4_000_000 } },
    Param {
        name: "time",
        about: "how long each task sleeps",
        kind: Kind::Time { default: 10_000, min: 0, max: 60_000_000 },
    },
    Param {
        name: "variant",
        about: "spawn: a task each; join-all: one task polls all; sequential-await: one after the other",
        kind: Kind::Choice { default: "spawn", of: &["spawn", "join-all", "sequential-await"] },
    },
];

/// The parameters of [`Sleep`].
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SleepParams {
    tasks: u64,
    /// Microseconds.
    time: u64,
    variant: Variant,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Variant {
    Spawn,
    JoinAll,
    SequentialAwait,
}

/// What a shard holds between slices.
#[derive(Debug)]
pub struct SleepState {
    params: SleepParams,
    shard: Shard,
}

fn tasks(params: &Params) -> u64 {
    params["tasks"].as_u64().unwrap_or(1)
}

impl Workload for Sleep {
    const INFO: WorkloadInfo = WorkloadInfo {
        name: "sleep",
        about: "fan-out of tasks that each sleep",
        operation: "task",
        granule: "fan-out",
        latency: "timer overshoot",
        params: PARAMS,
        cases: include_str!("../cases.toml"),
        peers: |_| Vec::new(),
        requests: |_| 0,
        shape: |params| {
            Shape::new(tasks(params), tasks(params))
                .at_least(Duration::from_micros(params["time"].as_u64().unwrap_or(0)))
        },
        headline: |_| Headline::Time,
        parallel: |params| tasks(params) > 1 && params["variant"] == "spawn",
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
        let nap = Arc::new(Nap { time: Duration::from_micros(time), meter: Arc::clone(meter) });
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
