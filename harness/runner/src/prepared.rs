//! A workload that is prepared on one shard, with the types of workload and runtime hidden: only what a workload
//! does itself is compiled for every pair of them.

use crate::tally::Count;
use loopswap_protocol::Meter;
use loopswap_rt::{Boxed, Fault, MaybeSend, Runtime, Verified, Workload};
use std::sync::Arc;

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

/// A workload and the runtime that it is prepared on.
pub(crate) struct PreparedOn<R: Runtime, W: Workload> {
    pub(crate) rt: R,
    pub(crate) state: W::State<R>,
    pub(crate) count: fn(R) -> Count,
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
