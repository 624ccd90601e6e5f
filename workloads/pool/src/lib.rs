//! More clients than connections: what waiting for a pooled connection costs, and that none is lost.
//!
//! Python's `async with create_pool(minsize=1, maxsize=10)` and `async with pool.acquire()`. Clients ask for
//! a connection, use it and give it back; are cut short while they wait or use one; or open and close the
//! pool itself. Afterwards the pool's counts must be consistent.

mod clients;
mod connection;
mod lease;

use clients::Slice;
use lease::Size;
use loopswap_rt::{
    Fault, Headline, MaybeSend, Meter, Parameters, Part, Runtime, Shape, Verified, Workload, WorkloadInfo,
};
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

/// The workload `pool`. One operation is one use of a connection; one granule is one of every client.
#[derive(Clone, Copy, Debug)]
pub struct Pool;

loopswap_rt::parameters! {
    /// The parameters of [`Pool`].
    pub struct PoolParams {
        /// tasks that share the pool
        clients: u64 = count(100, 1..=10_000),
        /// connections that are kept open when nobody needs them, at most `max`
        min: usize = count(1, 0..=1000),
        /// connections open at most
        max: usize = count(10, 1..=1000),
        /// share: clients take turns; cut: every client is cut short while it waits or uses, and then all take a turn;
        /// open-close: one client opens the pool, uses a connection and closes the pool
        variant: Variant = choice(Variant::Share.word()),
        /// how long a client uses a connection; 0 = it gives way once
        hold: Duration = time(0, 0..=60_000_000),
        /// first come, first served; false: a client that asks again may pass by those who wait
        fair: bool = flag(true),
        /// when half of the clients are cut short, the others after twice that (variant cut)
        limit: Duration = time(0, 0..=60_000_000),
    }
}

loopswap_rt::choice! {
    enum Variant {
        Share = "share",
        Cut = "cut",
        OpenClose = "open-close",
    }
}

/// What a shard holds between slices; only the first one has anything, since there is one pool.
pub struct PoolState {
    params: PoolParams,
    first: bool,
    pool: Option<Arc<lease::Pool>>,
    /// Uses of the pool's connections so far.
    uses: u64,
}

impl Workload for Pool {
    const INFO: WorkloadInfo<PoolParams> = WorkloadInfo {
        name: "pool",
        about: "connections that more clients share than there are connections",
        operation: "use",
        granule: "use by every client",
        latency: "from asking for a connection to having it",
        params: PoolParams::LIST,
        cases: include_str!("../cases.toml"),
        peers: |_| Vec::new(),
        requests: |_| 0,
        shape: |params| {
            let granule = if params.variant == Variant::Share { 1 } else { params.clients };
            Shape::new(granule, params.clients)
        },
        headline: |params| if params.variant == Variant::Share { Headline::Rate } else { Headline::Time },
        // There is one pool, and one shard has it: more CPUs come from the placement `free`.
        parallel: |_| false,
    };

    type Params = PoolParams;
    type State<R: Runtime> = PoolState;

    fn prepare<R: Runtime>(
        rt: R,
        part: Part<PoolParams>,
    ) -> impl Future<Output = Result<PoolState, Fault>> + MaybeSend {
        async move {
            let Part { params, shard, .. } = part;
            can(rt, &params)?;
            let first = shard.index == 0;
            let kept = first && params.variant != Variant::OpenClose;
            let pool = if kept {
                Some(Arc::new(lease::Pool::open(params.size(), move || rt.yield_now()).await))
            } else {
                None
            };
            Ok(PoolState { params, first, pool, uses: 0 })
        }
    }

    fn run<R: Runtime>(
        rt: R,
        state: &mut PoolState,
        ops: u64,
        meter: &Arc<Meter>,
    ) -> impl Future<Output = Result<Verified, Fault>> + MaybeSend {
        async move {
            if !state.first {
                return Ok(Verified::default());
            }
            let PoolParams { clients, variant, hold, limit, .. } = state.params;
            let size = state.params.size();
            match (&state.pool, variant) {
                (Some(pool), Variant::Share) => {
                    clients::share(rt, Slice::new(pool, hold, meter), clients, ops).await;
                    state.uses += ops;
                    pool.whole(size.min..=size.min, state.uses)?;
                }
                (Some(pool), _) => {
                    for _ in 0..ops / clients {
                        clients::cut_all(rt, pool, clients, limit, meter).await?;
                        pool.whole(size.min..=size.max, state.uses)?;
                        clients::share(rt, Slice::new(pool, hold, meter), clients, clients).await;
                        state.uses += clients;
                        pool.whole(size.min..=size.min, state.uses)?;
                    }
                }
                (None, _) => clients::open_and_close(rt, size, ops, hold, meter).await?,
            }
            Ok(Verified { ops, bytes: 0 })
        }
    }

    fn teardown<R: Runtime>(rt: R, state: PoolState) -> impl Future<Output = ()> + MaybeSend {
        async move {
            if let Some(pool) = &state.pool {
                pool.close(move || rt.yield_now()).await;
            }
        }
    }
}

impl PoolParams {
    fn size(&self) -> Size {
        Size { min: self.min, max: self.max, fair: self.fair }
    }
}

/// Whether these parameters make sense, and this runtime can do it.
fn can<R: Runtime>(rt: R, params: &PoolParams) -> Result<(), Fault> {
    let PoolParams { clients, min, max, variant, limit, .. } = *params;
    let failed = |why: String| Err(Fault::Failed(why));
    if min > max {
        return failed(format!("`min` = {min} is more than `max` = {max}"));
    }
    match variant {
        Variant::Cut if limit.is_zero() => {
            return failed("`variant = \"cut\"` cuts short after `limit`, which is 0".into());
        }
        Variant::Share | Variant::OpenClose if !limit.is_zero() => {
            return failed("`limit` belongs to the variant `cut`".into());
        }
        Variant::OpenClose if clients != 1 => {
            return failed("`variant = \"open-close\"` has one client: give `clients = 1`".into());
        }
        _ => {}
    }
    if variant == Variant::Cut && !rt.info().concurrent {
        let why =
            "a task that waits for a connection needs another that has it, but here each task ends before the next";
        return Err(Fault::Unsupported(why.into()));
    }
    Ok(())
}
