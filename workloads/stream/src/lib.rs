//! Items one after the other: what an asynchronous iterator costs for each, alone or fed by another task.
//!
//! Python's `__aiter__`, `__anext__` and `async for`. A stream has a beginning, items and an end; the
//! consumer checks each number and where the end comes. Items are there at once, come after the iterator has
//! yielded once, or are sent by another task through a bounded channel.

mod numbers;
mod source;

use loopswap_rt::{
    Fault, Headline, MaybeSend, Meter, Parameters, Part, Runtime, Shape, Shard, Verified, Workload, WorkloadInfo,
};
use numbers::Numbers;
use std::future::Future;
use std::sync::Arc;

/// The workload `stream`. One operation is one item; one granule is a stream from its beginning to its end.
#[derive(Clone, Copy, Debug)]
pub struct Stream;

loopswap_rt::parameters! {
    /// The parameters of [`Stream`].
    pub struct StreamParams {
        /// items of a stream, from its beginning to its end
        items: u64 = count(100, 1..=1_000_000),
        /// ready: every item is there when it is asked for; yielding: the iterator gives way before each; channel:
        /// another task sends them
        variant: Variant = choice(Variant::Ready.word()),
        /// items that wait in the channel at most, before the sender waits (variant channel)
        capacity: usize = count(1, 1..=65_536),
    }
}

loopswap_rt::choice! {
    enum Variant {
        Ready = "ready",
        Yielding = "yielding",
        Channel = "channel",
    }
}

/// What a shard holds between slices.
pub struct StreamState {
    params: StreamParams,
    shard: Shard,
    /// The first number of the next stream: numbers never repeat, so that an item of an earlier stream is
    /// detected.
    next: u64,
}

impl Workload for Stream {
    const INFO: WorkloadInfo<StreamParams> = WorkloadInfo {
        name: "stream",
        about: "items of an asynchronous iterator, and of a channel between two tasks",
        operation: "item",
        granule: "stream",
        latency: "from asking for an item to having it",
        params: StreamParams::LIST,
        cases: include_str!("../cases.toml"),
        peers: |_| Vec::new(),
        requests: |_| 0,
        shape: |params| Shape::new(params.items, 1),
        headline: |_| Headline::Rate,
        // There is one stream at a time: more CPUs come from the placement `free`.
        parallel: |_| false,
    };

    type Params = StreamParams;
    type State<R: Runtime> = StreamState;

    fn prepare<R: Runtime>(
        rt: R,
        part: Part<StreamParams>,
    ) -> impl Future<Output = Result<StreamState, Fault>> + MaybeSend {
        async move {
            let Part { params, shard, .. } = part;
            if params.variant == Variant::Channel && !rt.info().concurrent {
                let why = "sender and receiver must be alive at once; here each task runs to its end before \
                           the next";
                return Err(Fault::Unsupported(why.into()));
            }
            if params.variant != Variant::Channel && params.capacity != 1 {
                return Err(Fault::Failed("`capacity` belongs to the variant `channel`".into()));
            }
            Ok(StreamState { params, shard, next: 0 })
        }
    }

    fn run<R: Runtime>(
        rt: R,
        state: &mut StreamState,
        ops: u64,
        meter: &Arc<Meter>,
    ) -> impl Future<Output = Result<Verified, Fault>> + MaybeSend {
        async move {
            let StreamParams { items, variant, capacity } = state.params;
            // One stream at a time has one shard.
            let streams = if state.shard.index == 0 { ops / items } else { 0 };
            for _ in 0..streams {
                let numbers = Numbers::after(state.next, items);
                match variant {
                    Variant::Ready => numbers.check(source::ready(numbers), meter).await?,
                    Variant::Yielding => numbers.check(source::yielding(rt, numbers), meter).await?,
                    Variant::Channel => channel(rt, numbers, capacity, meter).await?,
                }
                state.next += items;
                meter.add(items);
            }
            Ok(Verified { ops: streams * items, bytes: 0 })
        }
    }
}

/// One stream that another task sends; it must have sent all, and no more.
async fn channel<R: Runtime>(rt: R, numbers: Numbers, capacity: usize, meter: &Meter) -> Result<(), Fault> {
    let (sender, receiver) = async_channel::bounded(capacity);
    let sending = rt.spawn(source::send(sender, numbers));
    numbers.check(receiver, meter).await?;
    match sending.await {
        sent if sent == numbers.count() => Ok(()),
        sent => Err(Fault::Wrong(format!("{sent} items were sent, not {}", numbers.count()))),
    }
}
