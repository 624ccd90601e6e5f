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
    Fault, Headline, Kind, MaybeSend, Meter, Param, Params, Part, PeerKind, RATE, Runtime, Shape, Verified, Workload,
    WorkloadInfo, rate_of,
};
use loopswap_wire::{Served, Serving};
use serde::Deserialize;
use std::future::Future;
use std::sync::Arc;

/// The workload `service`. One operation is one request that is answered and checked; one granule is a set
/// of them.
#[derive(Clone, Copy, Debug)]
pub struct Service;

const PARAMS: &[Param] = &[
    Param {
        name: "path",
        about: "root: a small JSON document; red: HSET and HGETALL first, then what they say as JSON; sql: a query of \
                MySQL's accounts first",
        kind: Kind::Choice { default: "root", of: &["root", "red", "sql"] },
    },
    Param {
        name: "conns",
        about: "connections of the load client, a task each, one request under way on each",
        kind: Kind::Count { default: 64, min: 1, max: 10_000 },
    },
    Param {
        name: "pool",
        about: "red, sql: connections to Redis or MySQL that all requests share, in each shard its part, at least one",
        kind: Kind::Count { default: 8, min: 1, max: 1000 },
    },
    Param {
        name: "sleep",
        about: "red: how long an answer sleeps before it asks Redis",
        kind: Kind::Time { default: 0, min: 0, max: 10_000_000 },
    },
    Param {
        name: "set",
        about: "requests that belong together, so that their time is what counts; 1 = throughput counts",
        kind: Kind::Count { default: 1, min: 1, max: 100_000 },
    },
    RATE,
];

/// The parameters of [`Service`].
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServiceParams {
    path: Path,
    conns: u64,
    pool: u64,
    /// Microseconds.
    sleep: u64,
    #[expect(dead_code, reason = "shapes the slices (see INFO.shape), not the requests")]
    set: u64,
    /// Operations per second; 0 = closed loop.
    rate: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Path {
    Root,
    Red,
    Sql,
}

/// What a shard holds between slices.
pub struct ServiceState<R: Runtime> {
    served: Served<R>,
    behind: Arc<Behind<R>>,
}

fn count(params: &Params, name: &str) -> u64 {
    params[name].as_u64().unwrap_or(1)
}

/// The peer that is asked for each request of the load client, and with how many requests: `HSET` and
/// `HGETALL`, or one query.
fn asked(params: &Params) -> Option<(PeerKind, u64)> {
    match params["path"].as_str() {
        Some("red") => Some((PeerKind::Redis, 2)),
        Some("sql") => Some((PeerKind::Mysql, 1)),
        _ => None,
    }
}

impl Workload for Service {
    const INFO: WorkloadInfo = WorkloadInfo {
        name: "service",
        about: "an HTTP service through hyper, with Redis or MySQL behind it, under load",
        operation: "request",
        granule: "set of requests",
        latency: "service time",
        params: PARAMS,
        cases: include_str!("../cases.toml"),
        peers: |params| std::iter::once(PeerKind::Load).chain(asked(params).map(|(kind, _)| kind)).collect(),
        requests: |params| 1 + asked(params).map_or(0, |(_, requests)| requests),
        shape: |params| Shape::new(count(params, "set"), count(params, "conns")),
        headline: |params| match rate_of(params) {
            Some(_) => Headline::Response,
            None if count(params, "set") > 1 => Headline::Time,
            None => Headline::Rate,
        },
        parallel: |params| count(params, "conns") > 1,
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
                Path::Red => format!("/red?sleep_us={sleep}"),
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
