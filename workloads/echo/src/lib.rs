//! TCP echo, the benchmark of uvloop: a message goes out and the same bytes come back.
//!
//! In the role `server` the runtime under test is the server, and the load client puts load on it; in the
//! role `client` it is the client of a neutral echo server. In both, every byte is compared, and no two
//! messages are the same.

mod asking;
mod serving;

use asking::Asking;
use loopswap_rt::{
    Fault, Headline, MaybeSend, Meter, Parameters, Part, PeerKind, Runtime, Shape, Verified, Workload, WorkloadInfo,
};
use loopswap_wire::Served;
use std::future::Future;
use std::sync::Arc;

/// The workload `echo`. One operation is one message, there and back.
#[derive(Clone, Copy, Debug)]
pub struct Echo;

loopswap_rt::parameters! {
    /// The parameters of [`Echo`].
    pub struct EchoParams {
        /// server: the runtime sends back what the load client sends; client: it asks an echo server
        role: Role = choice(Role::Server.word()),
        /// size of a message
        // All that is written before anything is read has to fit into the buffers of the two sockets.
        size: usize = bytes(1024, 1..=256 * 1024),
        /// connections, a task each, one message under way on each
        conns: u64 = count(64, 1..=10_000),
        rate: u64 = rate(),
    }
}

loopswap_rt::choice! {
    enum Role {
        Server = "server",
        Client = "client",
    }
}

/// What a shard holds between slices.
pub enum EchoState<R: Runtime> {
    #[doc(hidden)]
    Server(Served<R>),
    #[doc(hidden)]
    Client(Asking<R>),
}

impl Workload for Echo {
    const INFO: WorkloadInfo<EchoParams> = WorkloadInfo {
        name: "echo",
        about: "messages over TCP that come back, with the runtime as server or as client",
        operation: "message",
        granule: "message",
        latency: "service time",
        params: EchoParams::LIST,
        cases: include_str!("../cases.toml"),
        peers: |params| match params.role {
            Role::Server => vec![PeerKind::Load],
            Role::Client => vec![PeerKind::Echo],
        },
        requests: |params| match params.role {
            // The load client counts messages, the echo server bytes.
            Role::Server => 1,
            Role::Client => params.size as u64,
        },
        shape: |params| Shape::new(1, params.conns),
        headline: |params| if params.rate > 0 { Headline::Response } else { Headline::Rate },
        parallel: |params| params.conns > 1,
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
