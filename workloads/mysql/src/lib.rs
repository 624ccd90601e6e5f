//! MySQL: the tutorial's `SELECT Host,User FROM user`, with every row checked.
//!
//! One connection a task, one statement at a time. The protocol goes through `loopswap-mysql-wire`, which
//! has no I/O; the sockets are the runtime's, so no driver brings a runtime of its own.

use loopswap_rt::{
    Fault, Headline, Load, MaybeSend, Meter, Parameters, Part, Peer, PeerKind, Runtime, Shape, Shard, Verified,
    Workload, WorkloadInfo,
};
use loopswap_wire::mysql::{Accounts, Connection, Form};
use std::future::Future;
use std::sync::Arc;

/// The workload `mysql`. One operation is one query of the table of accounts, decoded and checked.
#[derive(Clone, Copy, Debug)]
pub struct Mysql;

loopswap_rt::parameters! {
    /// The parameters of [`Mysql`].
    pub struct MysqlParams {
        /// connections, a task each, dealt out over the servers
        conns: u64 = count(1, 1..=1_000),
        /// servers at once
        servers: u64 = count(1, 1..=8),
        /// false: connect, log in and close within every operation, as the tutorial does
        reuse: bool = flag(true),
        /// text: all accounts, rows as text; prepared: those of one user, rows in binary
        query: Form = choice(Form::Text.word()),
        rate: u64 = rate(),
    }
}

/// What a shard holds between slices.
pub struct MysqlState<R: Runtime> {
    params: MysqlParams,
    seats: Vec<Seat<R>>,
}

/// A server, and the rows that it must return.
struct Server {
    peer: Peer,
    accounts: Accounts,
}

/// One task's state: its number among all, its server, and its connection if that is kept.
struct Seat<R: Runtime> {
    number: u64,
    server: Arc<Server>,
    form: Form,
    kept: Option<Connection<R>>,
}

impl Workload for Mysql {
    const INFO: WorkloadInfo<MysqlParams> = WorkloadInfo {
        name: "mysql",
        about: "a query of a MySQL server's accounts, decoded and checked",
        operation: "query",
        granule: "query",
        latency: "service time",
        params: MysqlParams::LIST,
        cases: include_str!("../cases.toml"),
        peers: |params| (0..params.servers).map(|_| PeerKind::Mysql).collect(),
        requests: |_| 1,
        shape: |params| Shape::new(1, params.conns),
        headline: |params| if params.rate > 0 { Headline::Response } else { Headline::Rate },
        parallel: |params| params.conns > 1,
    };

    type Params = MysqlParams;
    type State<R: Runtime> = MysqlState<R>;

    fn prepare<R: Runtime>(
        rt: R,
        part: Part<MysqlParams>,
    ) -> impl Future<Output = Result<MysqlState<R>, Fault>> + MaybeSend {
        async move {
            let MysqlParams { conns, servers, reuse, query, .. } = part.params;
            let peers = part.peers_of(PeerKind::Mysql)?;
            if peers.len() as u64 != servers {
                return Err(Fault::Failed(format!("{servers} MySQL servers are needed, {} were given", peers.len())));
            }
            let mut all = Vec::with_capacity(peers.len());
            for peer in peers {
                let accounts = Accounts::of(&peer)?;
                all.push(Arc::new(Server { peer, accounts }));
            }
            let Shard { index, count } = part.shard;
            let mut seats = Vec::new();
            for (number, server) in (0..conns).zip(all.iter().cycle()).skip(index).step_by(count) {
                let kept = if reuse { Some(Connection::open(rt, &server.peer, query).await?) } else { None };
                seats.push(Seat { number, server: Arc::clone(server), form: query, kept });
            }
            Ok(MysqlState { params: part.params, seats })
        }
    }

    fn run<R: Runtime>(
        rt: R,
        state: &mut MysqlState<R>,
        ops: u64,
        meter: &Arc<Meter>,
    ) -> impl Future<Output = Result<Verified, Fault>> + MaybeSend {
        async move {
            let MysqlParams { conns, rate, .. } = state.params;
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

    fn teardown<R: Runtime>(_rt: R, state: MysqlState<R>) -> impl Future<Output = ()> + MaybeSend {
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
    let Server { peer, accounts } = &*seat.server;
    while let Some(begun) = load.begin().await {
        match &mut seat.kept {
            Some(connection) => connection.query(accounts).await?,
            None => {
                let mut connection = Connection::open(rt, peer, seat.form).await?;
                connection.query(accounts).await?;
                connection.close().await;
            }
        }
        load.end(begun);
        verified.ops += 1;
    }
    Ok(verified)
}
