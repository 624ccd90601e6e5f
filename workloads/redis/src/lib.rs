//! Redis round trips: the tutorial's `HSET car …`, `HGETALL car`, with every answer checked.
//!
//! One connection a task, no pipelining across operations: a command goes out, its answer comes back.
//! The protocol (RESP 2) goes through the codec of the fred client; the sockets are the runtime's.

use loopswap_rt::{
    Fault, Headline, Load, MaybeSend, Meter, Parameters, Part, Peer, PeerKind, Runtime, Shape, Shard, Verified,
    Workload, WorkloadInfo,
};
use loopswap_wire::resp::Connection;
use std::future::Future;
use std::sync::Arc;

/// The workload `redis`. One operation is `HSET` of three pairs, then `HGETALL`, decoded and checked.
#[derive(Clone, Copy, Debug)]
pub struct Redis;

loopswap_rt::parameters! {
    /// The parameters of [`Redis`].
    pub struct RedisParams {
        /// connections, a task each, dealt out over the servers
        conns: u64 = count(1, 1..=10_000),
        /// servers at once
        servers: u64 = count(1, 1..=16),
        /// false: connect and close within every operation, as the tutorial does
        reuse: bool = flag(true),
        rate: u64 = rate(),
    }
}

/// What a shard holds between slices.
pub struct RedisState<R: Runtime> {
    conns: u64,
    rate: u64,
    seats: Vec<Seat<R>>,
}

/// One task's state: its number among all, its server, and its connection if that is kept.
struct Seat<R: Runtime> {
    number: u64,
    peer: Arc<Peer>,
    kept: Option<Connection<R>>,
}

impl Workload for Redis {
    const INFO: WorkloadInfo<RedisParams> = WorkloadInfo {
        name: "redis",
        about: "HSET of three pairs and HGETALL, decoded and checked",
        operation: "HSET + HGETALL",
        granule: "HSET + HGETALL",
        latency: "service time",
        params: RedisParams::LIST,
        cases: include_str!("../cases.toml"),
        peers: |params| (0..params.servers).map(|_| PeerKind::Redis).collect(),
        requests: |_| 2,
        shape: |params| Shape::new(1, params.conns),
        headline: |params| if params.rate > 0 { Headline::Response } else { Headline::Rate },
        parallel: |params| params.conns > 1,
    };

    type Params = RedisParams;
    type State<R: Runtime> = RedisState<R>;

    fn prepare<R: Runtime>(
        rt: R,
        part: Part<RedisParams>,
    ) -> impl Future<Output = Result<RedisState<R>, Fault>> + MaybeSend {
        async move {
            let RedisParams { conns, servers, reuse, rate } = part.params;
            let peers: Vec<Arc<Peer>> = part.peers_of(PeerKind::Redis)?.into_iter().map(Arc::new).collect();
            if peers.len() as u64 != servers {
                return Err(Fault::Failed(format!("{servers} Redis servers are needed, {} were given", peers.len())));
            }
            let Shard { index, count } = part.shard;
            let mut seats = Vec::new();
            for (number, peer) in (0..conns).zip(peers.iter().cycle()).skip(index).step_by(count) {
                let kept = if reuse { Some(Connection::open(rt, peer).await?) } else { None };
                seats.push(Seat { number, peer: Arc::clone(peer), kept });
            }
            Ok(RedisState { conns, rate, seats })
        }
    }

    fn run<R: Runtime>(
        rt: R,
        state: &mut RedisState<R>,
        ops: u64,
        meter: &Arc<Meter>,
    ) -> impl Future<Output = Result<Verified, Fault>> + MaybeSend {
        async move {
            let RedisState { conns, rate, .. } = *state;
            let mut handles = Vec::with_capacity(state.seats.len());
            for mut seat in state.seats.drain(..) {
                let meter = Arc::clone(meter);
                handles.push(rt.spawn(async move {
                    let load = Load::new(rt, &meter, ops, rate, (seat.number, conns));
                    let outcome = operate(rt, &mut seat, load).await;
                    (seat, outcome)
                }));
            }
            let mut total = Ok(Verified::default());
            for handle in handles {
                let (seat, outcome) = handle.await;
                state.seats.push(seat);
                total = total.and_then(|total| Ok(total + outcome?));
            }
            total
        }
    }

    fn teardown<R: Runtime>(_rt: R, state: RedisState<R>) -> impl Future<Output = ()> + MaybeSend {
        async move {
            for seat in state.seats {
                if let Some(connection) = seat.kept {
                    connection.close().await;
                }
            }
        }
    }
}

/// The operations of one task, one after the other.
async fn operate<R: Runtime>(rt: R, seat: &mut Seat<R>, mut load: Load<'_, R>) -> Result<Verified, Fault> {
    let mut verified = Verified::default();
    while let Some(begun) = load.begin().await {
        match &mut seat.kept {
            Some(connection) => {
                connection.set_and_get_all().await?;
            }
            None => {
                let mut connection = Connection::open(rt, &seat.peer).await?;
                connection.set_and_get_all().await?;
                connection.close().await;
            }
        }
        load.end(begun);
        verified.ops += 1;
    }
    Ok(verified)
}
