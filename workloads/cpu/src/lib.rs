//! A fixed computation, in one go or yielding: what switching between tasks buys work that never
//! waits, which is nothing.

use loopswap_rt::{
    Fault, Headline, Kind, MaybeSend, Meter, Param, Params, Part, Runtime, Shape, Shard, Verified, Workload,
    WorkloadInfo,
};
use serde::Deserialize;
use std::future::Future;
use std::hint::black_box;
use std::sync::Arc;

/// The workload `cpu`. One operation is one computation; one granule is a computation in every task.
#[derive(Clone, Copy, Debug)]
pub struct Cpu;

const PARAMS: &[Param] = &[
    Param {
        name: "steps",
        about: "steps of the generator in one computation, each depending on the one before",
        kind: Kind::Count { default: 500_000, min: 1, max: 1_000_000_000 },
    },
    Param {
        name: "yield-every",
        about: "steps between two yields; 0 = never yields",
        kind: Kind::Count { default: 0, min: 0, max: 1_000_000_000 },
    },
    Param { name: "tasks", about: "computations at once", kind: Kind::PerCpu { min: 1, max: 10_000 } },
];

/// The parameters of [`Cpu`].
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct CpuParams {
    steps: u64,
    yield_every: u64,
    tasks: u64,
}

/// What a shard holds between slices.
#[derive(Debug)]
pub struct CpuState {
    params: CpuParams,
    shard: Shard,
    seed: u64,
    expected: u64,
}

fn tasks(params: &Params) -> u64 {
    params["tasks"].as_u64().unwrap_or(1)
}

impl Workload for Cpu {
    const INFO: WorkloadInfo = WorkloadInfo {
        name: "cpu",
        about: "a fixed computation that never waits",
        operation: "computation",
        granule: "computation in every task",
        latency: "time of one computation",
        params: PARAMS,
        cases: include_str!("../cases.toml"),
        peers: |_| Vec::new(),
        requests: 0,
        shape: |params| Shape { granule: tasks(params), in_flight: tasks(params) },
        headline: |_| Headline::Time,
        parallel: |params| tasks(params) > 1,
    };

    type Params = CpuParams;
    type State<R: Runtime> = CpuState;

    fn prepare<R: Runtime>(_rt: R, part: Part<CpuParams>) -> impl Future<Output = Result<CpuState, Fault>> + MaybeSend {
        async move {
            let expected = jump(part.seed, part.params.steps);
            Ok(CpuState { params: part.params, shard: part.shard, seed: part.seed, expected })
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
            for _ in 0..ops / params.tasks {
                let handles: Vec<_> = (0..share)
                    .map(|_| {
                        let meter = Arc::clone(meter);
                        rt.spawn(async move {
                            let begun = meter.begin();
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
            Ok(verified)
        }
    }
}

/// Multiplier and increment of Knuth's MMIX linear congruential generator, modulo 2^64 (The Art of
/// Computer Programming, vol. 2, 3.3.4).
const MULTIPLIER: u64 = 6_364_136_223_846_793_005;
const INCREMENT: u64 = 1_442_695_040_888_963_407;

fn step(state: u64) -> u64 {
    state.wrapping_mul(MULTIPLIER).wrapping_add(INCREMENT)
}

fn steps(mut state: u64, count: u64) -> u64 {
    for _ in 0..count {
        state = step(state);
    }
    black_box(state)
}

async fn compute<R: Runtime>(rt: R, seed: u64, params: CpuParams) -> u64 {
    let mut state = black_box(seed);
    let mut left = params.steps;
    let stretch = if params.yield_every == 0 { params.steps } else { params.yield_every };
    while left > stretch {
        state = steps(state, stretch);
        left -= stretch;
        rt.yield_now().await;
    }
    steps(state, left)
}

/// The state after `count` steps in a logarithmic number of operations: what the computation has to
/// come to, found by another way (Brown, "Random Number Generation with Arbitrary Strides", 1994).
fn jump(seed: u64, mut count: u64) -> u64 {
    let (mut multiplier, mut increment) = (MULTIPLIER, INCREMENT);
    let (mut total_multiplier, mut total_increment) = (1u64, 0u64);
    while count > 0 {
        if count & 1 == 1 {
            total_multiplier = total_multiplier.wrapping_mul(multiplier);
            total_increment = total_increment.wrapping_mul(multiplier).wrapping_add(increment);
        }
        increment = multiplier.wrapping_add(1).wrapping_mul(increment);
        multiplier = multiplier.wrapping_mul(multiplier);
        count >>= 1;
    }
    seed.wrapping_mul(total_multiplier).wrapping_add(total_increment)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jumping_ahead_comes_to_what_stepping_comes_to() {
        for seed in [0, 1, 7, u64::MAX] {
            for count in [0, 1, 2, 3, 100, 12_345] {
                assert_eq!(jump(seed, count), steps(seed, count), "{count} steps from {seed}");
            }
        }
    }
}
