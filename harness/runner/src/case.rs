//! One case on one runtime, with the types of both hidden: only what a workload does itself is compiled for every
//! pair of runtime and workload.

use crate::play::play;
use crate::stage::Stage;
use crate::tally::Count;
use loopswap_protocol::{Meter, Prepare, Shape};
use loopswap_rt::{
    Boxed, Commons, Fault, MaybeSend, Parameters as _, Part, Runtime, Shard, Verified, Visitor, Workload,
};
use std::io;
use std::sync::Arc;
use std::time::Duration;

/// One shard's life, from preparing a case to tearing it down.
pub(crate) type Body<R> = Arc<dyn Fn(R, Shard) -> Boxed<'static, io::Result<()>> + Send + Sync>;

/// A workload on its way to be prepared on one shard.
pub(crate) type Preparing = Boxed<'static, Result<Box<dyn Prepared>, Fault>>;

/// A workload that is prepared on one shard: [`Workload`] without its types. Each call costs an allocation and a
/// virtual call a slice, outside of the time; polls of the work go through one virtual call more.
pub(crate) trait Prepared: MaybeSend {
    /// See [`Workload::run`].
    fn run<'a>(&'a mut self, ops: u64, meter: &'a Arc<Meter>) -> Boxed<'a, Result<Verified, Fault>>;
    /// See [`Workload::put_away`].
    fn put_away(&mut self) -> Boxed<'_, Result<(), Fault>>;
    /// See [`Workload::teardown`].
    fn teardown(self: Box<Self>) -> Boxed<'static, ()>;
    /// Opens what counts over a slice.
    fn count(&self) -> Count;
}

struct PreparedOn<R: Runtime, W: Workload> {
    rt: R,
    state: W::State<R>,
    count: fn(R) -> Count,
}

impl<R: Runtime, W: Workload> Prepared for PreparedOn<R, W> {
    fn run<'a>(&'a mut self, ops: u64, meter: &'a Arc<Meter>) -> Boxed<'a, Result<Verified, Fault>> {
        Box::pin(W::run(self.rt, &mut self.state, ops, meter))
    }

    fn put_away(&mut self) -> Boxed<'_, Result<(), Fault>> {
        Box::pin(W::put_away(self.rt, &mut self.state))
    }

    fn teardown(self: Box<Self>) -> Boxed<'static, ()> {
        Box::pin(W::teardown(self.rt, self.state))
    }

    fn count(&self) -> Count {
        (self.count)(self.rt)
    }
}

/// What the shards of a case have in common, whatever the workload.
pub(crate) struct Case {
    pub(crate) threads: usize,
    pub(crate) shape: Shape,
    /// How long one slice may take.
    pub(crate) limit: Duration,
    pub(crate) extra_work: f64,
    pub(crate) stage: Stage,
}

/// Makes the body of one case for the runtime `R`, whose counters `count` opens.
pub(crate) struct OneCase<R> {
    pub(crate) prepare: Prepare,
    pub(crate) extra_work: f64,
    pub(crate) threads: usize,
    pub(crate) count: fn(R) -> Count,
}

impl<R: Runtime> Visitor for OneCase<R> {
    type Output = Result<Body<R>, Fault>;

    fn visit<W: Workload>(self) -> Self::Output {
        let OneCase { prepare, extra_work, threads, count } = self;
        let params = W::Params::read(&prepare.params)?;
        let shape = (W::INFO.shape)(&params);
        let limit = Duration::from_millis(prepare.limit_ms);
        let case = Arc::new(Case { threads, shape, limit, extra_work, stage: Stage::default() });
        let (peers, seed, commons) = (prepare.peers, prepare.seed, Commons::default());
        Ok(Arc::new(move |rt, shard| {
            let part = Part { params: params.clone(), shard, peers: peers.clone(), seed, commons: commons.clone() };
            let preparing = Box::pin(async move {
                let state = W::prepare(rt, part).await?;
                Ok(Box::new(PreparedOn::<R, W> { rt, state, count }) as Box<dyn Prepared>)
            });
            Box::pin(play(preparing, shard, Arc::clone(&case)))
        }))
    }
}
