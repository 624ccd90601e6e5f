//! TCP echo, the benchmark of uvloop: a message goes out and the same bytes come back.
//!
//! In the role `server` the runtime under test is the server, and the load client puts load on it; in the
//! role `client` it is the client of a neutral echo server. In both, every byte is compared, and no two
//! messages are the same.

mod asking;
mod serving;

use asking::Asking;
use loopswap_rt::{
    Fault, Headline, Kind, MaybeSend, Meter, Param, Params, Part, PeerKind, RATE, Runtime, Shape, Verified, Workload,
    WorkloadInfo, rate_of,
};
use loopswap_wire::Served;
use serde::Deserialize;
use std::future::Future;
use std::sync::Arc;

/// The workload `echo`. One operation is one message, there and back.
#[derive(Clone, Copy, Debug)]
pub struct Echo;

const PARAMS: &[Param] = &[
    Param {
        name: "role",
        about: "server: the runtime sends back what the load client sends; client: it asks an echo server",
        kind: Kind::Choice { default: "server", of: &["server", "client"] },
    },
    // All that is written before anything is read has to fit into the buffers of the two sockets.
    Param { name: "size", about: "size of a message", kind: Kind::Bytes { default: 1024, min: 1, max: 256 * 1024 } },
    Param {
        name: "conns",
        about: "connections, a task each, one message under way on each",
        kind: Kind::Count { default: 64, min: 1, max: 10_000 },
    },
    RATE,
];

/// The parameters of [`Echo`].
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EchoParams {
    role: Role,
    /// Bytes.
    size: usize,
    conns: u64,
    /// Operations per second; 0 = closed loop.
    rate: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Role {
    Server,
    Client,
}

/// What a shard holds between slices.
pub enum EchoState<R: Runtime> {
    #[doc(hidden)]
    Server(Served<R>),
    #[doc(hidden)]
    Client(Asking<R>),
}

fn count(params: &Params, name: &str) -> u64 {
    params[name].as_u64().unwrap_or(1)
}

fn serves(params: &Params) -> bool {
    params["role"] == "server"
}

impl Workload for Echo {
    const INFO: WorkloadInfo = WorkloadInfo {
        name: "echo",
        about: "messages over TCP that come back, with the runtime as server or as client",
        operation: "message",
        granule: "message",
        latency: "service time",
        params: PARAMS,
        cases: include_str!("../cases.toml"),
        peers: |params| vec![if serves(params) { PeerKind::Load } else { PeerKind::Echo }],
        // The load client counts messages, the echo server bytes.
        requests: |params| if serves(params) { 1 } else { count(params, "size") },
        shape: |params| Shape::new(1, count(params, "conns")),
        headline: |params| if rate_of(params).is_some() { Headline::Response } else { Headline::Rate },
        parallel: |params| count(params, "conns") > 1,
    };

    type Params = EchoParams;
    type State<R: Runtime> = EchoState<R>;

    fn prepare<R: Runtime>(
        rt: R,
        part: Part<EchoParams>,
    ) -> impl Future<Output = Result<EchoState<R>, Fault>> + MaybeSend {
        async move {
            Ok(match part.params.role {
                Role::Server => EchoState::Server(serving::open(rt, &part).await?),
                Role::Client => EchoState::Client(Asking::open(rt, &part).await?),
            })
        }
    }

    fn run<R: Runtime>(
        rt: R,
        state: &mut EchoState<R>,
        ops: u64,
        meter: &Arc<Meter>,
    ) -> impl Future<Output = Result<Verified, Fault>> + MaybeSend {
        async move {
            match state {
                EchoState::Server(served) => served.run(ops, meter).await,
                EchoState::Client(asking) => asking.run(rt, ops, meter).await,
            }
        }
    }

    fn teardown<R: Runtime>(_rt: R, state: EchoState<R>) -> impl Future<Output = ()> + MaybeSend {
        async move {
            match state {
                EchoState::Server(served) => served.close().await,
                EchoState::Client(asking) => asking.close().await,
            }
        }
    }
}
