//! Downloads over keep-alive connections through hyper, on the runtime's own sockets.
//!
//! The HTTP code is the same for every runtime: hyper's HTTP/1.1 client, with its connection driven inside
//! the task that downloads. So two arms differ only in what carries the bytes and wakes the tasks.

use hyper::Uri;
use loopswap_rt::{
    Fault, Headline, Load, MaybeSend, Meter, Parameters, Part, PeerKind, Runtime, Shape, Shard, Verified, Workload,
    WorkloadInfo,
};
use loopswap_wire::http::Client;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

/// The workload `http-fetch`. One operation is one download; one granule is a set of them.
#[derive(Clone, Copy, Debug)]
pub struct HttpFetch;

loopswap_rt::parameters! {
    /// The parameters of [`HttpFetch`].
    pub struct HttpFetchParams {
        /// keep-alive connections, a task each
        conns: u64 = count(64, 1..=10_000),
        /// size of a body
        size: usize = bytes(4096, 0..=16 * 1024 * 1024),
        /// how long the server waits before it answers
        delay: Duration = time(0, 0..=10_000_000),
        /// downloads that belong together, so that their time is what counts; 1 = throughput counts
        set: u64 = count(1, 1..=100_000),
        rate: u64 = rate(),
        /// how long the server stalls, all answers at once; 0 = never
        stall: Duration = time(0, 0..=10_000_000),
        /// from one stall to the next
        stall_every as "stall-every": Duration = time(2_000_000, 1000..=60_000_000),
    }
}

/// What a shard holds between slices: its connections, each with its number among all.
pub struct HttpFetchState<R: Runtime> {
    params: HttpFetchParams,
    clients: Vec<(u64, Client<R>)>,
    bodies: Arc<[Body]>,
}

/// One of the bodies asked for, in turn.
struct Body {
    uri: Uri,
    size: usize,
    crc32: u32,
}

/// Distinct bodies: enough that no answer can be mistaken for the one before.
const BODIES: u64 = 8;

impl Workload for HttpFetch {
    const INFO: WorkloadInfo<HttpFetchParams> = WorkloadInfo {
        name: "http-fetch",
        about: "downloads over keep-alive connections through hyper",
        operation: "download",
        granule: "set of downloads",
        latency: "service time",
        params: HttpFetchParams::LIST,
        cases: include_str!("../cases.toml"),
        peers: |_| vec![PeerKind::Http],
        requests: |_| 1,
        shape: |params| Shape::new(params.set, params.conns).at_least(params.delay),
        headline: |params| match params {
            HttpFetchParams { rate: 1.., .. } => Headline::Response,
            HttpFetchParams { set: 2.., .. } => Headline::Time,
            _ => Headline::Rate,
        },
        parallel: |params| params.conns > 1,
    };

    type Params = HttpFetchParams;
    type State<R: Runtime> = HttpFetchState<R>;

    fn prepare<R: Runtime>(
        rt: R,
        part: Part<HttpFetchParams>,
    ) -> impl Future<Output = Result<HttpFetchState<R>, Fault>> + MaybeSend {
        async move {
            let HttpFetchParams { conns, size, delay, stall, stall_every, .. } = part.params;
            let stalls = match stall {
                Duration::ZERO => String::new(),
                _ => format!("&stall_us={}&stall_every_us={}", stall.as_micros(), stall_every.as_micros()),
            };
            let peer = part.peers_of(PeerKind::Http)?.remove(0);
            let bodies = (0..BODIES)
                .map(|seed| {
                    let uri = format!("/body/{size}/{seed}?delay_us={}{stalls}", delay.as_micros());
                    let uri = uri.parse().map_err(|error| Fault::during("naming a body", error))?;
                    Ok(Body { uri, size, crc32: crc32fast::hash(&loopswap_protocol::body(size, seed)) })
                })
                .collect::<Result<_, Fault>>()?;
            let Shard { index, count } = part.shard;
            let mut clients = Vec::new();
            for connection in (index as u64..conns).step_by(count) {
                clients.push((connection, Client::connect(rt, peer.address).await?));
            }
            Ok(HttpFetchState { params: part.params, clients, bodies })
        }
    }

    fn run<R: Runtime>(
        rt: R,
        state: &mut HttpFetchState<R>,
        ops: u64,
        meter: &Arc<Meter>,
    ) -> impl Future<Output = Result<Verified, Fault>> + MaybeSend {
        async move {
            let HttpFetchParams { conns, rate, .. } = state.params;
            let mut handles = Vec::with_capacity(state.clients.len());
            for (connection, mut client) in state.clients.drain(..) {
                let (meter, bodies) = (Arc::clone(meter), Arc::clone(&state.bodies));
                handles.push(rt.spawn(async move {
                    let load = Load::new(rt, &meter, ops, rate, (connection, conns));
                    let fetched = fetch(&mut client, connection, &bodies, load).await;
                    (connection, client, fetched)
                }));
            }
            let mut total = Ok(Verified::default());
            for handle in handles {
                let (connection, client, fetched) = handle.await;
                state.clients.push((connection, client));
                total = total.and_then(|total| Ok(total + fetched?));
            }
            total
        }
    }
}

/// The downloads of one connection, one after the other, each checked.
async fn fetch<R: Runtime>(
    client: &mut Client<R>,
    connection: u64,
    bodies: &[Body],
    mut load: Load<'_, R>,
) -> Result<Verified, Fault> {
    let mut verified = Verified::default();
    for (download, body) in bodies.iter().cycle().skip((connection % BODIES) as usize).enumerate() {
        let Some(begun) = load.begin().await else { break };
        let got = client.get(&body.uri).await?;
        if got.status != 200 || got.bytes != body.size || got.crc32 != body.crc32 {
            return Err(Fault::Wrong(format!(
                "download {download} on connection {connection}: status {}, {} of {} bytes, checksum {:08x} for {:08x}",
                got.status, got.bytes, body.size, got.crc32, body.crc32
            )));
        }
        load.end(begun);
        verified = verified + Verified { ops: 1, bytes: got.bytes as u64 };
    }
    Ok(verified)
}
