//! Starting and joining tasks that do next to nothing.

use loopswap_rt::{
    Fault, Headline, MaybeSend, Meter, Parameters, Part, Runtime, Shape, Shard, Verified, Workload, WorkloadInfo,
};
use std::future::Future;
use std::sync::Arc;

/// The workload `tax-spawn`. One operation is one task, spawned and joined; tasks come in batches.
#[derive(Clone, Copy, Debug)]
pub struct TaxSpawn;

loopswap_rt::parameters! {
    /// The parameters of [`TaxSpawn`].
    pub struct SpawnParams {
        /// tasks that are spawned before the first is joined
        batch: u64 = count(100, 1..=1_000_000),
    }
}

/// What a shard holds between slices.
#[derive(Debug)]
pub struct SpawnState {
    batch: u64,
    shard: Shard,
}

impl Workload for TaxSpawn {
    const INFO: WorkloadInfo<SpawnParams> = WorkloadInfo {
        name: "tax-spawn",
        about: "tasks spawned and joined, one batch after another",
        operation: "task",
        granule: "task",
        latency: "not recorded",
        params: SpawnParams::LIST,
        cases: include_str!("cases/spawn.toml"),
        peers: |_| Vec::new(),
        requests: |_| 0,
        shape: |params| Shape::new(1, params.batch),
        headline: |_| Headline::Rate,
        parallel: |params| params.batch > 1,
    };

    type Params = SpawnParams;
    type State<R: Runtime> = SpawnState;

    fn prepare<R: Runtime>(
        _rt: R,
        part: Part<SpawnParams>,
    ) -> impl Future<Output = Result<SpawnState, Fault>> + MaybeSend {
        async move { Ok(SpawnState { batch: part.params.batch, shard: part.shard }) }
    }

    fn run<R: Runtime>(
        rt: R,
        state: &mut SpawnState,
        ops: u64,
        meter: &Arc<Meter>,
    ) -> impl Future<Output = Result<Verified, Fault>> + MaybeSend {
        async move {
            let (ops, mut done) = (state.shard.share(ops), 0);
            let mut handles = Vec::with_capacity(usize::try_from(state.batch).unwrap_or(0));
            while done < ops {
                let end = ops.min(done + state.batch);
                for number in done..end {
                    handles.push(rt.spawn(async move { number }));
                }
                let mut sum = 0;
                for handle in handles.drain(..) {
                    sum += handle.await;
                }
                let expected: u64 = (done..end).sum();
                if sum != expected {
                    return Err(Fault::Wrong(format!("tasks {done} to {end} returned {sum} in all, not {expected}")));
                }
                meter.add(end - done);
                done = end;
            }
            Ok(Verified { ops: done, bytes: 0 })
        }
    }
}
