//! Handing over between tasks: what one switch costs, and that it goes to the right one.
//!
//! N tasks in a ring take turns, strictly one after the other: greenlet's `switch`, a generator's `yield`, a
//! coroutine's `await`. There are three ways to hand over: tasks that yield until it is their turn, tasks
//! that sleep until their predecessor wakes them, and, with no executor at all, generators that one loop
//! resumes in turn.

mod generators;
mod turns;
mod waking;
mod yielding;

use futures_util::future::join_all;
use generators::Generators;
use loopswap_rt::{
    Fault, Headline, MaybeSend, Meter, Parameters, Part, Runtime, Shape, Shard, Verified, Workload, WorkloadInfo,
};
use std::future::Future;
use std::sync::Arc;
use waking::Waking;
use yielding::Yielding;

/// The workload `switch`. One operation is one hand-over; one granule is a hand-over in every ring.
#[derive(Clone, Copy, Debug)]
pub struct Switch;

loopswap_rt::parameters! {
    /// The parameters of [`Switch`].
    pub struct SwitchParams {
        /// tasks in a ring, each handing over to the next
        tasks: usize = count(2, 2..=100_000),
        /// rings at once
        rings: u64 = per_cpu(1..=1000),
        /// yield-now: a task gives way until it is its turn; wake-other: it sleeps until its predecessor wakes it;
        /// generator: a loop resumes futures in turn, without an executor
        variant: Variant = choice(Variant::WakeOther.word()),
    }
}

loopswap_rt::choice! {
    enum Variant {
        YieldNow = "yield-now",
        WakeOther = "wake-other",
        Generator = "generator",
    }
}

/// What a shard holds between slices: its rings, whose members wait.
pub struct SwitchState<R: Runtime> {
    params: SwitchParams,
    rings: Rings,
    members: Vec<R::Task<()>>,
}

enum Rings {
    Yielding(Vec<Arc<Yielding>>),
    Waking(Vec<Arc<Waking>>),
    Generators(Vec<Generators>),
}

impl Workload for Switch {
    const INFO: WorkloadInfo<SwitchParams> = WorkloadInfo {
        name: "switch",
        about: "tasks in a ring that hand over, each to the next",
        operation: "hand-over",
        granule: "hand-over in every ring",
        latency: "from one hand-over to the next",
        params: SwitchParams::LIST,
        cases: include_str!("../cases.toml"),
        peers: |_| Vec::new(),
        requests: |_| 0,
        shape: |params| Shape::new(params.rings, params.rings),
        headline: |_| Headline::Time,
        parallel: |params| params.rings > 1,
    };

    type Params = SwitchParams;
    type State<R: Runtime> = SwitchState<R>;

    fn prepare<R: Runtime>(
        rt: R,
        part: Part<SwitchParams>,
    ) -> impl Future<Output = Result<SwitchState<R>, Fault>> + MaybeSend {
        async move { prepare(rt, part.params, part.shard) }
    }

    fn run<R: Runtime>(
        rt: R,
        state: &mut SwitchState<R>,
        ops: u64,
        meter: &Arc<Meter>,
    ) -> impl Future<Output = Result<Verified, Fault>> + MaybeSend {
        async move {
            // The granule is a hand-over in every ring, of all shards.
            let each = ops / state.params.rings;
            let rings = match &mut state.rings {
                Rings::Yielding(rings) => {
                    rings.iter().for_each(|ring| ring.begin(each, meter));
                    join_all(rings.iter().map(|ring| ring.end(rt, each, meter))).await
                }
                Rings::Waking(rings) => {
                    rings.iter().for_each(|ring| ring.begin(each, meter));
                    join_all(rings.iter().map(|ring| ring.end())).await
                }
                Rings::Generators(rings) => resume_all(rt, rings, each, meter).await,
            };
            let mut verified = Verified::default();
            for ring in rings {
                ring?;
                verified.ops += each;
            }
            Ok(verified)
        }
    }

    fn teardown<R: Runtime>(_rt: R, state: SwitchState<R>) -> impl Future<Output = ()> + MaybeSend {
        async move {
            match &state.rings {
                Rings::Yielding(rings) => rings.iter().for_each(|ring| ring.close()),
                Rings::Waking(rings) => rings.iter().for_each(|ring| ring.close()),
                Rings::Generators(_) => {}
            }
            for member in state.members {
                member.await;
            }
        }
    }
}

fn prepare<R: Runtime>(rt: R, params: SwitchParams, shard: Shard) -> Result<SwitchState<R>, Fault> {
    let SwitchParams { tasks, variant, .. } = params;
    if !rt.info().concurrent && variant != Variant::Generator {
        let why = "a hand-over needs two tasks that are alive at once; here each runs to its end before the next";
        return Err(Fault::Unsupported(why.into()));
    }
    let mut members = Vec::new();
    let share = 0..shard.share(params.rings);
    let rings = match variant {
        Variant::YieldNow => Rings::Yielding(
            share
                .map(|_| {
                    let ring = Arc::new(Yielding::new(tasks));
                    members.extend((0..tasks).map(|seat| rt.spawn(yielding::member(rt, Arc::clone(&ring), seat))));
                    ring
                })
                .collect(),
        ),
        Variant::WakeOther => Rings::Waking(
            share
                .map(|_| {
                    let ring = Arc::new(Waking::new(tasks));
                    members.extend((0..tasks).map(|seat| rt.spawn(waking::member(Arc::clone(&ring), seat))));
                    ring
                })
                .collect(),
        ),
        Variant::Generator => Rings::Generators(share.map(|_| Generators::new(tasks)).collect()),
    };
    Ok(SwitchState { params, rings, members })
}

/// A task for each ring of generators, which is a loop.
async fn resume_all<R: Runtime>(
    rt: R,
    rings: &mut Vec<Generators>,
    each: u64,
    meter: &Arc<Meter>,
) -> Vec<Result<(), Fault>> {
    let handles: Vec<_> = rings
        .drain(..)
        .map(|mut generators| {
            let meter = Arc::clone(meter);
            rt.spawn(async move {
                let outcome = generators.resume(each, &meter);
                (generators, outcome)
            })
        })
        .collect();
    let mut outcomes = Vec::with_capacity(handles.len());
    for handle in handles {
        let (generators, outcome) = handle.await;
        rings.push(generators);
        outcomes.push(outcome);
    }
    outcomes
}
