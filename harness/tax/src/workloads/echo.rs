//! Messages to a task of the same runtime and back, over TCP.

use loopswap_rt::{
    Fault, Headline, Listener as _, MaybeSend, Meter, Parameters, Part, Runtime, Shape, Shard, Stream, Verified,
    Workload, WorkloadInfo,
};
use std::future::Future;
use std::io;
use std::mem::take;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

/// The workload `tax-echo`. One operation is one message there and back, compared byte for byte.
#[derive(Clone, Copy, Debug)]
pub struct TaxEcho;

loopswap_rt::parameters! {
    /// The parameters of [`TaxEcho`].
    pub struct EchoParams {
        /// size of a message
        // The client reads once it has written all: a message must fit into the sockets' buffers.
        size: usize = bytes(64, 8..=128 * 1024),
    }
}

/// What a shard holds between slices: the client's end of its connection, and the server's task.
pub struct EchoState<R: Runtime> {
    shard: Shard,
    stream: R::Stream,
    server: R::Task<io::Result<()>>,
    message: Vec<u8>,
    buffer: Vec<u8>,
}

impl Workload for TaxEcho {
    const INFO: WorkloadInfo<EchoParams> = WorkloadInfo {
        name: "tax-echo",
        about: "messages to a task of the same runtime and back, over one TCP connection",
        operation: "message",
        granule: "message",
        latency: "service time",
        params: EchoParams::LIST,
        cases: include_str!("cases/echo.toml"),
        peers: |_| Vec::new(),
        requests: |_| 0,
        shape: |_| Shape::new(1, 1),
        headline: |_| Headline::Rate,
        parallel: |_| false,
    };

    type Params = EchoParams;
    type State<R: Runtime> = EchoState<R>;

    fn prepare<R: Runtime>(
        rt: R,
        part: Part<EchoParams>,
    ) -> impl Future<Output = Result<EchoState<R>, Fault>> + MaybeSend {
        async move {
            if !rt.info().concurrent {
                return Err(Fault::Unsupported("an echo needs two tasks that are alive at once".into()));
            }
            let size = part.params.size;
            let mut listener = rt.listen(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).await?;
            let address = listener.local_addr()?;
            let server = rt.spawn(async move { echo(listener.accept().await?, size).await });
            let stream = rt.connect(address).await?;
            let message = loopswap_protocol::body(size, part.seed);
            Ok(EchoState { shard: part.shard, stream, server, message, buffer: vec![0; size] })
        }
    }

    fn run<R: Runtime>(
        _rt: R,
        state: &mut EchoState<R>,
        ops: u64,
        meter: &Arc<Meter>,
    ) -> impl Future<Output = Result<Verified, Fault>> + MaybeSend {
        async move {
            let mut verified = Verified::default();
            for number in 0..state.shard.share(ops) {
                let begun = meter.begin();
                exchange(state, number).await?;
                meter.end(begun);
                verified = verified + Verified { ops: 1, bytes: state.message.len() as u64 };
            }
            Ok(verified)
        }
    }

    fn teardown<R: Runtime>(_rt: R, mut state: EchoState<R>) -> impl Future<Output = ()> + MaybeSend {
        async move {
            // The server's task ends with the stream; how, no longer matters.
            let _ = state.stream.shutdown().await;
            let _ = state.server.await;
        }
    }
}

/// One message there and back.
async fn exchange<R: Runtime>(state: &mut EchoState<R>, number: u64) -> Result<(), Fault> {
    // Every message differs from the one before.
    state.message[..8].copy_from_slice(&number.to_le_bytes());
    let (written, message) = state.stream.write_all(take(&mut state.message)).await;
    state.message = message;
    written?;
    let mut rest = state.message.as_slice();
    while !rest.is_empty() {
        let (read, buffer) = state.stream.read(take(&mut state.buffer)).await;
        state.buffer = buffer;
        let came = &state.buffer[..read?];
        if came.is_empty() {
            return Err(Fault::Failed("the echo's connection was closed".into()));
        }
        rest = rest.strip_prefix(came).ok_or_else(|| Fault::Wrong(format!("message {number} came back different")))?;
    }
    Ok(())
}

/// The server: writes back everything it reads, until the stream ends.
async fn echo<S: Stream>(mut stream: S, size: usize) -> io::Result<()> {
    let mut buffer = vec![0; size];
    loop {
        let (read, mut came) = stream.read(buffer).await;
        let length = read?;
        if length == 0 {
            return Ok(());
        }
        came.truncate(length);
        let (written, mut came) = stream.write_all(came).await;
        written?;
        came.resize(size, 0);
        buffer = came;
    }
}
