//! An HTTP service on the runtime under test, like those that tutorials build with FastAPI and uvicorn.
//!
//! The HTTP code is hyper's HTTP/1.1 server on the runtime's own sockets, a task for each connection; behind
//! it are Redis or MySQL, through a small pool of connections; and the load comes from the load client, which
//! checks every answer.

mod answer;
mod behind;
mod pool;

use answer::converse;
use behind::{Behind, expected};
use loopswap_protocol::load::Operation;
use loopswap_rt::{
    Fault, Headline, MaybeSend, Meter, Parameters, Part, PeerKind, Runtime, Shape, Verified, Workload, WorkloadInfo,
};
use loopswap_wire::{Served, Serving};
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

/// The workload `service`. One operation is one request that is answered and checked; one granule is a set
/// of them.
#[derive(Clone, Copy, Debug)]
pub struct Service;

loopswap_rt::parameters! {
    /// The parameters of [`Service`].
    pub struct ServiceParams {
        /// root: a small JSON document; red: HSET and HGETALL first, then what they say as JSON; sql: a query of
        /// MySQL's accounts first
        path: Path = choice(Path::Root.word()),
        /// connections of the load client, a task each, one request under way on each
        conns: u64 = count(64, 1..=10_000),
        /// red, sql: connections to Redis or MySQL that all requests share, in each shard its part, at least one
        pool: u64 = count(8, 1..=1000),
        /// red: how long an answer sleeps before it asks Redis
        sleep: Duration = time(0, 0..=10_000_000),
        /// requests that belong together, so that their time is what counts; 1 = throughput counts
        set: u64 = count(1, 1..=100_000),
        rate: u64 = rate(),
    }
}

loopswap_rt::choice! {
    enum Path {
        Root = "root",
        Red = "red",
        Sql = "sql",
    }
}

/// What a shard holds between slices.
pub struct ServiceState<R: Runtime> {
    served: Served<R>,
    behind: Arc<Behind<R>>,
}

impl Path {
    /// The peer that is asked for each request of the load client, and with how many requests: `HSET` and
    /// `HGETALL`, or one query.
    fn asks(self) -> Option<(PeerKind, u64)> {
        match self {
            Path::Root => None,
            Path::Red => Some((PeerKind::Redis, 2)),
            Path::Sql => Some((PeerKind::Mysql, 1)),
        }
    }
}

impl Workload for Service {
    const INFO: WorkloadInfo<ServiceParams> = WorkloadInfo {
        name: "service",
        about: "an HTTP service through hyper, with Redis or MySQL behind it, under load",
        operation: "request",
        granule: "set of requests",
        latency: "service time",
        params: ServiceParams::LIST,
        cases: include_str!("../cases.toml"),
        peers: |params| std::iter::once(PeerKind::Load).chain(params.path.asks().map(|(kind, _)| kind)).collect(),
        requests: |params| 1 + params.path.asks().map_or(0, |(_, requests)| requests),
        shape: |params| Shape::new(params.set, params.conns),
        headline: |params| match params {
            ServiceParams { rate: 1.., .. } => Headline::Response,
            ServiceParams { set: 2.., .. } => Headline::Time,
            _ => Headline::Rate,
        },
        parallel: |params| params.conns > 1,
    };

    type Params = ServiceParams;
    type State<R: Runtime> = ServiceState<R>;

    fn prepare<R: Runtime>(
        rt: R,
        part: Part<ServiceParams>,
    ) -> impl Future<Output = Result<ServiceState<R>, Fault>> + MaybeSend {
        async move {
            let ServiceParams { path, conns, pool, sleep, rate, .. } = part.params;
            let target = match path {
                Path::Root => "/".to_owned(),
                Path::Red => format!("/red?sleep_us={}", sleep.as_micros()),
                Path::Sql => "/sql".to_owned(),
            };
            let serving = Serving {
                shard: part.shard,
                commons: part.commons.clone(),
                client: part.peers_of(PeerKind::Load)?.remove(0),
                connections: conns,
                operation: Operation::Http { path: target, body: expected(path, &part)? },
                rate,
            };
            let opened = Behind::open(rt, &part, path, pool).await;
            let behind = Arc::new(opened.map_err(|fault| serving.give_up(fault))?);
            let shared = Arc::clone(&behind);
            let served =
                Served::open(rt, serving, move |stream, visit| converse(rt, stream, Arc::clone(&shared), visit));
            Ok(ServiceState { served: served.await?, behind })
        }
    }

    fn run<R: Runtime>(
        _rt: R,
        state: &mut ServiceState<R>,
        ops: u64,
        meter: &Arc<Meter>,
    ) -> impl Future<Output = Result<Verified, Fault>> + MaybeSend {
        async move { state.served.run(ops, meter).await }
    }

    fn teardown<R: Runtime>(_rt: R, state: ServiceState<R>) -> impl Future<Output = ()> + MaybeSend {
        async move {
            state.served.close().await;
            state.behind.close().await;
        }
    }
}
