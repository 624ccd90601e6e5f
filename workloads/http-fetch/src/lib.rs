//! Downloads over keep-alive connections through hyper, on the runtime's own sockets.
//!
//! The HTTP code is the same for every runtime: hyper's HTTP/1.1 client, with its connection driven inside
//! the task that downloads. So two arms differ only in what carries the bytes and wakes the tasks.

use hyper::Uri;
use loopswap_rt::{
    Fault, Headline, Kind, Load, MaybeSend, Meter, Param, Params, Part, PeerKind, RATE, Runtime, Shape, Shard,
    Verified, Workload, WorkloadInfo, rate_of,
};
use loopswap_wire::http::Client;
use serde::Deserialize;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

/// The workload `http-fetch`. One operation is one download; one granule is a set of them.
#[derive(Clone, Copy, Debug)]
pub struct HttpFetch;

const PARAMS: &[Param] = &[
    Param {
        name: "conns",
        about: "keep-alive connections, a task each",
        kind: Kind::Count { default: 64, min: 1, max: 10_000 },
    },
    Param { name: "size", about: "size of a body", kind: Kind::Bytes { default: 4096, min: 0, max: 16 * 1024 * 1024 } },
    Param {
        name: "delay",
        about: "how long the server waits before it answers",
        kind: Kind::Time { default: 0, min: 0, max: 10_000_000 },
    },
    Param {
        name: "set",
        about: "downloads that belong together, so that their time is what counts; 1 = throughput counts",
        kind: Kind::Count { default: 1, min: 1, max: 100_000 },
    },
    RATE,
    Param {
        name: "stall",
        about: "how long the server stalls, all answers at once; 0 = never",
        kind: Kind::Time { default: 0, min: 0, max: 10_000_000 },
    },
    Param {
        name: "stall-every",
        about: "from one stall to the next",
        kind: Kind::Time { default: 2_000_000, min: 1000, max: 60_000_000 },
    },
];

/// The parameters of [`HttpFetch`].
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HttpFetchParams {
    conns: u64,
    /// Bytes.
    size: usize,
    /// Microseconds.
    delay: u64,
    #[expect(dead_code, reason = "shapes the slices (see INFO.shape), not the downloads")]
    set: u64,
    /// Operations per second; 0 = closed loop.
    rate: u64,
    /// Microseconds.
    stall: u64,
    /// Microseconds.
    #[serde(rename = "stall-every")]
    stall_every: u64,
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

fn count(params: &Params, name: &str) -> u64 {
    params[name].as_u64().unwrap_or(1)
}

impl Workload for HttpFetch {
    const INFO: WorkloadInfo = WorkloadInfo {
        name: "http-fetch",
        about: "downloads over keep-alive connections through hyper",
        operation: "download",
        granule: "set of downloads",
        latency: "service time",
        params: PARAMS,
        cases: include_str!("../cases.toml"),
        peers: |_| vec![PeerKind::Http],
        requests: |_| 1,
        shape: |params| {
            let delay = Duration::from_micros(params["delay"].as_u64().unwrap_or(0));
            Shape::new(count(params, "set"), count(params, "conns")).at_least(delay)
        },
        headline: |params| match rate_of(params) {
            Some(_) => Headline::Response,
            None if count(params, "set") > 1 => Headline::Time,
            None => Headline::Rate,
        },
        parallel: |params| count(params, "conns") > 1,
    };

    type Params = HttpFetchParams;
    type State<R: Runtime> = HttpFetchState<R>;

    fn prepare<R: Runtime>(
        rt: R,
        part: Part<HttpFetchParams>,
    ) -> impl Future<Output = Result<HttpFetchState<R>, Fault>> + MaybeSend {
        async move {
            let HttpFetchParams { conns, size, delay, stall, stall_every, .. } = part.params;
            let stalls =
                if stall > 0 { format!("&stall_us={stall}&stall_every_us={stall_every}") } else { String::new() };
            let peer = part.peers_of(PeerKind::Http)?.remove(0);
            let bodies = (0..BODIES)
                .map(|seed| {
                    let uri = format!("/body/{size}/{seed}?delay_us={delay}{stalls}");
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
