//! Tasks from their start to their end: spawned and joined, by a worker or on request of another thread, with
//! a time limit that does not expire, and with one that does.
//!
//! asyncio's `create_task`, `wait_for`, `wait(timeout)` and `cancel`. Every task has a number, returns it,
//! and holds a reference to its batch while it is alive, so a task that is lost, comes twice or outlives its
//! batch makes the slice an error.

mod late;
mod outside;
mod task;

use loopswap_rt::{
    Fault, Headline, MaybeSend, Meter, Parameters, Part, Runtime, Shape, Shard, Verified, Workload, WorkloadInfo,
};
use outside::Asker;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;
use task::Work;

/// The workload `spawn`. One operation is one task, from start to end; one granule is a batch of them.
#[derive(Clone, Copy, Debug)]
pub struct Spawn;

loopswap_rt::parameters! {
    /// The parameters of [`Spawn`].
    pub struct SpawnParams {
        /// tasks in a batch: all are started before the first is waited for
        tasks: u64 = count(1000, 1..=1_000_000),
        /// join: started by a task and joined; from-outside: a thread that is not the runtime's asks for them; wait:
        /// every second one is late, and cancelled once the limit has passed; cancel: all sleep, and are cancelled
        variant: Variant = choice(Variant::Join.word()),
        /// how often a task gives way before it ends (variants join and from-outside)
        yields: u64 = count(0, 0..=1000),
        /// time limit on each task of the variant join, 0 = none; how long the variant wait waits
        limit: Duration = time(0, 0..=3_600_000_000),
    }
}

loopswap_rt::choice! {
    enum Variant {
        Join = "join",
        FromOutside = "from-outside",
        Wait = "wait",
        Cancel = "cancel",
    }
}

/// What a shard holds between slices.
pub struct SpawnState {
    params: SpawnParams,
    shard: Shard,
    /// The thread next to the runtime, if the variant has one.
    asker: Option<Asker>,
}

impl Workload for Spawn {
    const INFO: WorkloadInfo<SpawnParams> = WorkloadInfo {
        name: "spawn",
        about: "tasks that are started, joined, timed out and cancelled",
        operation: "task",
        granule: "batch of tasks",
        latency: "from the start of a task, or its cancelling, to its end",
        params: SpawnParams::LIST,
        cases: include_str!("../cases.toml"),
        peers: |_| Vec::new(),
        requests: |_| 0,
        shape: |params| Shape::new(params.tasks, params.tasks),
        headline: |_| Headline::Time,
        // A runtime that is asked from outside has one CPU, shared with the thread that asks, unless the
        // placement is `free`.
        parallel: |params| params.tasks > 1 && params.variant != Variant::FromOutside,
    };

    type Params = SpawnParams;
    type State<R: Runtime> = SpawnState;

    fn prepare<R: Runtime>(
        rt: R,
        part: Part<SpawnParams>,
    ) -> impl Future<Output = Result<SpawnState, Fault>> + MaybeSend {
        async move {
            let Part { params, shard, .. } = part;
            can(rt, &params)?;
            let asker = if params.variant == Variant::FromOutside { Some(Asker::start()?) } else { None };
            Ok(SpawnState { params, shard, asker })
        }
    }

    fn run<R: Runtime>(
        rt: R,
        state: &mut SpawnState,
        ops: u64,
        meter: &Arc<Meter>,
    ) -> impl Future<Output = Result<Verified, Fault>> + MaybeSend {
        async move {
            let SpawnParams { tasks, variant, yields, limit } = state.params;
            let (batches, share) = (ops / tasks, state.shard.share(tasks));
            let work = Work { yields, limit, meter: Arc::clone(meter) };
            match (variant, &mut state.asker) {
                (Variant::FromOutside, Some(asker)) => asker.serve(rt, batches, share, &work).await?,
                _ => {
                    for _ in 0..batches {
                        match variant {
                            Variant::Wait => late::wait(rt, share, &work).await?,
                            Variant::Cancel => late::cancel_all(rt, share, &work).await?,
                            Variant::Join | Variant::FromOutside => task::join(rt, share, &work).await?,
                        }
                        meter.add(share);
                    }
                }
            }
            Ok(Verified { ops: batches * share, bytes: 0 })
        }
    }

    fn teardown<R: Runtime>(_rt: R, state: SpawnState) -> impl Future<Output = ()> + MaybeSend {
        async move {
            if let Some(asker) = state.asker {
                asker.stop();
            }
        }
    }
}

/// Whether these parameters make sense, and this runtime can do it.
fn can<R: Runtime>(rt: R, params: &SpawnParams) -> Result<(), Fault> {
    let SpawnParams { variant, yields, limit, .. } = *params;
    let failed = |why: &str| Err(Fault::Failed(why.into()));
    match variant {
        Variant::Wait if limit.is_zero() => return failed("`variant = \"wait\"` waits for `limit`, which is 0"),
        Variant::FromOutside | Variant::Cancel if !limit.is_zero() => {
            return failed("`limit` belongs to the variants `join` and `wait`");
        }
        Variant::Wait | Variant::Cancel if yields > 0 => {
            return failed("`yields` belongs to the variants `join` and `from-outside`");
        }
        _ => {}
    }
    if matches!(variant, Variant::Wait | Variant::Cancel) {
        if !rt.info().concurrent {
            let why =
                "a task and the one that cancels it must be alive at once; here each runs to its end before the next";
            return Err(Fault::Unsupported(why.into()));
        }
        if let Err(why) = rt.info().cancel {
            return Err(Fault::Unsupported(why.into()));
        }
    }
    Ok(())
}
