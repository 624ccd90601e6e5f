//! Two tasks that hand over to each other, the essence of the workload `switch`.

use super::players;
use loopswap_rt::{
    Fault, Headline, MaybeSend, Meter, Parameters, Part, Runtime, Shape, Shard, Verified, Workload, WorkloadInfo,
};
use std::future::Future;
use std::sync::Arc;

/// The workload `tax-switch`. One operation is one hand-over between two spawned tasks.
#[derive(Clone, Copy, Debug)]
pub struct TaxSwitch;

loopswap_rt::parameters! {
    /// The parameters of [`TaxSwitch`].
    pub struct SwitchParams {
        /// hand-overs of a task that are counted at once
        batch: u64 = count(100, 1..=1_000_000),
    }
}

/// What a shard holds between slices.
#[derive(Debug)]
pub struct SwitchState {
    batch: u64,
    shard: Shard,
}

impl Workload for TaxSwitch {
    const INFO: WorkloadInfo<SwitchParams> = WorkloadInfo {
        name: "tax-switch",
        about: "two tasks that hand over to each other, each asleep until the other wakes it",
        operation: "hand-over",
        granule: "hand-over",
        latency: "not recorded",
        params: SwitchParams::LIST,
        cases: include_str!("cases/switch.toml"),
        peers: |_| Vec::new(),
        requests: |_| 0,
        shape: |_| Shape::new(1, 1),
        headline: |_| Headline::Rate,
        parallel: |_| false,
    };

    type Params = SwitchParams;
    type State<R: Runtime> = SwitchState;

    fn prepare<R: Runtime>(
        rt: R,
        part: Part<SwitchParams>,
    ) -> impl Future<Output = Result<SwitchState, Fault>> + MaybeSend {
        async move {
            if !rt.info().concurrent {
                return Err(Fault::Unsupported("a hand-over needs two tasks that are alive at once".into()));
            }
            Ok(SwitchState { batch: part.params.batch, shard: part.shard })
        }
    }

    fn run<R: Runtime>(
        rt: R,
        state: &mut SwitchState,
        ops: u64,
        meter: &Arc<Meter>,
    ) -> impl Future<Output = Result<Verified, Fault>> + MaybeSend {
        async move {
            let ops = state.shard.share(ops);
            let [one, other] = players(ops, state.batch, meter).map(|player| rt.spawn(player));
            let in_turn = one.await + other.await;
            if in_turn != ops {
                return Err(Fault::Wrong(format!("of {ops} hand-overs {in_turn} came straight after the other's")));
            }
            Ok(Verified { ops, bytes: 0 })
        }
    }
}
