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
        requests: |_| 0,
        shape: |params| Shape { granule: tasks(params), in_flight: tasks(params) },
        headline: |_| Headline::Time,
        parallel: |params| tasks(params) > 1,
    };

    type Params = CpuParams;
    type State<R: Runtime> = CpuState;

    fn prepare<R: Runtime>(_rt: R, part: Part<CpuParams>) -> impl Future<Output = Result<CpuState, Fault>> + MaybeSend {
        async move {
            // A xorshift generator that starts at 0 stays there.
            let seed = part.seed | 1;
            let expected = jump(seed, part.params.steps);
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

/// One step of Marsaglia's 64-bit xorshift generator with the shifts 13, 7, 17 ("Xorshift RNGs",
/// 2003). Each step needs the one before, and a compiler cannot fold several into one, as it does
/// with a linear congruential generator.
fn step(mut state: u64) -> u64 {
    state ^= state << 13;
    state ^= state >> 7;
    state ^ (state << 17)
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

/// The state after `count` steps, found by another way: a step is a linear map over the bits of the
/// state, so `count` of them are the power of a 64 × 64 bit matrix, by repeated squaring.
fn jump(seed: u64, mut count: u64) -> u64 {
    let mut power: [u64; 64] = std::array::from_fn(|bit| step(1 << bit));
    let mut state = seed;
    while count > 0 {
        if count & 1 == 1 {
            state = apply(&power, state);
        }
        power = std::array::from_fn(|bit| apply(&power, power[bit]));
        count >>= 1;
    }
    state
}

/// A matrix, given by its columns, times a vector of bits.
fn apply(columns: &[u64; 64], vector: u64) -> u64 {
    columns.iter().enumerate().filter(|(bit, _)| vector >> bit & 1 == 1).fold(0, |sum, (_, column)| sum ^ column)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jumping_ahead_comes_to_what_stepping_comes_to() {
        for seed in [1, 7, u64::MAX] {
            for count in [0, 1, 2, 3, 100, 12_345] {
                assert_eq!(jump(seed, count), steps(seed, count), "{count} steps from {seed}");
            }
        }
    }
}
