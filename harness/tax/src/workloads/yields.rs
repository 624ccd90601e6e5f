//! A task that yields again and again.

use super::Polls;
use loopswap_rt::{
    Fault, Headline, MaybeSend, Meter, Parameters, Part, Runtime, Shape, Shard, Verified, Workload, WorkloadInfo,
};
use std::future::Future;
use std::sync::Arc;

/// The workload `tax-yield`. One operation is one yield of a spawned task.
#[derive(Clone, Copy, Debug)]
pub struct TaxYield;

loopswap_rt::parameters! {
    /// The parameters of [`TaxYield`].
    pub struct YieldParams {
        /// yields that are counted at once
        batch: u64 = count(100, 1..=1_000_000),
    }
}

/// What a shard holds between slices.
#[derive(Debug)]
pub struct YieldState {
    batch: u64,
    shard: Shard,
}

impl Workload for TaxYield {
    const INFO: WorkloadInfo<YieldParams> = WorkloadInfo {
        name: "tax-yield",
        about: "a task that yields to the scheduler again and again",
        operation: "yield",
        granule: "yield",
        latency: "not recorded",
        params: YieldParams::LIST,
        cases: include_str!("cases/yield.toml"),
        peers: |_| Vec::new(),
        requests: |_| 0,
        shape: |params| Shape::new(1, params.batch),
        headline: |_| Headline::Rate,
        parallel: |_| false,
    };

    type Params = YieldParams;
    type State<R: Runtime> = YieldState;

    fn prepare<R: Runtime>(
        _rt: R,
        part: Part<YieldParams>,
    ) -> impl Future<Output = Result<YieldState, Fault>> + MaybeSend {
        async move { Ok(YieldState { batch: part.params.batch, shard: part.shard }) }
    }

    fn run<R: Runtime>(
        rt: R,
        state: &mut YieldState,
        ops: u64,
        meter: &Arc<Meter>,
    ) -> impl Future<Output = Result<Verified, Fault>> + MaybeSend {
        let (ops, batch, meter) = (state.shard.share(ops), state.batch, Arc::clone(meter));
        async move {
            let (done, polls) = rt
                .spawn(Polls::of(async move {
                    let mut done = 0;
                    while done < ops {
                        let end = ops.min(done + batch);
                        for _ in done..end {
                            rt.yield_now().await;
                        }
                        meter.add(end - done);
                        done = end;
                    }
                    done
                }))
                .await;
            // A task that ends on its n-th poll has yielded n - 1 times.
            if polls <= done {
                return Err(Fault::Wrong(format!("a task that yielded {done} times was polled {polls} times only")));
            }
            Ok(Verified { ops: done, bytes: 0 })
        }
    }
}
